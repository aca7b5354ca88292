"""Plain files in the directory that the worker shares with the daemon.

Build steps run in the daemon's container. Should one get at the directory, it could put a link to
another file there, or a pipe, on which whoever opens it waits.
"""

import errno
import os
import stat
from pathlib import Path

_MODE = 0o644


def descriptor(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a plain file, at once and of nothing else; raises OSError.

    ``flags`` are those of open(2).
    """
    safe = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    found = os.open(path, flags | safe, _MODE)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return found
