"""Events tell of transitions: each once, in the condition's own word, and of nothing else."""

import dataclasses

import hypothesis
import pytest
from hypothesis import strategies as st
from tests.builders import SPEC, World, a_failure, a_success

from imagebuild.contract.picture import Phase, Picture, Stage, State
from imagebuild.contract.report import Cause

NO_SUCH_HOST = "lookup registry.example.com: no such host"


def pictures():
    """What a build shows one after the other: stages begin, count their steps and are done."""
    yield Picture(phase=Phase.CONTEXT)
    for done in range(4):
        builder = Stage("builder", State.RUNNING, steps=3, done=done, text=f"RUN step {done}")
        yield Picture(stages=(builder, Stage("final", steps=2)), phase=Phase.BUILD, pulled=done)
    builder = Stage("builder", State.SUCCEEDED, steps=3, done=3, unpacked=888)
    yield Picture(phase=Phase.BUILD, stages=(builder, Stage("final", State.RUNNING, steps=2)))
    final = Stage("final", State.SUCCEEDED, steps=2, done=2, unpacked=7)
    yield Picture(phase=Phase.PUBLISH, stages=(builder, final))
    yield Picture(phase=Phase.DONE, stages=(builder, final), pushed=7)


PICTURES = tuple(pictures())


def alive(world):
    return bool(world.jobs) and "build" not in {
        status["name"]
        for pod in [world.pods.get(world.newest())]
        if pod
        for status in pod["status"]["containerStatuses"]
        if "terminated" in status["state"]
    }


def shows(number):
    def happens(world):
        if alive(world):
            world.run(PICTURES[number])

    return happens


def ends(report):
    def happens(world):
        if alive(world):
            world.end(report)

    return happens


def is_lost(world):
    if alive(world):
        world.run()
        world.lose()


def is_not_scheduled(world):
    if alive(world):
        condition = {"type": "PodScheduled", "status": "False", "message": "no node is free"}
        pod = world.pod()
        pod["status"] = {"phase": "Pending", "containerStatuses": [], "conditions": [condition]}


LIFE = {
    **{f"shows picture {number}": shows(number) for number in range(len(PICTURES))},
    "succeeds": ends(a_success()),
    "a step fails": ends(a_failure(stage="builder", exit_code=1)),
    "a push fails": ends(a_failure(Cause.PUSH, error=NO_SUCH_HOST)),
    "is lost": is_lost,
    "is not scheduled": is_not_scheduled,
    "its Jobs are deleted": lambda world: (world.jobs.clear(), world.pods.clear()),
    "is asked for": lambda world: world.ask(f"at {world.now}"),
    "is edited": lambda world: world.edit(timeoutSeconds=60 + world.raw["metadata"]["generation"]),
    "builds something else": lambda world: world.edit(
        stages=[SPEC["stages"][0], {"name": "final", "from": f"alpine:{world.now:%S}"}]
    ),
    "becomes invalid": lambda world: world.edit(stages=[{"name": "final", "from": "biulder"}]),
    "is mended": lambda world: world.edit(stages=SPEC["stages"]),
    "is suspended": lambda world: world.edit(suspend=True),
    "is resumed": lambda world: world.edit(suspend=None),
    "waits a second": lambda world: world.wait(1),
    "waits a minute": lambda world: world.wait(60),
}


def look(world):
    """One look; what Ready and the build were before it, what they are now, and its Events."""
    before = transition(world)
    events = world.look().events
    return before, transition(world), events


def transition(world):
    """What an Event tells of, when it changes; None where nobody has looked yet."""
    conditions = world.status.get("conditions", ())
    reasons = [c["reason"] for c in conditions if c["type"] == "Ready"]
    return (reasons[0], world.status.get("build", {}).get("job")) if reasons else None


@hypothesis.settings(deadline=None, max_examples=60)
@hypothesis.given(st.lists(st.sampled_from(sorted(LIFE)), max_size=25))
def test_whatever_happens_there_is_one_event_for_each_transition_in_its_own_word(happens):
    world = World()
    for what in ("nothing", *happens):
        LIFE.get(what, lambda _: None)(world)
        for _ in range(2):
            before, after, events = look(world)
            told = [event.reason for event in events]
            assert told == ([after[0]] if after != before else []), (what, before, after)


def test_a_whole_build_has_two_events_however_many_pictures_it_shows():
    world = World()
    told = [*world.look().events]
    for picture in PICTURES:
        for _ in range(3):
            world.wait(1)
            world.run(picture)
            told += world.look().events
    world.end(a_success(), picture=PICTURES[-1])
    told += world.look().events
    assert [(event.reason, event.warning) for event in told] == [
        ("Building", False),
        ("Published", False),
    ]


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (a_failure(stage="builder", exit_code=1), "StepFailed"),
        (a_failure(Cause.PUSH, error=NO_SUCH_HOST), "NameNotResolved"),
    ],
)
def test_a_failure_is_a_warning_in_the_words_of_the_condition(report, reason):
    world = World()
    world.settings = dataclasses.replace(world.settings, attempts=1)
    world.look()
    world.end(report)
    (event,) = world.look().events
    assert (event.reason, event.warning, event.message) == (reason, True, world.message())
