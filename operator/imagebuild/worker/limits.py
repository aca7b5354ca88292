"""How long a run may go on."""

import threading
import time
from dataclasses import dataclass


class TimedOutError(Exception):
    """The time that the order gives was over."""


class StoppedError(Exception):
    """Somebody asked for the end: the pod is being deleted, or the node is drained."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``ends_at`` is a time of ``time.monotonic()``; ``stop`` is set by whoever wants the end."""

    ends_at: float
    stop: threading.Event

    def check(self) -> None:
        """Raises StoppedError or TimedOutError where the run may not go on."""
        if self.stop.is_set():
            raise StoppedError
        if time.monotonic() >= self.ends_at:
            raise TimedOutError
