"""Where a run's log and pictures go."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO

from imagebuild.contract import picture
from imagebuild.worker.pace import Pace


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

    def __init__(self, *, log: TextIO, pictures: Path) -> None:
        self._log = log
        self._pictures = pictures
        with contextlib.suppress(OSError):
            self._pictures.touch()
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
            with self._pictures.open("a", encoding="utf-8") as file:
                file.write(f"{self._begin}{picture.to_line(drawn)}\n")
        except OSError:
            # A part of the line may stand there, and the next one must not go on with it.
            self._begin = "\n"
            self._pace.failed(now)
        else:
            self._begin = ""
            self._pace.went_out(drawn, now)
