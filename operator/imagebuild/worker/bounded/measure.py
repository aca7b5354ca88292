"""How much the build takes: bytes of a volume, and processes.

Only root of the daemon's user namespace may look into all that is there.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 512  # of st_blocks, whatever the file system's own is

# Of the container's own cgroup, version 2 and version 1.
_COUNTS = ("/sys/fs/cgroup/pids.current", "/sys/fs/cgroup/pids/pids.current")

# A walk holds a descriptor for each level, and may have no more than some 1,000 of them.
DEEPEST = 500
_LACKING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class TooDeepError(Exception):
    """Directories lie so deep within each other that what is beneath them cannot be counted."""


def free(volume: str) -> int:
    """The bytes that are left in the volume for whoever is not root."""
    found = os.statvfs(volume)
    return found.f_bavail * found.f_frsize


def processes() -> int | None:
    """How many processes and threads the container has; None where nothing counts them."""
    for path in _COUNTS:
        with contextlib.suppress(OSError, ValueError):
            return int(Path(path).read_bytes())
    return None


def used(root: str, *, enough: int) -> int:
    """The bytes allocated to all beneath a directory, and to deleted files that are still open.

    What lies on other devices is not looked into (where steps run their layers are mounted a
    second time), and what has several names counts once. Ends early once it is ``enough``. Raises
    TooDeepError, and OSError where the descriptors or the memory for it are not to be had.
    """
    total = 0
    for size in _sizes(root):
        total += size
        if total >= enough:
            return total
    return total + _deleted(root)


def _sizes(root: str) -> Iterator[int]:
    """Of each file and directory; whatever goes away meanwhile has none."""
    device = os.lstat(root).st_dev
    seen: set[int] = set()
    # Descriptors, not paths: those may be longer than the kernel takes.
    descriptor = os.open(root, _DIRECTORY)
    levels: list[tuple[int, list[str]]] = []
    try:
        while True:
            names: list[str] = []
            levels.append((descriptor, names))
            if len(levels) > DEEPEST:
                raise TooDeepError(f"directories are nested more than {DEEPEST} levels deep")
            yield from _scanned(descriptor, names, seen=seen, device=device)
            while (opened := _next(levels[-1])) is None:
                os.close(levels.pop()[0])
                if not levels:
                    return
            descriptor = opened
    finally:
        for level, _ in levels:
            os.close(level)


def _next(level: tuple[int, list[str]]) -> int | None:
    """Opens the next directory of a level that is still there; None where all are done."""
    descriptor, names = level
    while names:
        try:
            return os.open(names.pop(), _DIRECTORY, dir_fd=descriptor)
        except OSError as error:
            if error.errno in _LACKING:
                raise
    return None


def _scanned(descriptor: int, names: list[str], *, seen: set[int], device: int) -> Iterator[int]:
    """The sizes of what a directory holds; fills in the names of the directories in it."""
    with os.scandir(descriptor) as entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            is_directory = stat.S_ISDIR(found.st_mode)
            if found.st_dev != device or found.st_ino in seen:
                continue
            if is_directory or found.st_nlink > 1:
                seen.add(found.st_ino)
            if is_directory:
                names.append(entry.name)
            yield found.st_blocks * _BLOCK


def _deleted(root: str) -> int:
    """Bytes of files of the volume that have no name any more, but somebody who writes to them."""
    # A file in an overlay has the overlay's device, but tells of the volume that the overlay is on.
    blocks = os.statvfs(root).f_blocks
    sizes: dict[tuple[int, int], int] = {}
    for descriptor in _descriptors():
        # Where the link leads, not what it reads: that fails for a path of more than 4,096 bytes.
        with contextlib.suppress(OSError):
            found = os.stat(descriptor)  # noqa: PTH116 - of very many, Path takes long
            if not stat.S_ISREG(found.st_mode) or found.st_nlink > 0:
                continue
            if os.statvfs(descriptor).f_blocks == blocks:
                sizes[found.st_dev, found.st_ino] = found.st_blocks * _BLOCK
    return sum(sizes.values())


def _descriptors() -> Iterator[str]:
    """Of each thread: one can have others than its process, and outlive its first thread."""
    for process in filter(str.isdigit, _listed("/proc")):
        for thread in _listed(f"/proc/{process}/task"):
            folder = f"/proc/{process}/task/{thread}/fd"
            for number in _listed(folder):
                yield f"{folder}/{number}"


def _listed(path: str) -> list[str]:
    """Names in a directory of /proc; none where what it tells of has ended."""
    try:
        return os.listdir(path)  # noqa: PTH208 - of very many, Path takes long
    except OSError as error:
        if error.errno in _LACKING:
            raise
        return []
