import pytest

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.solve import registries

PRIVATE = "private.demo.svc:5000"
DENIED = f"unexpected status from HEAD request to http://{PRIVATE}/v2/t/x"

# What BuildKit 0.34.2 said, with registry 3 asking for a password, but where a thread is named.
FAILED_AT = [
    (
        Cause.SOLVE,
        f"{PRIVATE}/t/x:1: failed to resolve source metadata for {PRIVATE}/t/x:1: "
        f"{DENIED}/manifests/1: 401 Unauthorized",
        f"[internal] load metadata for {PRIVATE}/t/x:1",
        PRIVATE,
    ),
    (
        Cause.PUSH,
        f"failed to push {PRIVATE}/t/x:1: {DENIED}/blobs/sha256:012a: 401 Unauthorized",
        "exporting to image",
        PRIVATE,
    ),
    (
        Cause.SOLVE,
        f"error writing layer blob: {DENIED}/blobs/sha256:3438: 401 Unauthorized",
        "exporting cache to registry",
        PRIVATE,
    ),
    (
        Cause.SOLVE,
        f"failed to configure registry cache importer: {DENIED}/manifests/1: 401 Unauthorized",
        f"importing cache manifest from {PRIVATE}/t/c:1",
        PRIVATE,
    ),
    (
        Cause.SOLVE,
        "buidler: failed to resolve source metadata for docker.io/library/buidler:latest: "
        "docker.io/library/buidler:latest: not found (did you mean builder?)",
        "[internal] load metadata for docker.io/library/buidler:latest",
        "docker.io",
    ),
    (
        Cause.PUSH,
        "failed to push nowhere.invalid:5000/a:1: failed to do request: Head "
        '"https://nowhere.invalid:5000/v2/a/blobs/sha256:1": dial tcp: lookup nowhere.invalid on '
        "10.96.0.10:53: no such host",
        "exporting to image",
        "nowhere.invalid:5000",
    ),
    (  # jenkinsci/docker-agents#1163
        Cause.SOLVE,
        "failed to copy: httpReadSeeker: failed open: unexpected status code "
        "https://registry-1.docker.io/v2/library/golang/blobs/sha256:1: 429 Too Many Requests",
        "[builder 1/2] FROM docker.io/library/golang:1.19",
        "docker.io",
    ),
    (
        Cause.SOLVE,
        'process "/bin/sh -c curl http://r.example/v2/a/manifests/1" did not complete '
        "successfully: unable to find user x: no matching entries in passwd file",
        "[2/2] RUN curl http://r.example/v2/a/manifests/1",
        None,
    ),
    (Cause.SOLVE, 'Get "https://a.example/v2/x.tgz": no such host', "[2/2] ADD", None),
    (Cause.SOLVE, "failed to read dockerfile: no such file or directory", None, None),
    (Cause.CONTEXT, f"RegistryAuth: the context: {DENIED}/manifests/1: 401", None, None),
]


@pytest.mark.parametrize(("cause", "error", "vertex", "host"), FAILED_AT)
def test_the_registry_is_named_at_which_a_solve_failed(
    cause: Cause, error: str, vertex: str | None, host: str | None
) -> None:
    assert registries.failed_at(Failure(cause, error, vertex=vertex)) == host


def test_a_step_that_failed_by_itself_failed_at_no_registry() -> None:
    failure = Failure(Cause.SOLVE, f"failed to push {PRIVATE}/t/x:1: denied", exit_code=1)
    assert registries.failed_at(failure) is None
