"""What the status says of a build beside its ending: where it runs, what it takes and weighs."""

import copy
import dataclasses

import pytest
from tests.builders import DIGEST, SPEC, World, a_failure, a_picture, a_success

from imagebuild.api import names
from imagebuild.contract.picture import Base, Phase, Picture, Stage, State
from imagebuild.contract.report import Cause, Image, Report
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.status import weighed

REPOSITORY = "registry.example.com/team/hello"
STARTED = 1_769_860_800_000
DOCKERFILE = {"stages": None, "dockerfile": {"path": "Dockerfile"}}


@pytest.fixture
def world():
    return World()


def builder(state=State.RUNNING, **facts):
    return Stage("builder", state, steps=3, done=1, cached=1, started=STARTED, **facts)


def final(state=State.PENDING, **facts):
    return Stage("final", state, steps=2, **facts)


def building(*stages, **facts):
    stages = stages or (builder(text="RUN go build"), final())
    return Picture(phase=Phase.BUILD, stages=stages, **facts)


def done(**facts):
    stages = (
        builder(State.SUCCEEDED, unpacked=888_400_000, targets=(0,)),
        final(State.SUCCEEDED, unpacked=2_000_000, targets=(0,)),
    )
    return Picture(phase=Phase.DONE, stages=stages, platforms=("linux/amd64",), **facts)


def test_what_a_stage_does_is_shown_while_it_runs_and_no_longer(world):
    world.look()
    world.run(building())
    world.look()
    rows = world.status["stages"]
    assert rows[0]["currentStep"] == "RUN go build"
    assert "currentStep" not in rows[1]
    world.end(a_success(), picture=building())
    world.wait(10)
    world.look()
    assert [row["state"] for row in world.status["stages"]] == ["Succeeded", "Succeeded"]
    assert "currentStep" not in world.status["stages"][0]


def fails(world):
    world.end(a_failure(stage="builder"), picture=building())
    world.wait(10)


def is_invalid(world):
    world.edit(stages=[{"name": "final", "from": "biulder"}])


def is_lost_once_more(world):
    world.end(a_failure(Cause.PUSH, error="lookup r.example.com: no such host"), picture=building())
    world.wait(6)


@pytest.mark.parametrize("ends", [fails, is_invalid, is_lost_once_more])
def test_however_a_build_stops_nothing_is_shown_as_running(world, ends):
    world.look()
    world.run(building())
    world.look()
    assert world.status["current"] == "builder 1/3"
    ends(world)
    world.look()
    rows = world.status["stages"]
    assert {row["state"] for row in rows} <= {"Failed", "Canceled"}
    assert [row for row in rows if "currentStep" in row] == []
    assert "current" not in world.status


def test_the_size_of_a_stage_is_shown_where_it_is_known(world):
    world.look()
    world.end(a_success(), picture=building(builder(unpacked=888), final()))
    world.wait(10)
    world.look()
    assert [row.get("unpackedBytes") for row in world.status["stages"]] == [888, None]


def test_a_build_says_where_its_pod_runs_and_what_it_takes(world):
    world.look()
    assert world.status["build"]["profile"] == "userns"
    assert "node" not in world.status["build"]
    world.wait(2)
    world.run(building(snapshotter="overlayfs", pulled=271_581_184))
    world.look()
    build = world.status["build"]
    assert build["node"] == "worker-1"
    assert build["workerStartedAt"] == "2026-01-31T12:00:02Z"
    assert build["snapshotter"] == "overlayfs"
    assert (build["steps"], build["stepsCached"]) == (5, 1)
    assert world.status["cached"] == f"{build['stepsCached']}/{build['steps']}"
    assert build["pulledBytes"] == 271_581_184
    assert "pushedBytes" not in build
    world.end(a_success(), picture=done(snapshotter="overlayfs", pulled=271_581_184, pushed=2048))
    world.look()
    assert world.status["build"]["pushedBytes"] == 2048


SEEN = {
    "node": "worker-1",
    "profile": "userns",
    "snapshotter": "overlayfs",
    "pulledBytes": 7,
    "steps": 5,
    "stepsCached": 1,
}


def seen(world):
    return {name: world.status["build"].get(name) for name in SEEN}


def test_what_was_seen_stays_when_the_last_picture_is_lost_and_ever_after(world):
    world.look()
    world.run(building(snapshotter="overlayfs", pulled=7))
    world.look()
    world.end(a_success())
    world.lines.clear()
    world.wait(10)
    world.look()
    assert seen(world) == SEEN
    status = copy.deepcopy(world.status)
    world.jobs, world.pods = {}, {}
    world.look()
    assert world.status == status, "an operator that starts now sees no Job any more"


def test_the_next_attempt_shows_nothing_of_the_one_before(world):
    world.look()
    world.run(building(snapshotter="overlayfs", pulled=7))
    world.look()
    world.lose()
    world.look()
    of_its_own = {"profile": "userns", "steps": 5, "stepsCached": 0}
    assert world.status["build"]["attempt"] == 2
    assert seen(world) == dict.fromkeys(SEEN) | of_its_own
    assert "workerStartedAt" not in world.status["build"]


def test_the_profile_is_that_of_the_pod_whatever_the_setting_is_by_now(world):
    world.look()
    world.settings = dataclasses.replace(world.settings, profile=Profile(Kind.UNCONFINED))
    world.look()
    assert world.status["build"]["profile"] == "userns"


def test_a_lost_write_loses_nothing_of_what_the_job_and_its_pod_tell(world):
    unwritten = copy.deepcopy(world.status)
    world.look()
    world.run(building(snapshotter="overlayfs", pulled=7))
    world.raw["status"] = unwritten
    world.settings = dataclasses.replace(world.settings, profile=Profile(Kind.UNCONFINED))
    world.look()
    assert seen(world) == SEEN


def test_a_lost_write_does_not_lend_an_attempt_what_the_one_before_took(world):
    world.look()
    world.run(building(snapshotter="native", pulled=7))
    world.look()
    unwritten = copy.deepcopy(world.status)
    world.lose()
    world.look()
    world.raw["status"] = unwritten
    world.look()
    assert (world.status["build"]["attempt"], seen(world)["pulledBytes"]) == (2, None)
    assert seen(world)["snapshotter"] is None


def test_a_profile_that_someone_wrote_into_the_annotation_is_not_repeated(world):
    world.look()
    world.jobs["hello-1-1"]["metadata"]["annotations"][names.ANNOTATION_PROFILE] = "x" * 4096
    world.look()
    assert world.status["build"]["profile"] == "userns"


BASES = (
    Base("golang:1.19", DIGEST, targets=(0,)),
    Base("alpine:3.18", DIGEST, targets=(0, 1)),
    Base("gcc:14", DIGEST, targets=(1,)),
)


def published(world, *, picture, **changes):
    """The rows of what was published by this last picture."""
    world.edit(**changes)
    world.look()
    targets = range(len(world.raw["spec"]["publish"]))
    images = tuple(Image(target=index, digest=DIGEST) for index in targets)
    world.end(Report(images=images), picture=picture)
    world.look()
    return world.status["published"]


@pytest.mark.parametrize("changes", [{}, DOCKERFILE], ids=["stages", "a Dockerfile"])
def test_an_image_is_weighed_against_the_largest_stage_before_it(world, changes):
    (row,) = published(world, picture=done(bases=BASES), **changes)
    assert row["platforms"] == ["linux/amd64"]
    assert row["unpackedBytes"] == 2_000_000
    assert row["largestStage"] == {"name": "builder", "unpackedBytes": 888_400_000}
    assert [base["image"] for base in row["bases"]] == ["golang:1.19", "alpine:3.18"]
    assert row["bases"][0]["digest"] == DIGEST
    words = f"published {REPOSITORY}@{DIGEST}; 2.0 MB unpacked, its builder stage 888 MB"
    assert world.message() == words
    world.look()
    assert world.message() == words, "looking again says the same"


def test_of_several_images_each_is_weighed_against_what_it_was_made_from(world):
    stages = (
        Stage("base", State.SUCCEEDED, unpacked=500, targets=(0, 1)),
        Stage("tool", State.SUCCEEDED, unpacked=900, targets=(1,)),
        Stage("App", State.SUCCEEDED, unpacked=70, targets=(0,)),
        Stage("test", State.SUCCEEDED, unpacked=9000),
    )
    app, tool = published(
        world,
        picture=Picture(phase=Phase.DONE, stages=stages, bases=BASES),
        publish=[
            {"stage": name, "images": [f"r.example.com/{name}:1"]} for name in ("app", "tool")
        ],
        **DOCKERFILE,
    )
    assert (app["unpackedBytes"], app["largestStage"]["name"]) == (70, "base")
    assert (tool["unpackedBytes"], tool["largestStage"]["name"]) == (900, "base")
    assert [base["image"] for base in tool["bases"]] == ["alpine:3.18", "gcc:14"]


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((0, 0), ""),
        ((888_400_000, 0), ""),
        ((0, 7_340), "; 7.3 kB unpacked"),
        ((500, 7_340), "; 7.3 kB unpacked"),
        ((1_200_000_000, 640), "; 640 bytes unpacked, its builder stage 1.2 GB"),
    ],
)
def test_only_what_is_known_and_teaches_something_is_said(world, sizes, words):
    stages = (
        builder(State.SUCCEEDED, unpacked=sizes[0], targets=(0,)),
        final(State.SUCCEEDED, unpacked=sizes[1], targets=(0,)),
    )
    published(world, picture=Picture(phase=Phase.DONE, stages=stages))
    assert world.message() == f"published {REPOSITORY}@{DIGEST}{words}"


def test_of_several_platforms_the_first_is_weighed():
    stages = tuple(
        Stage(name, State.SUCCEEDED, platform, unpacked=size, targets=(0,))
        for name, platform, size in [
            ("builder", "linux/amd64", 10),
            ("builder", "linux/arm64", 30),
            ("final", "linux/amd64", 1),
            ("final", "linux/arm64", 2),
        ]
    )
    picture = Picture(stages=stages)
    assert weighed.unpacked(picture, "final") == 1
    found = weighed.largest(picture, "final", target=0)
    assert found.unpacked_bytes == 10


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (7_340, "7.3 kB"),
        (9_960_000, "10 MB"),
        (12_345_678, "12 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_sizes_are_short(size, words):
    assert weighed.readable(size) == words


CURRENT = [
    (Picture(phase=Phase.CONTEXT), "context"),
    (building(), "builder 1/3"),
    (building(builder(State.SUCCEEDED), final()), None),
    (
        building(
            builder(platform="linux/amd64"),
            dataclasses.replace(builder(), platform="linux/arm64", done=3),
            final(State.RUNNING),
        ),
        "builder 4/6, final 0/2",
    ),
    (
        building(builder(), Stage("a-longer-name", State.RUNNING), final(State.RUNNING)),
        "builder 1/3, a-longer-name 0/0 +1",
    ),
    (building(Stage("x" * 63, State.RUNNING)), f"{'x' * 23}… 0/0"),
    (a_picture(Phase.PUBLISH, builder="Cached", final="Succeeded"), "publishing"),
    (a_picture(Phase.DONE, builder="Cached", final="Succeeded"), None),
]


@pytest.mark.parametrize(("picture", "current"), CURRENT)
def test_a_column_says_what_a_build_is_at(world, picture, current):
    world.edit(**DOCKERFILE)
    world.look()
    assert world.status["current"] == "starting"
    world.run()
    world.look()
    assert world.status["current"] == "starting", "no picture yet"
    world.run(picture)
    world.look()
    assert world.status.get("current") == current
    world.lines = dict.fromkeys(world.lines, "")
    world.look()
    assert world.status.get("current") == current, "an empty line is no news"


def test_a_build_that_waits_for_better_times_is_at_nothing(world):
    world.look()
    condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}
    world.pod()["status"] = {"phase": "Pending", "conditions": [condition]}
    world.look()
    assert "current" not in world.status


def test_time_alone_changes_nothing_that_is_written(world):
    world.look()
    world.run(building())
    world.look()
    status = copy.deepcopy(world.status)
    for _ in range(100):
        world.wait(1)
        world.look()
        assert world.status == status


def test_the_first_stage_of_the_spec_is_known_before_any_picture(world):
    world.look()
    names_ = [stage["name"] for stage in SPEC["stages"]]
    assert [row["name"] for row in world.status["stages"]] == names_
    assert world.status["build"]["steps"] == 5
