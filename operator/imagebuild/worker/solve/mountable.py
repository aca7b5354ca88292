"""What steps may mount: each secret looked at, and each ssh key laid where BuildKit's client reads.

BuildKit says of them what no user of ours can read: it names files of the pod. So all that it would
refuse is refused first, as a FailedError ("CredentialInvalid: ...") that names Secret and key.
"""

from pathlib import Path

from imagebuild.contract.order import Order, Secret
from imagebuild.worker import sshkeys
from imagebuild.worker.contexts import refusal
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

# Source: MaxSecretSize in BuildKit's session/secrets/secretsprovider.
_MOST_BYTES = 500 * 1024


def lay(order: Order, *, workspace: Workspace, limits: Limits) -> None:
    """Makes the secrets and ssh keys of an order ready for every solve."""
    for index, secret in enumerate(order.secrets):
        with refusal.at(f"spec.secrets[{index}].secretKeyRef"):
            _require_mountable(secret)
    for index, ssh in enumerate(order.ssh):
        with refusal.at(f"spec.ssh[{index}].secretRef"):
            sshkeys.lay(Path(ssh.directory), ssh.name, workspace=workspace, limits=limits)


def _require_mountable(secret: Secret) -> None:
    holder = Path(secret.file).with_name(secret.secret)
    try:
        size = Path(secret.file).stat().st_size
    except OSError:
        raise sshkeys.invalid(holder, f"it has no key {secret.key}") from None
    if size > _MOST_BYTES:
        why = f"{secret.key} is larger than the {_MOST_BYTES // 1024} KiB that can be mounted"
        raise sshkeys.invalid(holder, why)
