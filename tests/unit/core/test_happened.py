"""What is counted of builds follows from the statuses that the plan writes, each once."""

from datetime import timedelta

import pytest
from tests.builders import NOW, World, a_failure, a_picture, a_success

from imagebuild.api import status
from imagebuild.contract import picture as pictures
from imagebuild.core import happened, imagebuild
from imagebuild.core.happened import Happened


def status_of(world):
    return imagebuild.read(world.raw).status


class Told:
    """A world in which every write is told of; ``all`` has what happened, but for nothing."""

    def __init__(self, **world):
        self.world, self.all = World(**world), []

    def look(self):
        before = status_of(self.world)
        self.world.look()
        found = happened.between(before, status_of(self.world))
        if found != Happened():
            self.all.append(found)

    def wait(self, seconds):
        self.world.wait(seconds)
        self.look()

    def run(self):
        """The worker begins a second after the Job."""
        self.look()
        self.world.wait(1)
        self.world.run(a_picture(pictures.Phase.BUILD, builder="Running", final="Pending"))
        self.look()

    def end(self, report, **facts):
        self.world.wait(19)
        self.world.end(report, **facts)
        self.look()


def of_the_end(told):
    (ended,) = [found.ended for found in told.all if found.ended]
    return ended


@pytest.fixture
def told():
    return Told()


def test_a_build_is_begun_and_ends_once_however_often_it_is_looked_at(told):
    told.run()
    told.end(a_success())
    for _ in range(3):
        told.wait(5)
    ended = of_the_end(told)
    assert (ended.result, ended.reason, ended.seconds) == ("Succeeded", "Published", 20.0)
    assert [(f.queued, f.pod_start) for f in told.all if not f.ended] == [(0, None), (None, 1.0)]


def test_the_stages_and_steps_of_a_build_are_told_at_its_end(told):
    told.run()
    stages = (
        pictures.Stage("builder", pictures.State.CACHED, "", 4, 4, 4, started=1, duration=300),
        pictures.Stage("final", pictures.State.SUCCEEDED, "", 3, 3, 1, started=2, duration=1500),
        pictures.Stage("test", pictures.State.SKIPPED, "", 2),
    )
    told.end(a_success(), picture=pictures.Picture(pictures.Phase.DONE, stages))
    ended = of_the_end(told)
    assert ended.stages == (("Cached", 0.3), ("Succeeded", 1.5))
    assert (ended.steps, ended.cached) == (7, 5)


def test_the_reason_of_a_failure_is_that_of_ready(told):
    told.run()
    told.end(a_failure(exit_code=1, stage="builder"))
    told.wait(10)
    assert of_the_end(told).result == "Failed"
    assert of_the_end(told).reason == told.world.ready[1]


def test_a_build_whose_pod_is_lost_is_no_end_of_it(told):
    told.run()
    told.world.lose()
    told.look()
    told.world.run()
    told.wait(2)
    assert not [found.ended for found in told.all if found.ended]
    assert [found.pod_start for found in told.all if found.pod_start is not None] == [1.0]


def test_a_build_that_is_left_behind_ends_as_canceled_and_the_next_had_to_wait(told):
    told.run()
    told.world.edit(publish=None)
    told.look()
    told.wait(3)
    ended = of_the_end(told)
    assert (ended.result, ended.reason) == ("Canceled", "Superseded")
    begun = [found.queued for found in told.all if found.queued is not None]
    assert len(begun) == 2
    assert begun[0] == 0


def test_what_kept_a_build_from_beginning_is_the_time_that_it_queued():
    told = Told(config_maps={})
    told.world.edit(context={"configMap": {"name": "sources"}})
    told.look()
    assert told.world.ready[1] == "ContextNotFound"
    told.wait(30)
    assert told.all == []
    told.world.config_maps["sources"] = {"a": "1"}
    told.wait(12)
    assert told.all == [Happened(queued=42.0)]


def test_an_operator_that_was_away_counts_what_ended_meanwhile_once(told):
    told.run()
    told.world.end(a_success())
    told.wait(600)
    assert of_the_end(told).result == "Succeeded"
    # A new one reads the same object and its Job again.
    told.wait(600)
    assert of_the_end(told).result == "Succeeded"


def test_clocks_that_differ_make_no_negative_times():
    early = status.BuildStatus(
        number=1, attempt=1, started_at=NOW, worker_started_at=NOW - timedelta(seconds=2)
    )
    before = status.ImageBuildStatus()
    after = status.ImageBuildStatus(build=early)
    assert happened.between(before, after) == Happened(queued=0, pod_start=0)
