"""What a build takes too much of: seen beside the daemon, handed over to the worker.

A small file beside the daemon's socket, ``{"what": "disk", "used": 9663676416, "bound":
10737418240}``, that is not there as long as nothing was exceeded. Build steps run in the daemon's
container: should one get at the file, it can end its own build with it, and nothing more.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from imagebuild.worker import plainfile

_LONGEST_FILE = 200
_MIB = 1024**2


class What(StrEnum):
    """What there can be too much of."""

    DISK = "disk"
    PROCESSES = "processes"
    UNCOUNTED = "uncounted"


@dataclass(frozen=True, slots=True)
class Exceeded:
    """``used`` of ``bound``: bytes of the daemon's volume, or processes and threads.

    ``uncounted`` is what cannot be told to be within its bound; there ``used`` says nothing.
    """

    what: What
    used: int
    bound: int

    def __str__(self) -> str:
        if self.what is What.DISK:
            used, bound = (f"{size / _MIB:,.0f} MiB" for size in (self.used, self.bound))
            return f"the build fills {used} of the disk; it may fill {bound}, and never quite"
        if self.what is What.UNCOUNTED:
            return "the files of the build can no longer be counted, so nothing bounds them"
        return f"the build has {self.used:,} processes and threads; it may have {self.bound:,}"


def write(path: Path, exceeded: Exceeded) -> None:
    """Makes the file say this, whole at any moment; raises OSError."""
    plainfile.write_json(path, asdict(exceeded))


def read(path: Path) -> Exceeded | None:
    """What the file says; None where there is none, or what is there is none of ours."""
    try:
        plain = plainfile.read_json(path, longest=_LONGEST_FILE)
        what, used, bound = What(plain["what"]), plain["used"], plain["bound"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    if type(used) is not int or type(bound) is not int:
        return None
    return Exceeded(what, used, bound)
