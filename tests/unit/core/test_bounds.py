"""A status stays small, whatever a spec, a picture and a report may hold."""

import dataclasses
import json

import pytest
from tests.builders import DIGEST, World, a_failure

from imagebuild.contract import picture as pictures
from imagebuild.contract import report as reports
from imagebuild.contract.picture import Phase, Picture, Stage, State
from imagebuild.contract.report import Cause, Image, Report
from imagebuild.contract.source import Source
from imagebuild.core.status import bounds

LIMIT = 64 * 1024
MOST_BUILDS = 50  # that the operator's setting for the history lets through
LONG = "ä" * 512
TEXT = "RUN make -C src all install"
HOST = "r.example.com"
WARNING = pictures.Warning(
    rule="SecretsUsedInArgOrEnv",
    message="m" * 300,
    path="spec.stages[63].steps[63]",
    stage="s" * 63,
    url="https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/",
)
DOCKERFILE = {"dockerfile": {"path": "Dockerfile"}, "publish": [{"images": [f"{HOST}/a:1"]}]}


def a_row(number, state=State.RUNNING, **facts):
    return Stage(
        f"stage-of-a-name-{number}",
        state,
        steps=99,
        done=98,
        cached=97,
        started=1_769_860_800_000 + number,
        duration=3_600_000,
        **facts,
    )


def size(world):
    """As the API server keeps it: JSON in UTF-8."""
    return len(json.dumps(world.status, ensure_ascii=False, separators=(",", ":")).encode())


def with_old_builds(world, count=MOST_BUILDS):
    """As many ended builds as the history may have."""
    world.settings = dataclasses.replace(world.settings, history=count)
    row = {
        "generation": 1,
        "result": "Succeeded",
        "reason": "Published",
        "digest": DIGEST,
        "finishedAt": "2026-01-31T11:40:00Z",
        "durationMs": 3_600_000,
        "log": "n" * 63 + "-log",
    }
    world.status["history"] = [{"number": 1000 - index, **row} for index in range(count)]


def test_a_hundred_running_stages_with_their_texts_are_all_shown():
    world = World()
    world.edit(stages=None, **DOCKERFILE)
    with_old_builds(world, count=5)
    world.look()
    stages = tuple(a_row(number, platform="linux/amd64", text=TEXT) for number in range(100))
    for picture in (Picture(warnings=(WARNING,) * 50), Picture(Phase.BUILD, stages)):
        world.run(picture)
        world.look()
    assert size(world) < LIMIT
    rows = world.status["stages"]
    assert (len(rows), len(world.status["warnings"]) > 20) == (100, True)
    assert {(row["state"], row["currentStep"]) for row in rows} == {("Running", TEXT)}


def worst_spec():
    """What the API lets through that a status repeats."""
    repository = f"{HOST}/{'r' * 200}"
    archive = {"persistentVolumeClaim": {"claimName": "c" * 253}, "path": f"{'ä' * 100}.tar"}
    stages = [
        {"name": f"s{index}", "from": "alpine:3.18", "description": LONG} for index in range(64)
    ]
    publish = [
        {
            "stage": f"s{index}",
            "images": [f"{repository}/{index}:{'t' * 120}{tag}" for tag in range(16)],
            "archive": {**archive, "path": f"{index}/{archive['path']}"},
        }
        for index in range(24)
    ]
    return {"stages": stages, "publish": publish}


def worst_picture(phase, state, **facts):
    stages = tuple(
        Stage(
            f"s{index % 64}",
            state,
            f"linux/arm64/v{index // 64}",
            unpacked=999_999_999_999 if state is State.SUCCEEDED else 0,
            targets=(index % 24,) if state is State.SUCCEEDED else (),
            text="x" if state is State.RUNNING else "",
            **facts,
        )
        for index in range(64 * 4)
    )
    return Picture(
        phase=phase,
        stages=stages,
        bases=(pictures.Base("alpine:3.18", DIGEST, tuple(range(24))),),
        platforms=tuple(f"linux/arm64/v{index}" for index in range(16)),
        sources=tuple(Source(f"c{index}", digest=DIGEST) for index in range(16)),
        warnings=(WARNING,) * 50,
        snapshotter="native",
        pulled=10**15,
        pushed=10**15,
    )


def worst_failure():
    return a_failure(
        Cause.SOLVE,
        error="e" * 1200,
        stage="s" * 200,
        step=63,
        path="p" * 200,
        exit_code=255,
        log_tail="\x01" * 1500,
        registry="h" * 253,
        secret="s" * 253,
        hint="h" * 200,
    )


@pytest.mark.parametrize("ends", ["runs", "succeeds", "fails"])
def test_the_worst_that_may_be_written_and_reported_fits(ends):
    world = World()
    world.edit(**worst_spec())
    with_old_builds(world)
    world.look()
    assert size(world) < LIMIT, "before it runs"
    world.run(worst_picture(Phase.BUILD, State.RUNNING, steps=99, done=98, cached=97))
    world.look()
    assert size(world) < LIMIT, "while it runs"
    if ends == "runs":
        return
    images = tuple(Image(index, DIGEST, 10**12, 99) for index in range(24))
    report = Report(images=images) if ends == "succeeds" else worst_failure()
    world.end(report, picture=worst_picture(Phase.DONE, State.SUCCEEDED, steps=99, done=99))
    world.look()
    assert world.ready[0] == ("True" if ends == "succeeds" else "False")
    assert len(world.message()) <= 1024
    assert size(world) < LIMIT, "after it"
    status = json.dumps(world.status)
    for _ in range(2):
        world.look()
        assert json.dumps(world.status) == status, "looking again cuts nothing more"


def test_what_is_cut_of_published_images_is_counted():
    world = World()
    world.edit(**worst_spec())
    world.look()
    images = tuple(Image(index, DIGEST) for index in range(24))
    assert "images" in reports.to_message(Report(images=images))
    bases = tuple(
        pictures.Base(f"{HOST}/base:{number}", DIGEST, tuple(range(24))) for number in range(30)
    )
    world.end(Report(images=images), picture=Picture(phase=Phase.DONE, bases=bases))
    world.look()
    rows = world.status["published"]
    assert len(rows) == 24
    for row in rows:
        assert len(row["tags"]) + row.get("tagsOmitted", 0) == 16
        assert len(row.get("bases", ())) + row.get("basesOmitted", 0) == 30
    assert {"tagsOmitted", "basesOmitted"} <= {name for row in rows for name in row}
    assert "left out" not in world.message(), "no fact was empty"


def test_what_stands_in_the_spec_gives_way_first():
    world = World()
    spec = worst_spec()
    world.edit(stages=spec["stages"], publish=[{"images": [f"{HOST}/a:1"]}])
    world.look()
    assert size(world) < LIMIT
    assert len(world.status["stages"]) == 64
    assert [row for row in world.status["stages"] if "description" in row] == []
    assert "warnings" not in world.status


def test_warnings_and_stages_that_have_no_room_are_told_of():
    world = World()
    world.edit(stages=None, **DOCKERFILE)
    with_old_builds(world)
    world.look()
    facts = {"steps": 9, "done": 9, "started": 1_769_860_800_000, "duration": 9}
    platforms = [f"linux/arm64/v{number}" for number in range(8)]
    stages = tuple(
        Stage(f"s{number}", State.SUCCEEDED, platform, **facts)
        for platform in platforms
        for number in range(60)
    )
    failed = Stage("broken", State.FAILED, steps=2)
    world.run(Picture(phase=Phase.BUILD, stages=(failed, *stages)))
    world.look()
    assert size(world) < LIMIT
    rows = world.status["stages"]
    assert rows[0]["state"] == "Failed", "what went wrong stays"
    assert 100 < len(rows) <= len(stages)
    assert world.status["progress"].endswith(f"/{1 + len(stages)}"), "they are counted all the same"
    (told,) = world.status["warnings"]
    assert (told["rule"], "some stages" in told["message"]) == (bounds.UNSAID, True)


def test_warnings_that_give_way_are_counted_with_those_that_had_no_room_before():
    rows = [{"rule": "R", "message": "m" * 3000} for _ in range(40)]
    unsaid = {"rule": bounds.UNSAID, "message": "7 more warnings have no room here"}
    world = World()
    world.status["warnings"] = [*rows, unsaid]
    world.look()
    assert size(world) < LIMIT
    *shown, told = world.status["warnings"]
    assert 0 < len(shown) < 40
    assert told["message"] == f"{7 + 40 - len(shown)} more warnings have no room here"


def test_a_message_is_never_longer_than_1_kib():
    world = World()
    world.look()
    condition = {"type": "PodScheduled", "status": "False", "message": "node x is full; " * 4000}
    world.pod()["status"] = {"phase": "Pending", "conditions": [condition]}
    world.look()
    assert len(world.message()) <= 1024
    assert len(world.status["failure"]["message"]) <= 1024


def test_stages_for_which_a_picture_had_no_room_are_told_of_at_once_and_no_longer():
    world = World()
    world.look()
    for omitted in (3, 0):
        world.run(Picture(phase=Phase.BUILD, stages=(a_row(1),), omitted=omitted))
        world.look()
        told = [w["message"] for w in world.status.get("warnings", ())]
        assert told == (["some stages have no room here; the log has them all"] if omitted else [])
