"""What was said when something failed, as it was recorded: by what, and in which version.

Where nothing else is named, the text is of BuildKit 0.34.2 (buildctl with its buildkitd) as the
worker reports it, of distribution 3.1 as registry, rootlesskit 2.3.6, or of our own worker. Hosts
and digests are shortened. A text that nobody could bring about here names its place in a source or
the thread that it was told in.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure

AT = "r.example.com/v2/a/blobs/sha256:cf91"
META = "r.example.com/a:1: failed to resolve source metadata for r.example.com/a:1: "
RUNC = "runc run failed: unable to start container process: error during container init: "


@dataclass(frozen=True)
class Recorded:
    """``mend``: words of what must be told to do; ``how``: what was done to have it said."""

    how: str
    cause: Cause
    error: str
    reason: Reason
    mend: str
    oom: bool = False
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def failure(self):
        return Failure(self.cause, self.error, **self.facts)


def solve(how, error, reason, mend, **facts):
    return Recorded(how, Cause.SOLVE, error, reason, mend, facts=facts)


def push(how, error, reason, mend):
    error = error if error.startswith("failed to fetch") else f"failed to push r/a:1: {error}"
    return Recorded(how, Cause.PUSH, error, reason, mend)


def context(how, error, reason, mend):
    return Recorded(how, Cause.CONTEXT, error, reason, mend)


def step(how, code, log, reason, mend):
    error = f"did not complete successfully: exit code: {code}"
    facts = {"exit_code": code, "log_tail": log}
    return Recorded(how, Cause.SOLVE, error, reason, mend, facts=facts)


def over_memory(recorded):
    """The same where the daemon's container is marked as killed for its memory."""
    return replace(recorded, oom=True)


def daemon(how, log, mend, reason=Reason.NODE_UNSUPPORTED):
    error = "buildkitd ended with exit code 1 before it listened"
    return Recorded(how, Cause.DAEMON, error, reason, mend, facts={"log_tail": log})


STEPS = (
    over_memory(
        step(
            "cgroup limit below what `head -c 1000m | tail` needs",
            137,
            "Killed",
            Reason.OUT_OF_MEMORY,
            "limits.memory",
        )
    ),
    over_memory(
        step(
            "gcc 14, compiler killed below a limit",
            1,
            "cc1: fatal error: Killed signal terminated program cc1\nmake: *** [a.o] Error 1",
            Reason.OUT_OF_MEMORY,
            "limits.memory",
        )
    ),
    step(
        "runc 1.1.5 in a user namespace whose /proc is masked",
        1,
        f'{RUNC}error mounting "proc" to rootfs at "/proc": mount proc:/proc (via '
        "/proc/self/fd/6), flags: 0xe: operation not permitted",
        Reason.NODE_UNSUPPORTED,
        "securityProfile",
    ),
    step(
        "SELinux node, andrcuns/charts#421",
        1,
        f'{RUNC}error mounting "devpts" to rootfs at "/dev/pts": mount src=devpts, dst=/dev/pts, '
        "dstFd=/proc/thread-self/fd/11, flags=MS_NOSUID|MS_NOEXEC, data=newinstance,"
        "ptmxmode=0666,mode=0620,gid=5: permission denied",
        Reason.NODE_UNSUPPORTED,
        "SELinux",
    ),
    step(
        "RUN in an arm64 image on amd64, no emulation",
        255,
        "exec /bin/sh: exec format error",
        Reason.PLATFORM_MISMATCH,
        "$BUILDPLATFORM",
    ),
    step(
        "dash, a program for arm64 in a RUN",
        126,
        "/bin/sh: 2: ./tool: Exec format error",
        Reason.PLATFORM_MISMATCH,
        "$TARGETARCH",
    ),
    step("RUN sh -c 'kill -9 $$'; exit $?", 137, "Killed", Reason.STEP_KILLED, "limits.memory"),
    step("RUN's init killed from the node", 137, "", Reason.STEP_KILLED, "another program"),
    step("runc killed in the same process namespace", 9, "Killed", Reason.STEP_KILLED, "`kill`"),
    step(
        "node 20, server.listen on a taken port",
        1,
        "Error: listen EADDRINUSE: address already in use :::8080\n    at Server.setupListenHandle "
        "[as _listen2] (node:net:1463:16)\n    at listenInCluster (node:net:1511:12) {\n"
        "  code: 'EADDRINUSE',\n  errno: -98,\n  syscall: 'listen'\n}\n\nNode.js v20.19.2",
        Reason.STEP_FAILED,
        "left running",
    ),
    step(
        "busybox 1.35, dd into a full tmpfs",
        1,
        "dd: error writing '/x': No space left on device",
        Reason.STEP_FAILED,
        "ephemeral-storage",
    ),
    step(
        "apt 2.6 without a resolver",
        100,
        "E: Failed to fetch http://deb.example.com/a.deb  Temporary failure resolving "
        "'deb.example.com'",
        Reason.STEP_FAILED,
        "NetworkPolicy",
    ),
    step(
        "busybox 1.35 wget without a resolver",
        1,
        "wget: bad address 'example.com'",
        Reason.STEP_FAILED,
        "spec.network",
    ),
    step(
        'RUN ["nosuch"] with runc 1.1.5',
        1,
        'runc run failed: unable to start container process: exec: "nosuch": executable file not '
        "found in $PATH",
        Reason.STEP_FAILED,
        "not in its stage",
    ),
    step(
        "dash, RUN go build without a go",
        127,
        "/bin/sh: 1: go: not found",
        Reason.STEP_FAILED,
        "not in its stage",
    ),
    step(
        "dash, RUN ./gradlew of mode 644",
        126,
        "/bin/sh: 1: ./gradlew: Permission denied",
        Reason.STEP_FAILED,
        "chmod",
    ),
    step(
        "go 1.19, a wrong name",
        2,
        "./main.go:5:19: undefined: fmt.Printline",
        Reason.STEP_FAILED,
        "logTail",
    ),
)
ENDS = (
    Recorded(
        "a RUN that left `sleep 1000 &`, no process sandbox",
        Cause.TIMEOUT,
        "the build took longer than 60 s; buildkitd: failed to kill process in container id 5o0z",
        Reason.LEAKED_PROCESS,
        ">/dev/null",
    ),
    Recorded(
        "timeoutSeconds: 60",
        Cause.TIMEOUT,
        "the build took longer than 60 s",
        Reason.TIMEOUT,
        "spec.timeoutSeconds",
    ),
    Recorded(
        "a step that is silent",
        Cause.STALLED,
        "nothing happened for 600 s",
        Reason.NO_PROGRESS,
        "hangs",
    ),
    Recorded(
        "SIGTERM to the worker",
        Cause.CANCELED,
        "the build was told to end",
        Reason.BUILDER_LOST,
        "node",
    ),
    Recorded(
        "Python 3.13",
        Cause.INTERNAL,
        "OSError: [Errno 28] No space left on device",
        Reason.DISK_FULL,
        "ephemeral-storage",
    ),
    Recorded("Python 3.13", Cause.INTERNAL, "KeyError: 'x'", Reason.INTERNAL_ERROR, "report"),
    Recorded(
        "an operator's upgrade",
        Cause.ORDER,
        "order version 2; this worker reads 1",
        Reason.INTERNAL_ERROR,
        "report",
    ),
    Recorded(
        "a volume of root's",
        Cause.ARCHIVE,
        "failed to solve: permission denied",
        Reason.ARCHIVE_FAILED,
        "group 1000",
    ),
    Recorded(
        "# check=error=true",
        Cause.LINT,
        "lint violation found for rules: UndefinedVar, JSONArgsRecommended",
        Reason.LINT_FAILED,
        "# check=",
    ),
    Recorded(
        "lint: Fail",
        Cause.LINT,
        "2 warnings, and spec.lint is Fail",
        Reason.LINT_FAILED,
        "spec.lint to Warn",
    ),
)
CONTEXTS = (
    context(
        "files",
        "PathRefused: '../x' is no path within the context",
        Reason.INVALID_SPEC,
        "Change the field",
    ),
    context("git", "UrlRefused: file:///etc: only https and http", Reason.INVALID_SPEC, "field"),
    context("git", "HostRefused: 169.254.169.254 is link-local", Reason.INVALID_SPEC, "field"),
    context("$(tag)", "FactInvalid: r/a: becomes no tag", Reason.INVALID_SPEC, "field"),
    context("git", "RefNotFound: https://g/a.git has no x", Reason.REF_NOT_FOUND, "`ref`"),
    context(
        "git",
        "CommitNotFound: https://g/a.git has no commit 4f1c",
        Reason.COMMIT_NOT_FOUND,
        "`commit`",
    ),
    context("git", "CommitNotOnRef: 4f1c is not on main", Reason.COMMIT_NOT_ON_REF, "`ref`"),
    context("git", "PathNotFound: no directory x", Reason.PATH_NOT_FOUND, "path"),
    context("git", "TooLarge: more than 2 GiB", Reason.CONTEXT_TOO_LARGE, "`subPath`"),
    context("http", "ChecksumMismatch: sha256 is 4f1c", Reason.CHECKSUM_MISMATCH, "sum"),
    context("http", "ContextInvalid: ../x leads out of it", Reason.CONTEXT_INVALID, "context"),
    context(
        "git",
        "DockerfileNotFound: no file Dockerfile",
        Reason.DOCKERFILE_NOT_FOUND,
        "spec.dockerfile.path",
    ),
    context(
        "a Secret of another type",
        "CredentialInvalid: registry secret push: config.json: not JSON",
        Reason.REGISTRY_AUTH,
        "The message names the Secret",
    ),
    context(
        "http, a server's 429",
        "DownloadFailed: https://f/x: HTTP 429 Too Many Requests",
        Reason.RATE_LIMITED,
        "mirror",
    ),
    context(
        "skopeo 1.18",
        "RegistryUnreachable: a:1: reading manifest 1 in docker.io/library/a: "
        "toomanyrequests: You have reached your unauthenticated pull rate limit.",
        Reason.RATE_LIMITED,
        "mirror",
    ),
    context(
        "getaddrinfo, Debian 13",
        "Unreachable: https://g/a.git: [Errno -2] Name or service not known",
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    context(
        "git 2.39",
        "Unreachable: https://g/a.git: fatal: unable to access 'https://g/a.git/': "
        "Could not resolve host: g",
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    context(
        "skopeo 1.18",
        "RegistryUnreachable: r/a:1: pinging container registry r: Get "
        '"https://r/v2/": tls: failed to verify certificate: x509: certificate signed by '
        "unknown authority",
        Reason.REGISTRY_TLS,
        "authority",
    ),
    context(
        "git 2.39 with GnuTLS",
        "Unreachable: https://g/a.git: fatal: unable to access "
        "'https://g/a.git/': server certificate verification failed. CAfile: none CRLfile: "
        "none",
        Reason.GIT_UNREACHABLE,
        "certificate",
    ),
    context(
        "Python 3.13",
        "DownloadFailed: https://f/x: [SSL: CERTIFICATE_VERIFY_FAILED] "
        "certificate verify failed: self-signed certificate (_ssl.c:1028)",
        Reason.DOWNLOAD_FAILED,
        "certificate",
    ),
    context(
        "git 2.39",
        "Unreachable: https://g/a.git: fatal: unable to access 'https://g/a.git/': "
        "Failed to connect to g port 443: Connection refused",
        Reason.GIT_UNREACHABLE,
        "pods of this namespace",
    ),
    context(
        "http",
        "DownloadFailed: http://f/x: HTTP 404 Not Found",
        Reason.DOWNLOAD_FAILED,
        "Check the address",
    ),
    context(
        "skopeo 1.18",
        "ImageNotFound: r/a:1: reading manifest 1 in r/a: manifest unknown",
        Reason.IMAGE_NOT_FOUND,
        "name and tag",
    ),
    context(
        "skopeo 1.18",
        "RegistryAuth: r/a:1: reading manifest 1 in r/a: unauthorized: authentication required",
        Reason.REGISTRY_AUTH,
        "spec.registrySecrets",
    ),
    context(
        "skopeo 1.18",
        "RegistryUnreachable: r/a:1: pinging container registry r: Get "
        '"http://r/v2/": dial tcp 10.0.0.1:80: connect: connection refused',
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    context(
        "persistentVolumeClaim",
        "ContextUnreadable: context data: [Errno 13] Permission denied: 'secret.txt'",
        Reason.CONTEXT_INVALID,
        "group 1000",
    ),
    context(
        "a full disk",
        "ContextUnreadable: [Errno 28] No space left on device",
        Reason.DISK_FULL,
        "ephemeral-storage",
    ),
    context(
        "a broken disk",
        "ContextUnreadable: context: Input/output error",
        Reason.INTERNAL_ERROR,
        "report",
    ),
)
NODES = (
    daemon(
        "user.max_user_namespaces=0",
        'time="2026-01-31T12:00:00Z" level=warning msg="[rootlesskit:parent] '
        '/proc/sys/user/max_user_namespaces needs to be set to non-zero."\n'
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no "
        "space left on device",
        "`user.max_user_namespaces`",
    ),
    daemon(
        "OKD 3.11, moby/buildkit#1188",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "invalid argument",
        "`user.max_user_namespaces`",
    ),
    daemon(
        "clone(CLONE_NEWUSER) answered with EACCES, as Ubuntu 24.04's AppArmor does",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "permission denied",
        "`kernel.apparmor_restrict_unprivileged_userns`",
    ),
    daemon(
        "rootlesskit pkg/parent/warn.go, Ubuntu 24.04",
        'level=warning msg="[rootlesskit:parent] This error might have happened because '
        '/proc/sys/kernel/apparmor_restrict_unprivileged_userns is set to 1"',
        "`userns,`",
    ),
    daemon(
        "rootlesskit pkg/parent/warn.go, Debian 10",
        'level=warning msg="[rootlesskit:parent] /proc/sys/kernel/unprivileged_userns_clone '
        'needs to be set to 1."\n[rootlesskit:parent] error: failed to start the child: '
        "fork/exec /proc/self/exe: operation not permitted",
        "`kernel.unprivileged_userns_clone` of the node to 1",
    ),
    daemon(
        "seccomp that forbids clone(CLONE_NEWUSER) and unshare, as cri-o/cri-o#5819",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "operation not permitted",
        "`seccompProfile`",
    ),
    daemon(
        "mount(2) answered with EACCES, as AppArmor's runtime/default (moby/buildkit#2441)",
        "[rootlesskit:child ] error: failed to share mount point: /: permission denied\n"
        "[rootlesskit:parent] error: child exited: exit status 1",
        "AppArmor",
    ),
    daemon(
        "setpriv --bounding-set -all",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 8987 [0 1000 1 1 "
        "100000 65536] failed: newuidmap: open of uid_map failed: Permission denied\n"
        ": exit status 1",
        "SETUID and SETGID",
    ),
    daemon(
        "allowPrivilegeEscalation: false, moby/buildkit#1671",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 14 [0 1000 1 1 "
        "100000 65536] failed: newuidmap: Could not set caps\n: exit status 1",
        "privilege escalation",
    ),
    daemon(
        "in a user namespace of 65536 ids with user:100000:65536",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 9440 [0 1000 1 1 "
        "100000 65536] failed: newuidmap: write to uid_map failed: Operation not permitted\n"
        ": exit status 1",
        "/etc/subuid",
    ),
    daemon(
        "a user without a line in /etc/subuid",
        "[rootlesskit:parent] error: failed to setup UID/GID map: failed to compute uid/gid "
        'map: No subuid ranges found for user 1000 ("user")',
        "as user 1000",
    ),
    daemon(
        "buildkitd --rootless as user 1000",
        "buildkitd: rootless mode requires to be executed as the mapped root in a user "
        "namespace; you may use RootlessKit for setting up the namespace",
        "rootlesskit",
    ),
    daemon(
        "rootlesskit pkg/parent/parent.go, newuidmap missing in the image",
        '[rootlesskit:parent] error: failed to setup UID/GID map: exec: "newuidmap": '
        "executable file not found in $PATH",
        "administrator",
    ),
    solve(
        "Bottlerocket, bottlerocket-os/bottlerocket#1934",
        "failed to solve: failed to read dockerfile: failed to mount "
        "/home/user/.local/tmp/buildkit-mount313966645: [{Type:bind Source:/home/user/.local/"
        "share/buildkit/runc-native/snapshots/snapshots/1 Options:[rbind ro]}]: operation not "
        "permitted",
        Reason.NODE_UNSUPPORTED,
        "nosuid",
    ),
    solve(
        "Bottlerocket, moby/buildkit#4667",
        "failed to mount /run/user/1000/containerd-mount3852074643: operation not permitted",
        Reason.NODE_UNSUPPORTED,
        "nosuid",
    ),
    solve(
        "a root directory on an overlay, concourse/oci-build-task#50",
        "failed to solve: mount callback failed on /tmp/containerd-mount1: failed to mount "
        "overlay: invalid argument",
        Reason.NODE_UNSUPPORTED,
        "5.11",
    ),
)
DAEMONS = (
    daemon(
        "a wrong option",
        "Incorrect Usage: flag provided but not defined: -x",
        "buildkitd",
        Reason.DAEMON_FAILED,
    ),
    Recorded(
        "kill -9 of buildkitd",
        Cause.DAEMON,
        "failed to receive status: rpc error: code = "
        "Unavailable desc = error reading from server: EOF",
        Reason.DAEMON_FAILED,
        "buildkitd",
        facts={"vertex": "[a 2/2] RUN x", "log_tail": "newuidmap: Could not"},
    ),
    Recorded(
        "buildkitd over its memory",
        Cause.DAEMON,
        "failed to receive status: rpc error: "
        "code = Unavailable desc = error reading from server: EOF",
        Reason.OUT_OF_MEMORY,
        "limits.memory",
        oom=True,
        facts={"vertex": "[a 2/2] RUN x"},
    ),
    solve(
        "kill -9 of buildkitd while a step fails",
        "failed to receive status: rpc error: code = "
        "Unavailable desc = error reading from server: EOF",
        Reason.DAEMON_FAILED,
        "buildkitd",
    ),
    Recorded(
        "buildkitd over its memory while it pushes",
        Cause.PUSH,
        "rpc error: code = "
        'Unavailable desc = connection error: desc = "transport: Error while dialing: dial '
        'unix /imagebuild/run/buildkitd.sock: connect: connection refused"',
        Reason.OUT_OF_MEMORY,
        "limits.memory",
        oom=True,
    ),
    solve(
        "session/manager.go:174 of BuildKit 0.34.2, moby/buildkit#6422",
        "failed to solve: failed to authorize: no active session for 7xk2: context deadline "
        "exceeded",
        Reason.SESSION_LOST,
        "requests.cpu",
    ),
    solve(
        "session/group.go:12 of BuildKit 0.34.2",
        "failed to solve: no active sessions",
        Reason.SESSION_LOST,
        "requests.cpu",
    ),
)
PUSHES = (
    push(
        "a registry that answers 429",
        f"unexpected status from HEAD request to http://{AT}: 429 Too Many Requests",
        Reason.RATE_LIMITED,
        "mirror",
    ),
    push(
        "its token service answers 429",
        "failed to fetch anonymous token: unexpected status from GET request to http://t/token?"
        "scope=repository%3Aa%3Apull%2Cpush&service=r: 429 Too Many Requests",
        Reason.RATE_LIMITED,
        "spec.registrySecrets",
    ),
    push(
        "a registry without TLS",
        f'failed to do request: Head "https://{AT}": tls: first record does not look like a TLS '
        "handshake",
        Reason.REGISTRY_TLS,
        "`http: true` for it",
    ),
    push(
        "the same of an older Go, moby/buildkit#4149",
        f'failed to do request: Head "https://{AT}": http: server gave HTTP response to HTTPS '
        "client",
        Reason.REGISTRY_TLS,
        "`http: true` for it",
    ),
    push(
        "a certificate of nobody's",
        f'failed to do request: Head "https://{AT}": tls: failed to verify certificate: x509: '
        "certificate signed by unknown authority",
        Reason.REGISTRY_TLS,
        "its own authority",
    ),
    push(
        "a certificate of another name",
        f'failed to do request: Head "https://{AT}": tls: failed to verify certificate: x509: '
        "certificate is valid for other.test, not r.test",
        Reason.REGISTRY_TLS,
        "for its host",
    ),
    push(
        "Amazon ECR, moby/buildkit#3776",
        "tag invalid: The image tag '1' already exists in the 'a' repository and cannot be "
        "overwritten because the repository is immutable.",
        Reason.PUSH_DENIED,
        "another tag",
    ),
    push("a registry that answers 403 DENIED", "denied", Reason.PUSH_DENIED, "may push"),
    push(
        "a registry that wants basic credentials",
        f"unexpected status from HEAD request to https://{AT}: 401 Unauthorized",
        Reason.PUSH_DENIED,
        "spec.registrySecrets",
    ),
    push(
        "Docker Hub",
        "push access denied, repository does not exist or may require authorization: server "
        "message: insufficient_scope: authorization failed",
        Reason.PUSH_DENIED,
        "may push",
    ),
    push(
        "a name that is nowhere",
        f'failed to do request: Head "https://{AT}": dial tcp: lookup r.example.com on '
        "10.96.0.10:53: no such host",
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    push(
        "a resolver that is not there",
        f'failed to do request: Head "https://{AT}": dial tcp: lookup r.example.com on '
        "10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable",
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    push(
        "nobody listens",
        f'failed to do request: Head "https://{AT}": dial tcp 10.0.0.1:443: connect: connection '
        "refused",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "a connection that is reset",
        f'failed to do request: Head "http://{AT}": read tcp 10.0.0.2:4->10.0.0.1:80: read: '
        "connection reset by peer",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "a registry that answers 503",
        f"unexpected status from HEAD request to http://{AT}: 503 Service Unavailable",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "a registry that answers 413",
        f"unexpected status from PUT request to https://{AT}: 413 Request Entity Too Large",
        Reason.PUSH_FAILED,
        "registry's words",
    ),
    push(
        "the same for an image with a telling name",
        "unexpected status from PUT request to https://r/v2/x509-denied/forbidden/blobs/uploads/"
        "5000: 413 Request Entity Too Large",
        Reason.PUSH_FAILED,
        "registry's words",
    ),
)
FETCHES = (
    solve(
        "ADD --checksum",
        "failed to solve: digest mismatch for https://f/a.tar: sha256:1 (expected: sha256:2)",
        Reason.CHECKSUM_MISMATCH,
        "sum",
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
        "mirror",
    ),
)
PULLS = (
    solve(
        "FROM, a registry that answers 429",
        f"{META}unexpected status from HEAD request to "
        "http://r.example.com/v2/a/manifests/1: 429 Too Many Requests",
        Reason.RATE_LIMITED,
        "spec.registrySecrets",
    ),
    solve(
        "FROM, a layer's request is answered by Docker Hub's 429",
        "failed to compute cache key: failed to copy: httpReadSeeker: failed open: unexpected "
        f"status from GET request to http://{AT}: 429 Too Many Requests\ntoomanyrequests: You "
        "have reached your unauthenticated pull rate limit. "
        "https://www.docker.com/increase-rate-limit",
        Reason.RATE_LIMITED,
        "mirror",
    ),
    solve(
        "--export-cache, a registry that answers 429",
        "error writing layer blob: unexpected "
        f"status from HEAD request to http://{AT}: 429 Too Many Requests",
        Reason.RATE_LIMITED,
        "mirror",
    ),
    solve(
        "FROM, a registry without TLS",
        f'{META}failed to do request: Head "https://r.example.com'
        '/v2/a/manifests/1": tls: first record does not look like a TLS handshake',
        Reason.REGISTRY_TLS,
        "`http: true` for it",
    ),
    solve(
        "FROM, a certificate of nobody's",
        f"{META}failed to do request: Head "
        '"https://r.example.com/v2/a/manifests/1": tls: failed to verify certificate: x509: '
        "certificate signed by unknown authority",
        Reason.REGISTRY_TLS,
        "its own authority",
    ),
    solve(
        "FROM an absent image of Docker Hub, moby/buildkit#2104",
        "failed to resolve source metadata for docker.io/team/a:1: pull access denied, "
        "repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
        Reason.REGISTRY_AUTH,
        "Check the name first",
    ),
    solve(
        "FROM, a registry that wants basic credentials",
        f"{META}unexpected status from HEAD "
        "request to http://r.example.com/v2/a/manifests/1: 401 Unauthorized",
        Reason.REGISTRY_AUTH,
        "spec.registrySecrets",
    ),
    solve(
        "FROM, a token service that refuses",
        "failed to fetch anonymous token: unexpected "
        "status from GET request to https://t/token: 401 Unauthorized",
        Reason.REGISTRY_AUTH,
        "spec.registrySecrets",
    ),
    solve(
        "FROM, a layer's request is answered by 403",
        "failed to compute cache key: failed to "
        "copy: httpReadSeeker: failed open: unexpected status from GET request to "
        f"http://{AT}: 403 Forbidden\ndenied",
        Reason.REGISTRY_AUTH,
        "spec.registrySecrets",
    ),
    solve(
        "--export-cache, a registry that answers 403",
        "error writing layer blob: denied",
        Reason.REGISTRY_AUTH,
        "spec.registrySecrets",
    ),
    solve(
        "FROM without a resolver",
        f'{META}failed to do request: Head "https://r.example.com/v2/a'
        '/manifests/1": dial tcp: lookup r.example.com on 10.96.0.10:53: server misbehaving',
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    solve(
        "FROM an amd64 image for arm64",
        f"{META}no match for platform in manifest: not found",
        Reason.PLATFORM_MISMATCH,
        "$BUILDPLATFORM",
    ),
    solve(
        "FROM nope:1",
        "failed to resolve source metadata for docker.io/library/nope:1: "
        "docker.io/library/nope:1: not found",
        Reason.IMAGE_NOT_FOUND,
        "name and tag",
    ),
    solve(
        "FROM, a layer that the registry lost",
        "failed to compute cache key: failed to copy: "
        "httpReadSeeker: failed open: could not fetch content descriptor sha256:2222 "
        "(application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found",
        Reason.IMAGE_NOT_FOUND,
        "lost a part",
    ),
    solve(
        "FROM Go:1",
        'failed to parse stage name "Go:1": invalid reference format: repository '
        "name (library/Go) must be lowercase",
        Reason.IMAGE_NOT_FOUND,
        "name and tag",
    ),
    solve(
        "FROM, nobody listens",
        f'{META}failed to do request: Head "https://r.example.com:5000/v2'
        '/a": dial tcp 10.0.0.1:5000: connect: connection refused',
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    solve(
        "FROM, a registry that says nothing",
        f"{META}failed to do request: Head "
        '"https://r.example.com/v2/a/manifests/1": net/http: TLS handshake timeout',
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    solve(
        "FROM, a layer's request is answered by 503",
        "failed to compute cache key: failed to "
        "copy: httpReadSeeker: failed open: unexpected status from GET request to "
        f"http://{AT}: 503 Service Unavailable",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    solve(
        "FROM, a layer that breaks off",
        "failed to compute cache key: short read: expected 90 bytes but got 0: unexpected EOF",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
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
ALL = (
    *STEPS, *ENDS, *CONTEXTS, *NODES, *DAEMONS, *PUSHES, *FETCHES, *PULLS, *DOCKERFILES,
)  # fmt: skip
