"""What is asked beside everything else, and does without an answer where none comes."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """A question that is being asked in a thread of its own.

    The question raises nothing that matters: then there is no answer.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self.answer: T | None = None
        self._question = question
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> T | None:
        """The answer, as soon as it is there; None where there is none within ``seconds``."""
        self._thread.join(seconds)
        return self.answer

    def _ask(self) -> None:
        try:
            self.answer = self._question()
        except Exception:  # noqa: BLE001 - whatever it is, no build hangs on it
            self.answer = None
