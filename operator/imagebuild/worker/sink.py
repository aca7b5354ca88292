"""Where a run's log and pictures go."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO

from imagebuild.contract import picture
from imagebuild.worker import plainfile
from imagebuild.worker.pace import Pace


class Sink(Protocol):
    """What a run talks to while it goes on."""

    def log(self, line: str) -> None:
        """Shows a line to people."""

    def show(self, draw: Callable[[], picture.Picture], *, last: bool = False) -> None:
        """Shows the picture that ``draw`` gives, if it is time to; the last one always."""


class Files:
    """The build pod's sink: log to a stream, pictures to a file, one line each.

    What can't be written is not shown: no build fails for want of a log or of a picture. The file
    is opened once, before there is anybody who could put something else in its place.
    """

    def __init__(self, *, log: TextIO, pictures: Path) -> None:
        self._log = log
        self._pictures: int | None = None
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._pictures = plainfile.descriptor(pictures, flags)
        self._pace = Pace()
        self._begin = ""

    def log(self, line: str) -> None:
        """Shows a line to people."""
        with contextlib.suppress(OSError):
            self._log.write(f"{line}\n")
            self._log.flush()

    def show(self, draw: Callable[[], picture.Picture], *, last: bool = False) -> None:
        """Writes the picture if it is another than before and ``Pace`` has it go out now."""
        now = time.monotonic()
        if not (last or self._pace.may_look(now)):
            return
        drawn = draw()
        if not (self._pace.is_news(drawn) if last else self._pace.wants(drawn, now)):
            return
        try:
            self._write(f"{self._begin}{picture.to_line(drawn)}\n".encode())
        except OSError:
            # A part of the line may stand there, and the next one must not go on with it.
            self._begin = "\n"
            self._pace.failed(now)
        else:
            self._begin = ""
            self._pace.went_out(drawn, now)

    def _write(self, data: bytes) -> None:
        while data and self._pictures is not None:
            data = data[os.write(self._pictures, data) :]
