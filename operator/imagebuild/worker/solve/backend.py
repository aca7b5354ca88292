"""What the daemon says of itself: how it keeps layers, and what it builds for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import buildctl
from imagebuild.worker.workspace import Workspace

# Source: BuildKit's worker/label/label.go.
_SNAPSHOTTER = "org.mobyproject.buildkit.worker.snapshotter"

# The snapshotter that works everywhere.
_COPIES = "native"
_COPYING = (
    "BuildKit found no overlayfs and copies every layer at each step, which takes time and disk. "
    "Give the node a kernel of 5.11 or newer, and the daemon's volume (an emptyDir) a disk that is "
    "not itself an overlayfs."
)


@dataclass(frozen=True, slots=True)
class Backend:
    """``snapshotter`` is BuildKit's word for how layers are kept; ``platforms`` are os/arch.

    The first platform is the node's own.
    """

    snapshotter: str = ""
    platforms: tuple[str, ...] = ()

    @property
    def copies(self) -> bool:
        """Whether each step begins with a copy of all the files that are there."""
        return self.snapshotter == _COPIES

    @property
    def warning(self) -> str:
        """What is better done otherwise where the daemon runs; "" for nothing."""
        return _COPYING if self.copies else ""


def ask(workspace: Workspace, limits: Limits) -> Backend:
    """What the daemon says; raises ValueError, LookupError or TypeError where it says nothing."""
    words = ("debug", "workers", "--format", "{{json .}}")
    return read(buildctl.ask(*words, workspace=workspace, limits=limits))


def read(text: str) -> Backend:
    """From the JSON of ``buildctl debug workers``: ``[{labels, platforms: [{os, ...}]}]``."""
    first, *_ = json.loads(text)
    return Backend(
        snapshotter=first["labels"].get(_SNAPSHOTTER, ""),
        platforms=tuple(map(_platform, first["platforms"])),
    )


def _platform(plain: Mapping[str, str]) -> str:
    variant = plain.get("variant")
    return f"{plain['os']}/{plain['architecture']}" + (f"/{variant}" if variant else "")
