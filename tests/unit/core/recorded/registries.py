"""What BuildKit says of registries."""

from tests.unit.core.recorded.record import push, solve

from imagebuild.api.reasons import Reason

AT = "r.example.com/v2/a/blobs/sha256:cf91"
META = "r.example.com/a:1: failed to resolve source metadata for r.example.com/a:1: "

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
        "a Secret that was broken while the build ran, by docker-credential-helpers 0.9",
        "failed to authorize: rpc error: code = Unknown desc = error getting credentials - err: "
        "exit status 1, out: `CredentialInvalid: registry secret push: .dockerconfigjson: it has "
        "no such key`",
        Reason.CREDENTIAL_INVALID,
        "Correct the Secret",
    ),
    push(
        "a certificate of nobody's",
        f'failed to do request: Head "https://{AT}": tls: failed to verify certificate: x509: '
        "certificate signed by unknown authority",
        Reason.REGISTRY_TLS,
        "spec.caCertificates",
    ),
    push(
        "a certificate of another name",
        f'failed to do request: Head "https://{AT}": tls: failed to verify certificate: x509: '
        "certificate is valid for other.test, not r.test",
        Reason.REGISTRY_TLS,
        "for its host",
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
        "a connection that is closed without an answer",
        f'failed to do request: Head "https://{AT}": EOF',
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "a registry whose disk is full",
        f"unexpected status from PUT request to https://{AT}: 500 Internal Server Error\n"
        "write /var/lib/registry: no space left on device",
        Reason.PUSH_FAILED,
        "registry's own disk",
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
        "spec.caCertificates",
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
        "FROM, a layer's request is answered by 404",
        "failed to compute cache key: failed to copy: httpReadSeeker: failed open: content at "
        f"https://{AT} not found: not found",
        Reason.IMAGE_NOT_FOUND,
        "lost a part",
    ),
    solve(
        "FROM, a manifest's request is answered by a proxy's 404",
        f"{META}unexpected status from HEAD request to https://r.example.com/v2/a/manifests/1: "
        "404 Not Found",
        Reason.IMAGE_NOT_FOUND,
        "name and tag",
    ),
    solve(
        "--export-cache, a registry whose disk is full",
        f"error writing layer blob: unexpected status from PUT request to https://{AT}: 500 "
        "Internal Server Error\nwrite /var/lib/registry: no space left on device",
        Reason.REGISTRY_UNREACHABLE,
        "registry's own disk",
    ),
    *(
        solve(
            f"FROM, {how}",
            f'{META}failed to do request: Head "https://{AT}": {words}',
            Reason.REGISTRY_UNREACHABLE,
            "host and port",
        )
        for how, words in (
            ("a connection that is closed without an answer", "EOF"),
            (
                "a connection that is never made",
                "dial tcp 10.0.0.1:443: connect: connection timed out",
            ),
            ("a connection that breaks", "write tcp 10.0.0.2:4->10.0.0.1:443: write: broken pipe"),
            (
                "a server that goes away (h2_bundle.go of Go 1.25)",
                "http2: server sent GOAWAY and closed the connection; LastStreamID=1, "
                "ErrCode=NO_ERROR, debug=",
            ),
            ("what nobody has seen", "something nobody has seen"),
        )
    ),
    solve(
        "FROM, a layer's stream that is reset",
        "failed to compute cache key: failed to copy: httpReadSeeker: failed open: failed to do "
        f'request: Get "https://{AT}": stream error: stream ID 7; INTERNAL_ERROR; received from '
        "peer",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    solve(
        "FROM, a layer that breaks off while it is unpacked",
        "failed to extract layer sha256:2222: unexpected EOF",
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
