"""What the worker says of contexts."""

from tests.unit.core.recorded.record import context

from imagebuild.api.reasons import Reason

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
        "CredentialInvalid: registry secret push: .dockerconfigjson: it has no such key",
        Reason.CREDENTIAL_INVALID,
        "The message names the Secret",
    ),
    context(
        "a file that is no certificate",
        "CredentialInvalid: certificate company: it holds no certificate in PEM",
        Reason.CREDENTIAL_INVALID,
        "spec.caCertificates",
    ),
    context(
        "a key with a passphrase",
        "CredentialInvalid: the context: Secret deploy: identity needs a passphrase",
        Reason.CREDENTIAL_INVALID,
        "Correct the Secret",
    ),
    context(
        "git 2.47 with GnuTLS, an authority that is not known",
        "Unreachable: the context: https://g/a.git: fatal: unable to access 'https://g/a.git/': "
        "server verification failed: certificate signer not trusted. (CAfile: "
        "/etc/ssl/certs/ca-certificates.crt CRLfile: none)",
        Reason.GIT_UNREACHABLE,
        "spec.caCertificates",
    ),
    context(
        "git 2.47, a server's 403",
        "GitAuth: the context: https://g/a.git, with the credentials of Secret git: fatal: unable "
        "to access 'https://g/a.git/': The requested URL returned error: 403",
        Reason.GIT_AUTH,
        "git.secretRef",
    ),
    context(
        "OpenSSH 10, a server that known_hosts does not know",
        "GitAuth: the context: ssh://git@g/a.git, with the credentials of Secret git: Server host "
        "key: ssh-ed25519 SHA256:4f1c; Host key verification failed.; fatal: Could not read from "
        "remote repository.",
        Reason.GIT_AUTH,
        "known_hosts",
    ),
    context(
        "http, a server's 429",
        "DownloadFailed: the context: https://f/x: HTTP 429 Too Many Requests",
        Reason.RATE_LIMITED,
        "another address",
    ),
    context(
        "git 2.39, a server's 429",
        "Unreachable: the context: https://g/a.git: fatal: unable to access 'https://g/a.git/': "
        "The requested URL returned error: 429",
        Reason.RATE_LIMITED,
        "another address",
    ),
    context(
        "skopeo 1.9, with Docker Hub's words (docs.docker.com/docker-hub/usage)",
        "RegistryUnreachable: a:1: reading manifest 1 in docker.io/library/a: "
        "toomanyrequests: You have reached your unauthenticated pull rate limit.",
        Reason.RATE_LIMITED,
        "mirror",
    ),
    context(
        "getaddrinfo, Debian 13",
        "Unreachable: the context: https://g/a.git: no address for g (Name or service not known)",
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
        "skopeo 1.9",
        "RegistryUnreachable: r/a:1: pinging container registry r: Get "
        '"https://r/v2/": x509: certificate signed by unknown authority',
        Reason.REGISTRY_TLS,
        "authority",
    ),
    context(
        "git 2.39 with GnuTLS",
        "Unreachable: https://g/a.git: fatal: unable to access "
        "'https://g/a.git/': server certificate verification failed. CAfile: "
        "/etc/ssl/certs/ca-certificates.crt CRLfile: "
        "none",
        Reason.GIT_UNREACHABLE,
        "certificate",
    ),
    context(
        "Python 3.11",
        "DownloadFailed: https://f/x: [SSL: CERTIFICATE_VERIFY_FAILED] "
        "certificate verify failed: self-signed certificate (_ssl.c:1006)",
        Reason.DOWNLOAD_FAILED,
        "certificate",
    ),
    context(
        "git 2.39",
        "Unreachable: https://g/a.git: fatal: unable to access 'https://g/a.git/': "
        "Failed to connect to g port 443 after 1 ms: Couldn't connect to server",
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
        "skopeo 1.9",
        "ImageNotFound: r/a:1: reading manifest 1 in r/a: manifest unknown",
        Reason.IMAGE_NOT_FOUND,
        "name and tag",
    ),
    context(
        "skopeo 1.9",
        "RegistryAuth: r/a:1: reading manifest 1 in r/a: unauthorized: authentication required",
        Reason.REGISTRY_AUTH,
        "spec.registrySecrets",
    ),
    context(
        "skopeo 1.9",
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
