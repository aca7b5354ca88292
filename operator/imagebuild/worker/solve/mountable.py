"""What steps may mount: each secret looked at, and each ssh key laid where BuildKit's client reads.

BuildKit says of them what no user of ours can read: it names files of the pod. So all that it would
refuse is refused first, as a FailedError ("CredentialInvalid: ...") that names Secret and key.
"""

from pathlib import Path

from imagebuild.contract.order import Order
from imagebuild.worker import sshkeys
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

# Source: MaxSecretSize in BuildKit's session/secrets/secretsprovider.
_MOST_BYTES = 500 * 1024


def lay(order: Order, *, workspace: Workspace, limits: Limits) -> None:
    """Makes the secrets and ssh keys of an order ready for every solve."""
    for secret in order.secrets:
        holder = Path(secret.file).with_name(secret.secret)
        try:
            size = Path(secret.file).stat().st_size
        except OSError:
            raise sshkeys.invalid(holder, f"it has no key {secret.key}") from None
        if size > _MOST_BYTES:
            why = f"{secret.key} is larger than the {_MOST_BYTES // 1024} KiB that can be mounted"
            raise sshkeys.invalid(holder, why)
    for ssh in order.ssh:
        sshkeys.lay(Path(ssh.directory), ssh.name, workspace=workspace, limits=limits)
