"""What to do about a failure, from the general to what its facts know better."""

from collections.abc import Mapping

from imagebuild.api import reasons
from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Failure
from imagebuild.core.failures.row import Row

# Where credentials were given, there is nothing to add.
_OF_THE_SECRET: Mapping[Reason, str] = {
    Reason.REGISTRY_AUTH: (
        "See whether the credentials that Secret {secret} holds for {registry} are still valid and "
        "may read this repository."
    ),
    Reason.PUSH_DENIED: (
        "See whether the credentials that Secret {secret} holds for {registry} are still valid and "
        "may push to this repository."
    ),
    Reason.RATE_LIMITED: (
        "Wait, or ask the cluster's administrator for a mirror of {registry}, in the operator's "
        "setting `registries`: the credentials of Secret {secret} were counted already."
    ),
}


def of(row: Row, failure: Failure) -> str:
    """The mend of the Secret that was used, else that of the row, else that of the reason."""
    known = failure.registry and failure.secret
    if known and not row.mend and row.reason in _OF_THE_SECRET:
        return _OF_THE_SECRET[row.reason].format(secret=failure.secret, registry=failure.registry)
    return row.mend or reasons.mend(row.reason)
