"""``python -m imagebuild.worker.daemon -- COMMAND ...``: a daemon that ends with the worker.

Runs the command (rootlesskit with buildkitd) as the container's first process: it takes in
orphans, passes SIGTERM on, and ends the command once the worker's tether is released. Exit codes:
0 where the command was told to end, else the command's own (128 + the number of a signal, 137
where rootlesskit says that what it ran was killed).
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from imagebuild.contract import places
from imagebuild.worker import tether

_GRACE_SECONDS = 10.0
_NO_WORKER = 1

# A worker that lost its daemon ends at once: the daemon's own end may be a moment behind.
_LAST_WORDS_SECONDS = 0.5

_KILLED = 137
# rootlesskit has no other word for a child that was killed than the exit code -1.
_CHILD_KILLED = 255


class _Child:
    """The command; it is told to end once, and killed where it does not hear."""

    def __init__(self, command: Sequence[str]) -> None:
        self.exit_code: int | None = None
        self._ended = threading.Event()
        # Python ignores SIGPIPE; what runs in the build steps must not inherit that.
        self._pid = os.posix_spawnp(
            command[0], list(command), os.environ, setsigmask=[], setsigdef=[signal.SIGPIPE]
        )

    def end(self, exit_code: int) -> None:
        """Tells the command to end; ``exit_code`` is then the container's."""
        if self.exit_code is not None or self._ended.is_set():
            return
        self.exit_code = exit_code
        self._signal(signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)

    def end_if_left(self, exit_code: int) -> None:
        """Tells the command to end, unless it is just ending by itself."""
        if not self._ended.wait(_LAST_WORDS_SECONDS):
            self.end(exit_code)

    def kill(self) -> None:
        """Ends the command at once."""
        self._signal(signal.SIGKILL)

    def wait(self) -> int:
        """The container's exit code, once the command has ended; orphans are reaped on the way."""
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == self._pid:
                break
        self._ended.set()
        own = os.waitstatus_to_exitcode(status)
        if self.exit_code is not None:
            return self.exit_code
        return _KILLED if own == _CHILD_KILLED else 128 - own if own < 0 else own

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)


def run(command: Sequence[str], *, tether_path: Path, patience: float) -> int:
    """Runs the command until it ends or the worker has ended; the container's exit code."""
    # A signal that comes before there is somebody to pass it on to waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    child = _Child(command)

    def follow_worker() -> None:
        try:
            tether.wait(tether.find(tether_path, patience=patience))
        except tether.NeverTakenError as error:
            sys.stderr.write(f"ending buildkitd: {error}\n")
            child.end(_NO_WORKER)
        else:
            child.end_if_left(0)

    signal.signal(signal.SIGTERM, lambda _number, _frame: child.end(0))
    signal.signal(signal.SIGALRM, lambda _number, _frame: child.kill())
    threading.Thread(target=follow_worker, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    return child.wait()


def prepare(root: Path) -> None:
    """Makes the daemon's root: nothing in it may inherit the group of the volume it lies in.

    A volume made for a pod's ``fsGroup`` hands its group down by a bit of the modes of the
    directories below it, and BuildKit would have that bit in every directory of an image.
    """
    root.mkdir(exist_ok=True)
    root.chmod(0o711)


if __name__ == "__main__":
    _, separator, *argv = sys.argv
    if separator != "--" or not argv:
        sys.exit(__doc__)
    prepare(Path(places.DAEMON_ROOT))
    code = run(argv, tether_path=Path(places.TETHER), patience=tether.PATIENCE_SECONDS)
    sys.exit(code)
