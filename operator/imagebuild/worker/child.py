"""One child process: what it writes, line by line, within the run's limits."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker import limits as _limits

# How often limits are looked at, and how long a child may take to end when it is told to.
_TICK_SECONDS = 0.1
_GRACE_SECONDS = 5.0

# A line without end is cut here: memory stays bounded whatever a step prints.
_LONGEST_LINE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears what: ``output`` each line of stdout and stderr, ``fifo`` each line written to it.

    ``tick`` is called several times a second. ``kept`` is a new file that takes stdout as it
    is; ``output`` then hears stderr alone.
    """

    output: Callable[[str], None]
    kept: Path | None = None
    fifo_path: Path | None = None
    fifo: Callable[[str], None] | None = None
    tick: Callable[[], None] | None = None


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    limits: _limits.Limits,
    listener: Listener,
    stdin: Path = Path(os.devnull),
) -> int:
    """The exit code of the program, once it has ended and all it wrote was heard.

    ``stdin`` is the file that it reads. Raises TimedOutError or StoppedError, after the child and
    its children were ended.
    """
    limits.check()
    descriptor = _open_fifo(listener.fifo_path)
    try:
        with (
            stdin.open("rb") as given,
            listener.kept.open("xb") if listener.kept else contextlib.nullcontext() as kept,
            subprocess.Popen(
                argv,
                env=dict(environment),
                stdin=given,
                stdout=kept or subprocess.PIPE,
                stderr=subprocess.PIPE if kept else subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            leash = _Leash(process, limits)
            try:
                _listen(process, listener=listener, fifo=descriptor, leash=leash)
            except BaseException:
                leash.kill()
                raise
            return process.returncode
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_fifo(path: Path | None) -> int | None:
    if path is None:
        return None
    os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def _listen(
    process: subprocess.Popen[bytes], *, listener: Listener, fifo: int | None, leash: "_Leash"
) -> None:
    with selectors.DefaultSelector() as selector:
        if (pipe := process.stderr or process.stdout) is not None:
            output = pipe.fileno()
            selector.register(output, selectors.EVENT_READ, _Lines(output, listener.output))
        if fifo is not None and listener.fifo is not None:
            selector.register(fifo, selectors.EVENT_READ, _Lines(fifo, listener.fifo))
        while True:
            if not selector.get_map():
                # It closed all that it wrote to: it ends in a moment.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_TICK_SECONDS)
            ended = process.poll() is not None
            ready = selector.select(0 if ended else _TICK_SECONDS)
            for key, _ in ready:
                if not key.data.read():
                    selector.unregister(key.fd)
            if listener.tick is not None:
                listener.tick()
            leash.pull()
            if ended and not ready:
                break
    leash.tell()


class _Lines:
    """Cuts what comes from a descriptor into lines."""

    def __init__(self, descriptor: int, hear: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._hear = hear
        self._rest = b""

    def read(self) -> bool:
        """Reads what is there; False where nothing will ever come again."""
        data = os.read(self._descriptor, 65536)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (not data or len(self._rest) > _LONGEST_LINE):
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._hear(line.decode("utf-8", "replace"))
        return bool(data)


class _Leash:
    """Ends the child when the limits say so: asked first, killed when it does not hear.

    The child goes on being listened to meanwhile, so that its last words are heard.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: _limits.Limits) -> None:
        self._process = process
        self._limits = limits
        self._reason: Exception | None = None
        self._kill_at = 0.0

    def pull(self) -> None:
        """Looks at the limits, and at the child that was told to end."""
        if self._reason is None:
            try:
                self._limits.check()
            except (_limits.StoppedError, _limits.TimedOutError) as reason:
                self._reason = reason
                self._kill_at = time.monotonic() + _GRACE_SECONDS
                self._signal(signal.SIGTERM)
        elif time.monotonic() >= self._kill_at:
            self.kill()

    def tell(self) -> None:
        """Raises the reason why the child was ended, where it was."""
        if self._reason is not None:
            raise self._reason

    def kill(self) -> None:
        """Ends the child at once, with its children."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)
