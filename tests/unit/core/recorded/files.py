"""What BuildKit says of what it fetches itself, and of Dockerfiles."""

from tests.unit.core.recorded.record import solve

from imagebuild.api.reasons import Reason

FETCHES = (
    solve(
        "ADD --checksum",
        "digest mismatch sha256:1: sha256:2",
        Reason.CHECKSUM_MISMATCH,
        "Open the address first",
    ),
    solve(
        "ADD --checksum of what is not there, which the worker asked for again",
        "https://f/a.tar: HTTP 404 Not Found; BuildKit took that answer for the file",
        Reason.DOWNLOAD_FAILED,
        "Check the address",
    ),
    solve(
        "ADD --checksum where a server answers 429",
        "https://f/a.tar: HTTP 429 Too Many Requests; BuildKit took that answer for the file",
        Reason.RATE_LIMITED,
        "another address",
    ),
    solve(
        "ADD of git",
        'failed to load cache key: repository does not contain ref x, output: "4f"',
        Reason.REF_NOT_FOUND,
        "`ref`",
    ),
    solve(
        "ADD of git", 'git subpath "a" contains non-directory "a"', Reason.PATH_NOT_FOUND, "path"
    ),
    solve(
        "ADD of git without a resolver",
        "failed to load cache key: failed to fetch remote https://g/x.git: git stderr:\nfatal: "
        "unable to access 'https://g/x.git/': Could not resolve host: g\n: exit status 128",
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    solve(
        "ADD of https without a resolver",
        'failed to load cache key: Get "https://f/x": dial tcp: lookup f on 10.255.255.53:53: '
        "dial udp 10.255.255.53:53: connect: network is unreachable",
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    solve(
        "ADD of git",
        "failed to load cache key: failed to fetch remote https://g/a.git: git "
        "stderr:\nfatal: unable to access: exit status 128",
        Reason.GIT_UNREACHABLE,
        "server",
    ),
    solve(
        "ADD of git that asks who is there",
        "failed to load cache key: failed to fetch remote https://g/a.git: git stderr:\nfatal: "
        "could not read Username for 'https://g': terminal prompts disabled\n: exit status 128",
        Reason.GIT_AUTH,
        "context",
    ),
    solve(
        "ADD of git from an authority that is not known",
        "failed to load cache key: failed to fetch remote https://g/a.git: git stderr:\nfatal: "
        "unable to access 'https://g/a.git/': server certificate verification failed. CAfile: none "
        "CRLfile: none: exit status 128",
        Reason.GIT_UNREACHABLE,
        "spec.caCertificates",
    ),
    solve(
        "ADD of git, http.c of git 2.39",
        "failed to load cache key: failed to fetch remote https://g/a.git: git stderr:\nfatal: "
        "unable to access 'https://g/a.git/': The requested URL returned error: 429: exit status "
        "128",
        Reason.RATE_LIMITED,
        "another address",
    ),
    solve(
        "ADD of https from one that speaks HTTP",
        'failed to load cache key: Get "https://f/x": '
        "tls: first record does not look like a TLS handshake",
        Reason.DOWNLOAD_FAILED,
        "certificate",
    ),
    solve(
        "ADD of what is not there",
        "failed to load cache key: invalid response status 404",
        Reason.DOWNLOAD_FAILED,
        "address",
    ),
    solve(
        "ADD of nobody's",
        'failed to load cache key: Get "http://10.0.0.1/a.tar": dial tcp '
        "10.0.0.1:80: connect: connection refused",
        Reason.DOWNLOAD_FAILED,
        "address",
    ),
    solve(
        "ADD where a server answers 429",
        "failed to load cache key: invalid response status 429",
        Reason.RATE_LIMITED,
        "another address",
    ),
)

DOCKERFILES = (
    solve(
        "a tmpfs of 12 MiB as root",
        "ResourceExhausted: failed to prepare k0m0 as ohex: copying "
        "of parent failed: failed to copy files: copy_file_range failed: no space left on device",
        Reason.DISK_FULL,
        "ephemeral-storage",
    ),
    solve(
        "EDQUOT, as Go says it (syscall/zerrors_linux_amd64.go)",
        "failed to extract layer sha256:1: write /x: disk quota exceeded",
        Reason.DISK_FULL,
        "ephemeral-storage",
    ),
    solve(
        "--opt target=fnal",
        'target stage "fnal" could not be found',
        Reason.STAGE_NOT_FOUND,
        "AS name",
    ),
    solve(
        "COPY of what is not there",
        "failed to compute cache key: failed to calculate checksum "
        'of ref x::y: "/main.go": not found',
        Reason.SOURCE_NOT_FOUND,
        ".dockerignore",
    ),
    solve(
        "COPY --parents",
        "failed to compute cache key: failed to copy: lstat /it: no such file or directory",
        Reason.SOURCE_NOT_FOUND,
        "path",
    ),
    solve(
        "no file",
        "failed to read dockerfile: open Dockerfile: no such file or directory",
        Reason.DOCKERFILE_NOT_FOUND,
        "spec.dockerfile.path",
    ),
    *(
        solve("a Dockerfile", error, Reason.DOCKERFILE_INVALID, "line")
        for error in (
            "dockerfile parse error on line 2: unknown instruction: FORM",
            "unterminated heredoc",
            "file with no instructions",
            "invalid escape token 'x' does not match ` or \\",
            'unsupported mount type "foo"',
            "unexpected key 'id' for mount type 'bind'",
            "base name ($X) should not be blank",
        )
    ),
    solve(
        "USER nosuch",
        "unable to find user nosuch: no matching entries in passwd file; make it in a step before",
        Reason.INVALID_SPEC,
        "field",
    ),
    solve(
        "no vertex of it in the trace",
        'process "/bin/sh -c false" did not complete successfully: exit code: 1',
        Reason.STEP_FAILED,
        "logTail",
    ),
    solve(
        "as the worker reports it, buildx#2329",
        "exec /bin/sh: exec format error",
        Reason.PLATFORM_MISMATCH,
        "$BUILDPLATFORM",
    ),
    solve("nobody knows", "something nobody has seen", Reason.BUILD_FAILED, "log"),
)
