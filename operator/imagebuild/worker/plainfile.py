"""Plain files in the directory that the worker shares with the daemon.

Build steps run in the daemon's container. Should one get at the directory, it could put a link to
another file there, or a pipe, on which whoever opens it waits.
"""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

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


def write_json(path: Path, plain: Any) -> None:
    """Makes the file hold this, whole at any moment; raises OSError."""
    unnamed = path.with_name(f"{path.name}.new")
    unnamed.write_text(json.dumps(plain), encoding="utf-8")
    unnamed.rename(path)


def read_json(path: Path, *, longest: int) -> Any:
    """What a plain file of at most so many bytes holds.

    Raises OSError, ValueError or RecursionError.
    """
    with open(descriptor(path), "rb") as file:
        return json.loads(file.read(longest))
