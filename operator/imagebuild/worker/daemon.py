"""``python -m imagebuild.worker.daemon -- COMMAND ...``: a daemon that ends with the worker.

Runs the command (rootlesskit with buildkitd) as the container's first process: it takes in
orphans, passes SIGTERM on, and ends the command once the worker's tether is released. Exit codes:
0 where the command was told to end, else the command's own (128 + the number of a signal).
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from imagebuild.contract import places
from imagebuild.worker import tether

_GRACE_SECONDS = 10.0
_NO_WORKER = 1


class _Child:
    """The command; what it is told is told once, and a deaf one is killed."""

    def __init__(self, command: Sequence[str]) -> None:
        self.exit_code: int | None = None
        self._ended = threading.Event()
        self._pid = os.posix_spawnp(command[0], list(command), os.environ)

    def end(self, exit_code: int) -> None:
        """Tells the command to end; ``exit_code`` is then the container's."""
        if self.exit_code is not None or self._ended.is_set():
            return
        self.exit_code = exit_code
        self._signal(signal.SIGTERM)
        threading.Thread(target=self._kill_late, daemon=True).start()

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
        return 128 - own if own < 0 else own

    def _kill_late(self) -> None:
        if not self._ended.wait(_GRACE_SECONDS):
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)


def run(command: Sequence[str], *, tether_path: Path, patience: float) -> int:
    """Runs the command until it ends or the worker has ended; the container's exit code."""
    child = _Child(command)

    def on_sigterm(_number: int, _frame: FrameType | None) -> None:
        child.end(0)

    def follow_worker() -> None:
        try:
            tether.wait(tether.find(tether_path, patience=patience))
        except tether.NeverTakenError as error:
            sys.stderr.write(f"ending buildkitd: {error}\n")
            child.end(_NO_WORKER)
        else:
            child.end(0)

    signal.signal(signal.SIGTERM, on_sigterm)
    threading.Thread(target=follow_worker, daemon=True).start()
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
