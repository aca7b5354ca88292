"""Keys that wait to be reconciled: each once, when its time has come, never in two hands.

A key that is added while it is in hand comes again when that hand is empty. One whose
reconciliation fails comes again after a pause that doubles with each failure in a row.
"""

import asyncio
import heapq
import logging
import random
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

Key = TypeVar("Key", bound=Hashable)

FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 60.0

logger = logging.getLogger(__name__)


class Told(Protocol):
    """Who hears of each reconciliation: how many seconds it took, and whether it failed."""

    def __call__(self, seconds: float, *, failed: bool) -> None:
        """It is over."""


class WorkQueue(Generic[Key]):
    """A queue for one event loop; ``reconcile`` gets a key and says when to look at it again."""

    def __init__(
        self, reconcile: Callable[[Key], Awaitable[timedelta | None]], told: Told | None = None
    ) -> None:
        self._reconcile = reconcile
        self._told = told
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._order = 0
        self._in_hand: dict[Key, float] = {}
        self._failures: dict[Key, int] = {}
        self._changed = asyncio.Event()

    def add(self, key: Key, after: timedelta = timedelta(0)) -> None:
        """Have ``key`` reconciled after this time, or earlier where it is due earlier already."""
        due = asyncio.get_running_loop().time() + after.total_seconds()
        if due < self._due.get(key, float("inf")):
            self._due[key] = due
            self._push(key)

    async def run(self, hands: int) -> None:
        """Reconcile for ever, at most ``hands`` keys at a time."""
        async with asyncio.TaskGroup() as group:
            for _ in range(hands):
                group.create_task(self._hand())

    def overdue(self) -> timedelta:
        """For how long the oldest key has been in hand, or been due and not taken."""
        now = asyncio.get_running_loop().time()
        waiting = (due for key, due in self._due.items() if key not in self._in_hand)
        since = [*self._in_hand.values(), *waiting]
        return timedelta(seconds=max(0.0, now - min(since, default=now)))

    def depth(self) -> int:
        """How many keys are due and in no hand."""
        now = asyncio.get_running_loop().time()
        return sum(due <= now for key, due in self._due.items() if key not in self._in_hand)

    async def _hand(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            key = await self._take()
            failed = False
            try:
                again = await self._reconcile(key)
            except Exception:
                failed = True
                again = self._pause(key)
                logger.exception(
                    "reconciling %s failed; again in %.1f s", key, again.total_seconds()
                )
            else:
                self._failures.pop(key, None)
            begun = self._in_hand.pop(key)
            if self._told:
                self._told(loop.time() - begun, failed=failed)
            if again is not None:
                self.add(key, again)
            if key in self._due:
                self._push(key)

    async def _take(self) -> Key:
        loop = asyncio.get_running_loop()
        while True:
            while self._heap and not self._is_next(self._heap[0]):
                heapq.heappop(self._heap)
            wait = self._heap[0][0] - loop.time() if self._heap else None
            if wait is not None and wait <= 0:
                _, _, key = heapq.heappop(self._heap)
                del self._due[key]
                self._in_hand[key] = loop.time()
                return key
            self._changed.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _is_next(self, entry: tuple[float, int, Key]) -> bool:
        """Whether the entry holds: no earlier one took its place, and its key is not in hand."""
        due, _, key = entry
        return self._due.get(key) == due and key not in self._in_hand

    def _push(self, key: Key) -> None:
        self._order += 1
        heapq.heappush(self._heap, (self._due[key], self._order, key))
        self._changed.set()

    def _pause(self, key: Key) -> timedelta:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
        return timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311  no secret: jitter
