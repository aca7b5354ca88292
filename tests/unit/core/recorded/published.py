"""What the leak guard says, and skopeo 1.18 of registries that it pushes to."""

from tests.unit.core.recorded.record import Recorded, push

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause

UPLOADING = "writing manifest: uploading manifest 1 to r/a: "
CHECKING = (
    "trying to reuse blob sha256:3438 at destination: checking whether a blob sha256:3438 exists "
    "in r/a: "
)
PINGING = "trying to reuse blob sha256:3438 at destination: pinging container registry r: "


def leak(how, where, mend="from its mount"):
    error = f"SecretLeaked: the value of secret npm (Secret npm, key token) is in {where}"
    return Recorded(how, Cause.LEAK, error, Reason.SECRET_LEAKED, mend)


def immutable(how, words):
    error = f"TagImmutable: failed to push r/a:1: {UPLOADING}{words}"
    return Recorded(how, Cause.PUSH, error, Reason.TAG_IMMUTABLE, "new tag")


LEAKS = (
    leak(
        "a step that copies it",
        "layer 2 of 3 (sha256:7680), file /root/.npmrc, as it is, made by `RUN npm ci`",
    ),
    leak("ENV", "the image's configuration: ENV TOKEN, as it is, made by `ENV`"),
    leak(
        "an image that holds it already",
        "layer 1 of 3 (sha256:7680), file /x, as it is, from the base image r.example/base:1",
        "No step of this build",
    ),
    leak("words of a step", "layer 2 of 3, made by `RUN echo , from the base image x`"),
)

PUSHES = (
    immutable(
        "Amazon ECR, aws/containers-roadmap#862",
        "tag invalid: The image tag '1' already exists in the 'a' repository and cannot be "
        "overwritten because the repository is immutable.",
    ),
    immutable(
        "Harbor, which answers 412; src/controller/immutable of goharbor/harbor",
        "unknown: Failed to process request due to 'a:1' configured as immutable.",
    ),
    immutable(
        "Google Artifact Registry, https://cloud.google.com/artifact-registry/docs/docker/"
        "troubleshoot#push",
        "manifest invalid: cannot update tag 1. The repository has enabled tag immutability; "
        "pushed by digest: r/a@sha256:1; no tag was moved",
    ),
    push(
        "skopeo at a registry that wants credentials",
        f"{CHECKING}authentication required",
        Reason.PUSH_DENIED,
        "spec.registrySecrets",
    ),
    push(
        "the same after another image was pushed",
        f"{CHECKING}authentication required; pushed by digest: r/b@sha256:1; no tag was moved",
        Reason.PUSH_DENIED,
        "spec.registrySecrets",
    ),
    push(
        "skopeo with another password",
        "trying to reuse blob sha256:3438 at destination: unable to retrieve auth token: invalid "
        "username/password: unauthorized: authentication required",
        Reason.PUSH_DENIED,
        "may push",
    ),
    push(
        "skopeo at a registry that answers 403",
        f'{CHECKING}StatusCode: 403, ""',
        Reason.PUSH_DENIED,
        "may push",
    ),
    push(
        "skopeo at a registry that answers 403 DENIED to the manifest alone",
        f"{UPLOADING}denied",
        Reason.PUSH_DENIED,
        "may push",
    ),
    push(
        "skopeo at a registry that answers 429",
        f'{UPLOADING}StatusCode: 429, ""',
        Reason.RATE_LIMITED,
        "mirror",
    ),
    push(
        "skopeo at a registry that answers 500",
        f"{CHECKING}received unexpected HTTP status: 500 Internal Server Error",
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "skopeo at a registry that answers 503 without a word",
        f'{UPLOADING}StatusCode: 503, ""',
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "skopeo at a registry that speaks HTTP",
        f'{PINGING}Get "https://r/v2/": http: server gave HTTP response to HTTPS client',
        Reason.REGISTRY_TLS,
        "`http: true` for it",
    ),
    push(
        "skopeo at a registry with a certificate of nobody's",
        f'{PINGING}Get "https://r/v2/": tls: failed to verify certificate: x509: certificate '
        "signed by unknown authority",
        Reason.REGISTRY_TLS,
        "authority",
    ),
    push(
        "skopeo with a name that is nowhere",
        f'{PINGING}Get "https://r/v2/": dial tcp: lookup r on 10.96.0.10:53: no such host',
        Reason.NAME_NOT_RESOLVED,
        "DNS",
    ),
    push(
        "skopeo where nobody listens",
        f'{PINGING}Get "https://r/v2/": dial tcp 10.0.0.1:443: connect: connection refused',
        Reason.REGISTRY_UNREACHABLE,
        "host and port",
    ),
    push(
        "skopeo at a registry that answers 413",
        f'{UPLOADING}StatusCode: 413, ""',
        Reason.PUSH_FAILED,
        "registry's words",
    ),
)
