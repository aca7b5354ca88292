"""How long a run may go on, and how much of its node it may take."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker import exceeded as _exceeded
from imagebuild.worker.exceeded import Exceeded


class TimedOutError(Exception):
    """The time that the order gives was over."""


class StoppedError(Exception):
    """Somebody asked for the end: the pod is being deleted, or the node is drained."""


class ExceededError(StoppedError):
    """The build takes more of its node than it may; ``exceeded`` says of what."""

    def __init__(self, exceeded: Exceeded) -> None:
        super().__init__(str(exceeded))
        self.exceeded = exceeded


@dataclass(frozen=True, slots=True)
class Limits:
    """``ends_at`` is a time of ``time.monotonic()``; ``stop`` is set by whoever wants the end.

    ``exceeded`` is the file that says what was taken too much of, where somebody watches that.
    """

    ends_at: float
    stop: threading.Event
    exceeded: Path | None = None

    def check(self) -> None:
        """Raises StoppedError, ExceededError or TimedOutError where the run may not go on."""
        if self.stop.is_set():
            raise StoppedError
        if self.exceeded is not None and (found := _exceeded.read(self.exceeded)) is not None:
            raise ExceededError(found)
        if time.monotonic() >= self.ends_at:
            raise TimedOutError
