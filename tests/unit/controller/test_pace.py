"""The status of one ImageBuild is not written more often than it is worth."""

from datetime import timedelta

import pytest
from tests.builders import NOW, SETTINGS, a_success, an_imagebuild
from tests.unit.controller.fakes import FakeCluster, ends

from imagebuild.contract import picture as pictures
from imagebuild.contract.picture import Picture, Stage, State
from imagebuild.controller.key import Key
from imagebuild.controller.reconcile import Reconciler

KEY = Key("team-a", "hello")


class Clock:
    """A clock that stands until it is moved, and a build whose pictures the test draws."""

    def __init__(self):
        self.now, self.cluster = NOW, FakeCluster(an_imagebuild())
        self.reconciler = Reconciler(self.cluster, settings=lambda: SETTINGS, now=lambda: self.now)

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


async def test_another_build_is_told_at_once(clock):
    build = clock.cluster.objects["ImageBuild", "hello"]
    build["spec"]["suspend"] = True
    build["metadata"]["generation"] += 1
    assert await clock.look(after=0.1) == 1
    assert build["status"]["observedGeneration"] == 2


@pytest.mark.parametrize("seconds_apart", [1, 7, 60])
async def test_a_build_of_500_pictures_is_written_30_times_and_at_its_turns(clock, seconds_apart):
    states = 0
    before = clock.writes
    for number in range(500):
        state = State.RUNNING if number < 400 else State.SUCCEEDED
        states += number == 400
        clock.show(done=number, state=state)
        await clock.look(after=seconds_apart)
    ends(clock.cluster, a_success())
    for _ in range(3):
        await clock.look(after=1)
    turns = 1
    assert clock.writes - before <= 30 + states + turns
    assert clock.writes - before > 15, "people want to see it move"
    status = clock.cluster.objects["ImageBuild", "hello"]["status"]
    assert status["conditions"][0]["reason"] == "Published"


async def test_of_a_long_build_the_state_of_a_stage_is_shown_though_no_count_is_any_more(clock):
    before = clock.writes
    for number in range(100):
        clock.show(done=number)
        await clock.look(after=10_000_000)
    assert clock.writes - before == 30
    clock.show(done=102, state=State.SUCCEEDED)
    assert await clock.look(after=1) == 1


async def test_the_next_build_has_its_own_30_writes(clock):
    for number in range(100):
        clock.show(done=number)
        await clock.look(after=5000)
    ends(clock.cluster, a_success())
    await clock.look(after=1)
    build = clock.cluster.objects["ImageBuild", "hello"]
    build["metadata"]["annotations"] = {"imagebuild.dev/requestedAt": "now"}
    await clock.look(after=1)
    clock.run()
    await clock.look(after=1)
    clock.show(done=1)
    assert await clock.look(after=1) == 1


async def test_a_clock_that_was_set_back_holds_nothing_up(clock):
    clock.show(done=1)
    assert await clock.look(after=-3600) == 1


async def test_what_is_gone_is_forgotten(clock):
    del clock.cluster.objects["ImageBuild", "hello"]
    await clock.look()
    assert not clock.reconciler.pace.last
    assert not clock.reconciler.memory.tries
