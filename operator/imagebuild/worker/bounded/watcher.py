"""Looks after a daemon until it ends: what it and its steps take, and whom to tell."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from imagebuild.worker import exceeded
from imagebuild.worker.bounded import measure
from imagebuild.worker.bounded.watch import Crowd, Disk
from imagebuild.worker.exceeded import Exceeded, What

_TICK_SECONDS = 0.1
_COUNT_SECONDS = 1.0

# How long the worker may take to end a build that exceeds a bound. What does not hear is killed.
_GRACE_SECONDS = 3.0


class Watcher:
    """Watches what there is a bound of; tells the worker once, and kills where that is no help."""

    def __init__(self, volume: str, *, path: Path, state_bytes: int | None, processes: int) -> None:
        now = time.monotonic()
        self._volume = volume
        self._path = path
        self._crowd = Crowd(processes)
        self._disk: Disk | None = None
        if state_bytes is not None:
            free = measure.free(volume)
            self._disk = Disk(state_bytes, free=free, now=now)
            # Where all begins there is nothing yet: this costs nothing.
            self._disk.walked(measure.used(volume, enough=state_bytes), free=free, now=now)
        self._count_at = now
        self._told_at: float | None = None

    def look(self, now: float) -> bool:
        """Looks once; whether the daemon is to be killed."""
        if self._told_at is not None:
            return now - self._told_at >= _GRACE_SECONDS
        found = self._seen(now)
        if found is not None:
            self._told_at = now
            sys.stderr.write(f"ending the build: {found}\n")
            with contextlib.suppress(OSError):
                exceeded.write(self._path, found)
        return False

    def _seen(self, now: float) -> Exceeded | None:
        try:
            return self._filled(now) or self._crowded(now)
        except Exception as error:  # noqa: BLE001 - whatever it is: a build nobody watches must end
            sys.stderr.write(f"cannot count: {error!r}\n")
            return Exceeded(What.UNCOUNTED, 0, self._disk.bound if self._disk else 0)

    def _filled(self, now: float) -> Exceeded | None:
        if self._disk is None or not self._disk.is_due(free := measure.free(self._volume), now):
            return None
        used = measure.used(self._volume, enough=self._disk.bound)
        if not self._disk.walked(used, free=free, now=now):
            return None
        return Exceeded(What.DISK, used, self._disk.bound)

    def _crowded(self, now: float) -> Exceeded | None:
        if now < self._count_at:
            return None
        self._count_at = now + _COUNT_SECONDS
        count = measure.processes()
        if count is None or not self._crowd.is_too_many(count, now):
            return None
        return Exceeded(What.PROCESSES, count, self._crowd.bound)


def watch(pid: int, watcher: Watcher) -> int:
    """The exit code of the daemon, a child of this process; signals to end are passed on to it.

    SIGCHLD and those signals are blocked.
    """
    signals = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
    while True:
        came = signal.sigtimedwait(signals, _TICK_SECONDS)
        if came is not None and came.si_signo != signal.SIGCHLD:
            os.kill(pid, came.si_signo)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return 128 - code if code < 0 else code
        if watcher.look(time.monotonic()):
            os.kill(pid, signal.SIGKILL)
