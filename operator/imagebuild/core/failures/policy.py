"""What BuildKit and the worker say of what the administrator does not allow.

BuildKit: sourcepolicy/engine.go. The worker's words begin with one of its own (worker/policy.py).
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures.row import Row, said

_MEND = (
    "Take an image that policy.pullFrom allows in this namespace, or ask the cluster's "
    "administrator to add this one to it; then request a build."
)
_KEEP = (
    "Keep to what is allowed, or ask the cluster's administrator to change the policy; then "
    "request a build."
)

TABLE: tuple[Row, ...] = (
    said("Policy", r"^PolicyDenied: ", Reason.POLICY_DENIED, mend=_KEEP),
    said("Solve", r'source "\S+" denied by policy', Reason.POLICY_DENIED, mend=_MEND),
)
