"""How much of its node one attempt may take, as the pod and the daemon are told it."""

from collections.abc import Mapping
from typing import Any

from imagebuild.api.checks.quantities import quantity
from imagebuild.core.settings import Bounds

_STORAGE = "ephemeral-storage"
_WORK_TIMES = 2


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


def volumes(bounds: Bounds) -> list[dict[str, Any]]:
    """The daemon's and the worker's: should nobody end a build that fills one, the kubelet evicts.

    What lies in the worker's goes into the daemon's or came out of it, contexts and images: each
    may be as much as the daemon's bound.
    """
    if bounds.state_bytes is None:
        return [{"name": name, "emptyDir": {}} for name in ("state", "work")]
    sizes = {"state": bounds.state_bytes, "work": _WORK_TIMES * bounds.state_bytes}
    return [{"name": name, "emptyDir": {"sizeLimit": str(size)}} for name, size in sizes.items()]


def flags(bounds: Bounds) -> list[str]:
    """As ``python -m imagebuild.worker.bounded`` takes them."""
    given = [f"--processes={bounds.processes}", f"--file-bytes={bounds.file_bytes}"]
    if bounds.state_bytes is not None:
        given.append(f"--state-bytes={bounds.state_bytes}")
    return given
