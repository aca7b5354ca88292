"""How much of its node one attempt may take, as the pod and the daemon are told it."""

from collections.abc import Mapping
from typing import Any

from imagebuild.api.checks.quantities import quantity
from imagebuild.core.settings import Bounds

_STORAGE = "ephemeral-storage"


def of(bounds: Bounds, resources: Mapping[str, Any]) -> Bounds:
    """The bounds of a daemon with these requests and limits.

    ``state_bytes``: None only where neither the setting nor the limits bound the pod's disk; no
    file may become larger than that.
    """
    known = [bounds.state_bytes] if bounds.state_bytes is not None else []
    if (limit := resources.get("limits", {}).get(_STORAGE)) is not None:
        known.append(int(quantity(limit)))
    state = min(known, default=None)
    file = bounds.file_bytes if state is None else min(bounds.file_bytes, state)
    return Bounds(bounds.processes, file, state)


def volume(name: str, bounds: Bounds) -> dict[str, Any]:
    """The daemon's: should nobody end a build that fills it, the kubelet evicts its pod."""
    if bounds.state_bytes is None:
        return {"name": name, "emptyDir": {}}
    return {"name": name, "emptyDir": {"sizeLimit": str(bounds.state_bytes)}}


def flags(bounds: Bounds) -> list[str]:
    """As ``python -m imagebuild.worker.bounded`` takes them."""
    given = [f"--processes={bounds.processes}", f"--file-bytes={bounds.file_bytes}"]
    if bounds.state_bytes is not None:
        given.append(f"--state-bytes={bounds.state_bytes}")
    return given
