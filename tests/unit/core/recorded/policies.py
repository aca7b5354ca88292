"""What BuildKit and the worker say of what the administrator does not allow."""

from tests.unit.core.recorded.record import Recorded, solve

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause

_ASK = "ask the cluster's administrator"
_DENIED = (
    "failed to resolve source metadata for docker.io/library/golang:1.19: could not resolve image "
    'due to policy: source "docker-image://docker.io/library/golang:1.19" denied by policy: source '
    "denied by policy"
)


def worker(how, words):
    return Recorded(how, Cause.POLICY, f"PolicyDenied: {words}", Reason.POLICY_DENIED, _ASK)


DENIALS = (
    solve(
        "FROM golang:1.19 by --source-policy-file",
        f"failed to solve: golang:1.19: {_DENIED}",
        Reason.POLICY_DENIED,
        "Take an image that policy.pullFrom allows",
    ),
    solve(
        "the same of a context that an image takes the place of",
        f"failed to solve: {_DENIED}",
        Reason.POLICY_DENIED,
        _ASK,
    ),
    worker(
        "a context of an image",
        "context assets: quay.io/team/assets:1.0 may not be pulled; allowed: docker.io/library/*",
    ),
    worker(
        "policy.secretsOn",
        "secrets may be used for commits on refs/heads/main only, and this build is of commit "
        "4f1c, on refs/heads/other",
    ),
)
