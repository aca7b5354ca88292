"""What the queue promises: each key once, when due, never in two hands, again after a failure."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from imagebuild.controller import workqueue
from imagebuild.controller.workqueue import WorkQueue

LIMIT = 5.0  # seconds that any of these may take


class Hands:
    """Records who is reconciled when; ``answers`` are given, or raised, in turn."""

    def __init__(self, *answers, work=None):
        self.seen, self.most, self._now = [], 0, 0
        self._answers, self._work = list(answers), work
        self.changed = asyncio.Condition()

    async def reconcile(self, key):
        self._now += 1
        self.most = max(self.most, self._now)
        self.seen.append(key)
        await self._tell()
        if self._work:
            await self._work(key)
        self._now -= 1
        await self._tell()
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _tell(self):
        async with self.changed:
            self.changed.notify_all()

    async def until(self, condition):
        async with asyncio.timeout(LIMIT), self.changed:
            await self.changed.wait_for(condition)


@contextlib.asynccontextmanager
async def running(queue, hands=4):
    task = asyncio.create_task(queue.run(hands))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_key_added_many_times_is_reconciled_once():
    hands = Hands()
    queue = WorkQueue(hands.reconcile)
    for _ in range(100):
        queue.add("a")
    queue.add("b")
    async with running(queue):
        await hands.until(lambda: len(hands.seen) == 2)
    assert sorted(hands.seen) == ["a", "b"]


async def test_a_key_is_never_in_two_hands_and_comes_again_if_it_changed_meanwhile():
    gate = asyncio.Event()
    hands = Hands(work=lambda _: gate.wait())
    queue = WorkQueue(hands.reconcile)
    async with running(queue):
        queue.add("a")
        await hands.until(lambda: hands.seen)
        for _ in range(10):
            queue.add("a")
            await asyncio.sleep(0)
        assert hands.seen == ["a"]
        gate.set()
        await hands.until(lambda: len(hands.seen) == 2)
    assert hands.most == 1


async def test_different_keys_are_reconciled_at_the_same_time_up_to_the_number_of_hands():
    gate = asyncio.Event()
    hands = Hands(work=lambda _: gate.wait())
    queue = WorkQueue(hands.reconcile)
    for key in range(10):
        queue.add(key)
    async with running(queue, hands=3):
        await hands.until(lambda: len(hands.seen) == 3)
        gate.set()
        await hands.until(lambda: len(hands.seen) == 10)
    assert hands.most == 3


async def test_an_earlier_time_takes_the_place_of_a_later_one():
    hands = Hands()
    queue = WorkQueue(hands.reconcile)
    queue.add("a", timedelta(hours=1))
    queue.add("a")
    queue.add("a", timedelta(hours=1))
    async with running(queue):
        await hands.until(lambda: hands.seen)
    assert hands.seen == ["a"]


async def test_a_key_that_asks_for_it_comes_again():
    hands = Hands(timedelta(0), timedelta(milliseconds=1))
    queue = WorkQueue(hands.reconcile)
    queue.add("a")
    async with running(queue):
        await hands.until(lambda: len(hands.seen) == 3)
    assert hands.seen == ["a"] * 3


async def test_a_failed_key_comes_again_and_stops_no_other(monkeypatch):
    monkeypatch.setattr(workqueue, "FIRST_PAUSE", 0.001)
    hands = Hands(RuntimeError("the API server is away"), RuntimeError("still"))
    queue = WorkQueue(hands.reconcile)
    queue.add("a")
    async with running(queue, hands=1):
        await hands.until(lambda: len(hands.seen) == 3)
        queue.add("b")
        await hands.until(lambda: hands.seen[-1] == "b")
    assert hands.seen == ["a", "a", "a", "b"]


async def test_a_hand_that_hangs_shows_as_overdue():
    hands = Hands(work=lambda _: asyncio.Event().wait())
    queue = WorkQueue(hands.reconcile)
    assert queue.overdue() == timedelta(0)
    queue.add("a")
    async with running(queue):
        await hands.until(lambda: hands.seen)
        assert queue.overdue() > timedelta(0)


@pytest.mark.parametrize(
    ("failures", "least", "most"), [(1, 0.4, 0.6), (3, 1.6, 2.4), (50, 48, 72)]
)
async def test_the_pause_doubles_with_each_failure_and_has_an_end(failures, least, most):
    queue = WorkQueue(Hands().reconcile)
    pauses = [queue._pause("a") for _ in range(failures)]  # noqa: SLF001  the policy itself
    assert least <= pauses[-1].total_seconds() <= most
