"""Where a run's log and pictures go."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO

from imagebuild.contract import picture


class Sink(Protocol):
    """What a run talks to while it goes on."""

    def log(self, line: str) -> None:
        """Shows a line to people."""

    def show(self, draw: Callable[[], picture.Picture], *, last: bool = False) -> None:
        """Shows the picture that ``draw`` gives, if it is time to; the last one always."""


class Files:
    """The build pod's sink: log to a stream, pictures to a file, one line each.

    What can't be written is not shown: no build fails for want of a log or of a picture.
    """

    # Each picture becomes a write to the object's status.
    INTERVAL_SECONDS = 1.0

    def __init__(self, *, log: TextIO, pictures: Path) -> None:
        self._log = log
        self._pictures = pictures
        with contextlib.suppress(OSError):
            self._pictures.touch()
        self._shown = ""
        self._begin = ""
        self._next_at = 0.0

    def log(self, line: str) -> None:
        """Shows a line to people."""
        with contextlib.suppress(OSError):
            self._log.write(f"{line}\n")
            self._log.flush()

    def show(self, draw: Callable[[], picture.Picture], *, last: bool = False) -> None:
        """Writes the picture if it is another than before and the last is a second old."""
        now = time.monotonic()
        if now < self._next_at and not last:
            return
        line = picture.to_line(draw())
        if line == self._shown:
            return
        self._next_at = now + self.INTERVAL_SECONDS
        try:
            with self._pictures.open("a", encoding="utf-8") as file:
                file.write(f"{self._begin}{line}\n")
        except OSError:
            # A part of the line may stand there, and the next one must not go on with it.
            self._begin = "\n"
        else:
            self._shown, self._begin = line, ""
