"""Files of a directory whose content is foreign: nothing outside of it is ever opened."""

import os
import stat
from pathlib import Path


class TooLargeError(Exception):
    """The file is longer than what was asked for."""


def read(root: Path, path: str, *, limit: int) -> bytes:
    """The whole of a plain file, at most ``limit`` bytes; links within ``root`` are followed.

    Raises OSError or ValueError where there is none (before Python 3.13 RuntimeError for links
    in a circle), TooLargeError where it is longer. Never waits, as one who opens a pipe does.
    """
    root = root.resolve(strict=True)
    inner = (root / path).resolve(strict=True).relative_to(root)
    with open(_descriptor(root, inner), "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise TooLargeError(path)
    return data


def _descriptor(root: Path, inner: Path) -> int:
    """Opened part by part, since whoever shares a volume may put a link there meanwhile."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(root, flags | os.O_DIRECTORY)
    for part in inner.parts:
        parent = descriptor
        try:
            descriptor = os.open(part, flags, dir_fd=parent)
        finally:
            os.close(parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError("not a plain file")
    return descriptor
