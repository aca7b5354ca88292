"""The status of one ImageBuild is not written more often than it is worth."""

from datetime import timedelta

import pytest
from tests.builders import NOW, SETTINGS, a_failure, a_success, an_imagebuild
from tests.unit.controller.fakes import FakeCluster, ends

from imagebuild.contract import picture as pictures
from imagebuild.contract.picture import Picture, Stage, State
from imagebuild.controller.key import Key
from imagebuild.controller.reconcile import Reconciler
from imagebuild.core import plan

KEY = Key("team-a", "hello")


class Clock:
    """A clock that stands until it is moved, and a build whose pictures the test draws."""

    def __init__(self):
        self.now, self.cluster = NOW, FakeCluster(an_imagebuild())
        self.reconciler = Reconciler(
            self.cluster, settings=lambda _: SETTINGS, now=lambda: self.now
        )

    async def look(self, *, after=0.0):
        """Look once, so many seconds later; returns how often the status was written."""
        self.now += timedelta(seconds=after)
        before = self.writes
        self.again = await self.reconciler.reconcile(KEY)
        return self.writes - before

    @property
    def writes(self):
        return self.cluster.writes.count("status hello")

    def show(self, done=0, state=State.RUNNING, phase=pictures.Phase.BUILD):
        stages = (
            Stage("builder", state=state, steps=400, done=done, started=1_769_860_800_000),
            Stage("final", steps=2),
        )
        self.cluster.line = pictures.to_line(Picture(phase=phase, stages=stages))

    def run(self):
        ends(self.cluster, a_success())
        pod = self.cluster.objects["Pod", "hello-x"]
        running = {"running": {"startedAt": "2026-01-31T12:00:00Z"}}
        names = ("build", "buildkitd", "progress")
        statuses = [{"name": name, "state": running} for name in names]
        pod["status"] = {"phase": "Running", "containerStatuses": statuses}
        self.show()


@pytest.fixture
async def clock():
    """A build that runs, and has just said so."""
    found = Clock()
    await found.look()
    found.run()
    assert await found.look(after=1) == 1
    return found


async def test_counts_are_written_once_a_second_and_the_next_look_makes_up_for_it(clock):
    clock.show(done=1)
    assert await clock.look(after=0.4) == 0
    assert clock.again == timedelta(seconds=0.6)
    assert await clock.look(after=0.6) == 1
    assert clock.cluster.objects["ImageBuild", "hello"]["status"]["stages"][0]["stepsDone"] == 1


async def test_a_stages_change_of_state_is_written_within_a_second_too(clock):
    clock.show(state=State.SUCCEEDED)
    assert await clock.look(after=0.9) == 0
    assert await clock.look(after=0.1) == 1


async def test_an_end_is_written_at_once(clock):
    clock.show(done=1)
    assert await clock.look(after=1) == 1
    ends(clock.cluster, a_success())
    assert await clock.look(after=0.1) == 1
    conditions = clock.cluster.objects["ImageBuild", "hello"]["status"]["conditions"]
    assert conditions[0]["reason"] == "Published"


async def test_a_kept_log_is_named_a_second_after_the_end(clock):
    clock.cluster.logs = {"hello-x": b"2026-01-31T12:00:00Z #1 DONE\n"}
    ends(clock.cluster, a_success())
    assert await clock.look(after=0.1) == 1
    assert clock.again == timedelta(seconds=1)
    status = clock.cluster.objects["ImageBuild", "hello"]["status"]
    assert ("ConfigMap", "hello-1-1-log") in clock.cluster.objects
    assert "log" not in status["history"][0]
    assert await clock.look(after=0.9) == 0
    assert await clock.look(after=0.1) == 1
    status = clock.cluster.objects["ImageBuild", "hello"]["status"]
    assert status["history"][0]["log"] == "hello-1-1-log"


async def test_what_failed_for_good_is_told_at_once(clock):
    ends(clock.cluster, a_failure())
    assert await clock.look(after=0.1) == 1
    status = clock.cluster.objects["ImageBuild", "hello"]["status"]
    assert [c["type"] for c in status["conditions"]] == ["Ready", "Stalled"]


def lose(cluster):
    """The pod is evicted, and all that was built with it."""
    pod = cluster.objects["Pod", "hello-x"]
    target = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    pod["status"] |= {"phase": "Failed", "conditions": [target]}


async def test_the_next_attempt_begins_when_it_can_be_told(clock):
    clock.show(done=1)
    assert await clock.look(after=1) == 1
    lose(clock.cluster)
    assert await clock.look(after=0.4) == 0
    assert ("Job", "hello-1-2") not in clock.cluster.objects, "nothing would tell why it began"
    assert clock.again == timedelta(seconds=0.6)
    assert await clock.look(after=0.6) == 1
    assert ("Job", "hello-1-2") in clock.cluster.objects
    status = clock.cluster.objects["ImageBuild", "hello"]["status"]
    assert status["build"]["attempt"] == 2
    assert status["failure"]["reason"] == "BuilderLost"


async def test_a_mistake_that_cannot_be_told_yet_is_told_after_a_second(clock, monkeypatch):
    words = iter(("one", "another"))

    def mistaken(*_):
        raise ZeroDivisionError(next(words))

    monkeypatch.setattr(plan, "plan", mistaken)
    assert await clock.look(after=0.1) == 1
    assert clock.again == plan.LOOK_AT_MISTAKE
    assert await clock.look(after=0.1) == 0
    assert clock.again == timedelta(seconds=0.9)


async def test_the_second_begins_when_the_write_has_ended(clock):
    write = clock.cluster.write_status

    async def slow(*status):
        clock.now += timedelta(seconds=5)
        await write(*status)

    clock.cluster.write_status = slow
    clock.show(done=1)
    assert await clock.look(after=1) == 1
    clock.show(done=2)
    assert await clock.look(after=0.9) == 0


async def test_another_generation_is_told_at_once(clock):
    build = clock.cluster.objects["ImageBuild", "hello"]
    build["spec"]["suspend"] = True
    build["metadata"]["generation"] += 1
    assert await clock.look(after=0.1) == 1
    assert build["status"]["observedGeneration"] == 2


async def test_a_status_is_written_at_most_once_a_second_however_often_it_is_looked_at(clock):
    before = clock.writes
    for number in range(100):
        clock.show(done=number + 1)
        await clock.look(after=0.1)
    assert clock.writes - before == 10


async def test_a_clock_that_was_set_back_holds_nothing_up(clock):
    clock.show(done=1)
    assert await clock.look(after=-3600) == 1


async def test_what_is_gone_is_forgotten(clock):
    del clock.cluster.objects["ImageBuild", "hello"]
    await clock.look()
    assert not clock.reconciler.pace.last
    assert not clock.reconciler.memory.tries
