"""``python -m imagebuild.worker.daemon [--processes=N] -- COMMAND ...``: ends with the worker.

Runs the command (rootlesskit with buildkitd) as the container's first process: it takes in
orphans, passes SIGTERM on, and ends the command once the worker's tether is released. What the
command says on stderr goes on to the container's log, and its end to the worker. N bounds the
processes and threads of all that it starts. Exit codes: 0 where the command was told to end, else
the command's own (128 + the number of a signal, 137 where rootlesskit says that what it ran was
killed, 126 where it could not be run).
"""

import contextlib
import os
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from imagebuild.contract import places
from imagebuild.worker import lastwords, tether, trust
from imagebuild.worker.bounded import rlimits
from imagebuild.worker.lastwords import LastWords

_GRACE_SECONDS = 10.0
_NO_WORKER = 1
_NOT_RUN = 126
_STDERR = 2

# A worker that lost its daemon ends at once: the daemon's own end may be a moment behind.
_LAST_WORDS_SECONDS = 0.5

_KILLED = 137
# rootlesskit has no other word for a child that was killed than the exit code -1.
_CHILD_KILLED = 255


class _Ear:
    """Passes on what is written to ``mouth``, and keeps the end of it for the worker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._heard = b""
        self._exit_code: int | None = None
        self._telling = threading.Lock()
        self._reading, self.mouth = os.pipe()
        self._listening = threading.Thread(target=self._listen, daemon=True)

    def listen(self) -> None:
        """Begins, once whoever speaks has got the mouth."""
        os.close(self.mouth)
        self._listening.start()

    def end(self, exit_code: int) -> None:
        """The speaker has ended; what it left in the pipe is heard, whoever else holds that."""
        self._listening.join(_LAST_WORDS_SECONDS)
        self._exit_code = exit_code
        self._tell()

    def _listen(self) -> None:
        while data := os.read(self._reading, 65536):
            self._heard = (self._heard + data)[-lastwords.MAX_BYTES :]
            # At once: with a daemon that is killed for lack of memory this may end too.
            self._tell()
            with contextlib.suppress(OSError):
                while data:
                    data = data[os.write(_STDERR, data) :]

    def _tell(self) -> None:
        with self._telling, contextlib.suppress(OSError):
            said = self._heard.decode("utf-8", "replace")
            lastwords.write(self._path, LastWords(said, self._exit_code))


class _Child:
    """The command; it is told to end once, and killed where it does not hear."""

    def __init__(self, command: Sequence[str], *, stderr: int) -> None:
        self.exit_code: int | None = None
        self._ended = threading.Event()
        # Python ignores SIGPIPE; what runs in the build steps must not inherit that.
        self._pid = os.posix_spawnp(
            command[0],
            list(command),
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, stderr, _STDERR)],
            setsigmask=[],
            setsigdef=[signal.SIGPIPE],
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


def run(command: Sequence[str], *, tether_path: Path, words_path: Path, patience: float) -> int:
    """Runs the command until it ends or the worker has ended; the container's exit code.

    Its last words are in the file ``words_path`` by then. Raises OSError where there is no such
    command.
    """
    ear = _Ear(words_path)
    # A signal that comes before there is somebody to pass it on to waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    child = _Child(command, stderr=ear.mouth)
    ear.listen()

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
    exit_code = child.wait()
    ear.end(exit_code)
    return exit_code


def prepare(root: Path) -> None:
    """Makes the daemon's root: nothing in it may inherit the group of the volume it lies in.

    A volume made for a pod's ``fsGroup`` hands its group down by a bit of the modes of the
    directories below it, and BuildKit would have that bit in every directory of an image.
    """
    root.mkdir(exist_ok=True)
    root.chmod(0o711)


if __name__ == "__main__":
    try:
        flags, argv = rlimits.flags(sys.argv[1:])
    except ValueError:
        sys.exit(__doc__)
    if "processes" in flags:
        rlimits.lower(resource.RLIMIT_NPROC, flags["processes"])
    words_path = Path(places.LAST_WORDS)
    try:
        prepare(Path(places.DAEMON_ROOT))
        trust.add(Path(places.CA_DIR))
        code = run(
            argv,
            tether_path=Path(places.TETHER),
            words_path=words_path,
            patience=tether.PATIENCE_SECONDS,
        )
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        lastwords.write(words_path, LastWords(str(error), code := _NOT_RUN))
    sys.exit(code)
