"""The tether: a locked file that ties the pod's containers to the worker.

The worker holds an exclusive lock on it for as long as it lives; the kernel lets go of the lock
however the worker ends, killed or not. The others take a shared lock, which waits for just that.
The file is locked before it gets its name, so it is never seen unlocked while the worker lives.
"""

import fcntl
import os
import time
from pathlib import Path

# The containers of a pod start together; one that still misses the worker then misses it for good.
PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.02


class NeverTakenError(Exception):
    """The worker has not come."""


def take(path: Path) -> int:
    """Takes the tether; it is held until the descriptor is closed, at the latest by the end."""
    unnamed = path.with_name(f"{path.name}.new")
    descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.rename(path)
    return descriptor


def find(path: Path, *, patience: float = PATIENCE_SECONDS) -> int:
    """A descriptor of the tether, once the worker has taken it; raises NeverTakenError."""
    give_up_at = time.monotonic() + patience
    while True:
        try:
            return os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            if time.monotonic() >= give_up_at:
                raise NeverTakenError(f"no worker within {patience:.0f} s") from None
            time.sleep(_POLL_SECONDS)


def is_released(descriptor: int) -> bool:
    """Whether the worker has ended."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait(descriptor: int) -> None:
    """Waits until the worker has ended."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)
