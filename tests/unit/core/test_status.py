"""What the status says of a build: sources, warnings, stages and what was published."""

import dataclasses
import json

import pytest
from tests.builders import DIGEST, NOW, SPEC, World, a_failure, a_picture, a_success

from imagebuild.contract import picture as pictures
from imagebuild.contract.order import FILES_CONTEXT
from imagebuild.contract.picture import Phase
from imagebuild.contract.report import Cause
from imagebuild.contract.source import Source
from imagebuild.core.status import bounds

COMMIT = "4f1c" * 10
GIT = Source("context", commit=COMMIT, ref="main", branch="main", time=1_769_860_800)
REPOSITORY = "registry.example.com/team/hello"
ARCHIVE = {"persistentVolumeClaim": {"claimName": "images"}, "path": "out/hello.tar"}


@pytest.fixture
def world():
    return World()


def shows(*, warnings=(), sources=(), phase=Phase.DONE, **facts):
    picture = a_picture(phase, builder="Succeeded", final="Succeeded")
    return dataclasses.replace(picture, warnings=warnings, sources=sources, **facts)


def succeeds(world, *, source=None, picture=None):
    world.look()
    world.end(dataclasses.replace(a_success(), source=source), picture=picture or shows())
    world.look()


def test_the_main_source_is_shown_as_soon_as_it_is_known_and_stays(world):
    world.look()
    world.run(shows(phase=Phase.BUILD, sources=(GIT,)))
    world.look()
    shown = {"commit": COMMIT, "ref": "main", "committedAt": "2026-01-31T12:00:00Z"}
    assert world.status["source"] == shown
    report = dataclasses.replace(GIT, ref="", branch="tag-safe", time=None)
    world.end(dataclasses.replace(a_success(), source=report))
    world.lines.clear()
    world.look()
    assert world.status["source"] == shown, "the report says less"


def test_a_source_that_only_the_report_tells_of_is_shown(world):
    world.look()
    world.end(dataclasses.replace(a_success(), source=GIT))
    world.lines.clear()
    world.look()
    assert world.status["source"]["commit"] == COMMIT


@pytest.mark.parametrize(
    ("source", "ref"),
    [
        (Source("context", commit=COMMIT, ref="v1", tag="v1"), "v1"),
        (Source("context", commit=COMMIT, branch="trunk"), "trunk"),
        (Source("context", commit=COMMIT), None),
    ],
)
def test_the_ref_is_what_was_asked_for_or_what_it_is_at_the_server(world, source, ref):
    succeeds(world, source=source)
    assert world.status["source"].get("ref") == ref


@pytest.mark.parametrize("is_seen", [True, False], ids=["by the picture", "by the report alone"])
def test_a_main_context_that_is_not_of_git_is_shown_among_the_contexts(world, is_seen):
    found = Source("context", digest=DIGEST)
    world.look()
    world.end(dataclasses.replace(a_success(), source=found), picture=shows(sources=(found,)))
    if not is_seen:
        world.lines.clear()
    world.look()
    assert "source" not in world.status
    assert world.status["contexts"] == [{"name": "context", "digest": DIGEST}]


def test_contexts_stay_in_sight_when_the_last_picture_is_lost(world):
    world.look()
    sources = (Source("context", digest=DIGEST), Source("lib", commit=COMMIT, ref="v2"))
    world.run(shows(phase=Phase.BUILD, sources=sources))
    world.look()
    world.end(dataclasses.replace(a_success(), source=sources[0]))
    world.lines.clear()
    world.look()
    assert [row["name"] for row in world.status["contexts"]] == ["context", "lib"]


def test_a_main_context_of_files_resolves_to_nothing(world):
    succeeds(world)
    assert "source" not in world.status
    assert "contexts" not in world.status


def test_named_contexts_are_shown_with_what_they_resolved_to(world):
    sources = (
        GIT,
        Source("lib", commit=COMMIT, ref="v2"),
        Source("base", digest=DIGEST),
        Source(FILES_CONTEXT, digest=DIGEST),
    )
    succeeds(world, picture=shows(sources=sources))
    assert world.status["contexts"] == [
        {"name": "lib", "commit": COMMIT, "ref": "v2"},
        {"name": "base", "digest": DIGEST},
    ]
    world.ask("again")
    world.look()
    assert "contexts" not in world.status, "those of another build would be misread"


WARNING = pictures.Warning(
    rule="LatestBase",
    message="alpine:latest is another image every day",
    path="spec.stages[0].from",
    stage="builder",
    url="https://example.com/lint#latestbase",
)
SHOWN = {
    "rule": "LatestBase",
    "message": "alpine:latest is another image every day",
    "path": "spec.stages[0].from",
    "stage": "builder",
    "url": "https://example.com/lint#latestbase",
}


def test_warnings_stay_until_the_next_build_has_its_own(world):
    succeeds(world, picture=shows(warnings=(WARNING,)))
    assert world.status["warnings"] == [SHOWN]
    world.ask("again")
    world.look()
    assert world.status["warnings"] == [SHOWN]
    world.run(shows(phase=Phase.BUILD))
    world.look()
    assert world.status["warnings"] == [SHOWN], "BuildKit's come only while it solves"
    world.end(a_success(), picture=shows())
    world.look()
    assert "warnings" not in world.status


def test_a_build_that_failed_of_its_warnings_shows_them(world):
    world.look()
    report = a_failure(Cause.LINT, error="1 warning, and spec.lint is Fail")
    world.end(report, picture=shows(warnings=(WARNING,)))
    world.look()
    assert world.ready == ("False", "LintFailed", ["Stalled"])
    assert world.status["warnings"] == [SHOWN]


def test_warnings_that_have_no_room_are_counted(world):
    succeeds(world, picture=shows(warnings=(WARNING,), unwarned=7))
    assert [w["rule"] for w in world.status["warnings"]] == ["LatestBase", bounds.UNSAID]
    assert "7 more" in world.status["warnings"][1]["message"]


def test_a_line_of_the_users_own_dockerfile_is_shown(world):
    warning = pictures.Warning(rule="StageNameCasing", message="lower case", line=3)
    succeeds(world, picture=shows(warnings=(warning,)))
    shown = {"rule": "StageNameCasing", "message": "lower case", "line": 3}
    assert world.status["warnings"] == [shown]


def published(world, *entries, source=GIT):
    world.edit(publish=list(entries))
    succeeds(world, source=source)
    return world.status.get("published", [])


def test_tags_are_shown_with_the_facts_that_the_worker_had(world):
    images = [f"{REPOSITORY}:{tag}" for tag in ("$(commit7)", "$(branch)-$(time)", "$(number)")]
    (row,) = published(world, {"images": images})
    tags = (COMMIT[:7], "main-20260131120000", "1")
    assert row["tags"] == [f"{REPOSITORY}:{tag}" for tag in tags]
    assert row["image"] == f"{REPOSITORY}@{DIGEST}"


def test_without_git_the_time_is_that_of_the_builds_start_in_any_attempt(world):
    world.edit(publish=[{"images": [f"{REPOSITORY}:$(time)"]}])
    world.look()
    world.wait(100)
    world.jobs = {}
    world.look()
    world.end(a_success())
    world.look()
    assert world.status["published"][0]["tags"] == [f"{REPOSITORY}:{NOW:%Y%m%d%H%M%S}"]


def test_an_image_with_an_empty_fact_is_left_out_and_counted(world):
    (row,) = published(world, {"images": [f"{REPOSITORY}:1", f"{REPOSITORY}:$(tag)"]})
    assert row["tags"] == [f"{REPOSITORY}:1"]
    words = world.message()
    assert "left out 1 of 2 images" in words
    world.look()
    assert world.message() == words, "looking again says the same"


def test_where_every_image_is_left_out_it_is_built_and_nothing_published(world):
    assert published(world, {"images": [f"{REPOSITORY}:$(tag)"]}) == []
    assert world.ready == ("True", "Built", [])
    assert "a fact in each image's tag is empty" in world.message()
    assert "image" not in world.status


def test_an_archive_alone_is_published_without_an_image(world):
    (row,) = published(world, {"archive": ARCHIVE})
    assert (row["archive"], row["digest"]) == ("images:out/hello.tar", DIGEST)
    assert "image" not in row
    assert "image" not in world.status
    assert world.ready == ("True", "Published", [])
    assert "archive images:out/hello.tar" in world.message()


def test_the_image_is_the_first_that_is_in_a_registry(world):
    world.edit(publish=[{"stage": "builder", "archive": ARCHIVE}, *SPEC["publish"]])
    world.look()
    both = a_success()
    images = (*both.images, dataclasses.replace(both.images[0], target=1))
    world.end(dataclasses.replace(both, images=images))
    world.look()
    assert [row["stage"] for row in world.status["published"]] == ["builder", "final"]
    assert world.status["image"] == f"{REPOSITORY}@{DIGEST}"


@pytest.mark.parametrize(
    ("changes", "last", "stage"),
    [
        ({}, "final", "final"),
        ({"stages": None, "dockerfile": {"path": "Dockerfile"}}, "final", "final"),
        ({"stages": None, "dockerfile": {"path": "Dockerfile"}}, "stage-1", None),
    ],
)
def test_a_published_stage_has_its_name_where_it_has_one(world, changes, last, stage):
    world.edit(publish=[{"images": [f"{REPOSITORY}:1"]}], **changes)
    states = {"builder": "Succeeded", last: "Succeeded"}
    succeeds(world, picture=a_picture(**states))
    assert world.status["published"][0].get("stage") == stage


def test_a_published_stage_is_told_in_small_letters(world):
    publish = [{"stage": "Final", "images": [f"{REPOSITORY}:1"]}]
    world.edit(stages=None, dockerfile={"path": "Dockerfile"}, publish=publish)
    succeeds(world, picture=a_picture(final="Succeeded"))
    assert world.status["published"][0]["stage"] == "final"


def test_a_stages_description_is_shown(world):
    world.edit(stages=[{**SPEC["stages"][0], "description": "compiles"}, SPEC["stages"][1]])
    world.look()
    assert [s.get("description") for s in world.status["stages"]] == ["compiles", None]


def describes(world, *words):
    texts = [{"description": word} if word else {} for word in words]
    world.edit(stages=[stage | text for stage, text in zip(SPEC["stages"], texts, strict=True)])
    world.look()
    return [s.get("description") for s in world.status["stages"]]


def test_descriptions_follow_the_spec_though_they_start_no_build(world):
    assert describes(world, "compiles", None) == ["compiles", None]
    world.run()
    assert describes(world, "compiles and tests", None) == ["compiles and tests", None]
    world.end(a_success())
    world.look()
    assert describes(world, None, "what runs") == [None, "what runs"]
    assert world.status["build"]["number"] == 1


def test_the_description_of_a_failed_stage_follows_the_spec(world):
    world.look()
    world.end(a_failure())
    world.look()
    world.edit(suspend=True)
    assert describes(world, "compiles", None) == ["compiles", None]
    assert world.status["build"]["number"] == 1


def test_a_stage_that_the_spec_has_no_more_keeps_its_description(world):
    describes(world, "compiles", "what runs")
    world.end(a_success())
    world.look()
    world.edit(stages=[{"name": "final", "from": "alpine:3.19"}], suspend=True)
    world.look()
    shown = {s["name"]: s.get("description") for s in world.status["stages"]}
    assert shown == {"builder": "compiles", "final": None}


@pytest.mark.parametrize(
    ("picture", "current"),
    [
        (None, "starting"),
        (a_picture(Phase.CONTEXT), "context"),
        (a_picture(Phase.BUILD), "building"),
        (a_picture(Phase.BUILD, builder="Running"), "builder 1/2"),
        (a_picture(Phase.BUILD, builder="Failed", final="Pending"), "building"),
        (a_picture(Phase.PUBLISH, builder="Succeeded", final="Succeeded"), "publishing"),
        (a_picture(Phase.DONE, builder="Succeeded", final="Succeeded"), "ending"),
    ],
)
def test_the_column_says_what_a_build_is_at_as_long_as_it_runs(world, picture, current):
    world.look()
    assert world.status["current"] == "starting"
    world.run(picture)
    world.look()
    assert world.ready[1] == "Building"
    assert world.status["current"] == current


def test_long_names_that_begin_alike_are_told_apart_in_the_column(world):
    world.edit(stages=None, dockerfile={"path": "Dockerfile"}, publish=None)
    world.look()
    beginning = "stage-with-a-rather-long-name"
    for end in ("one", "two"):
        world.run(a_picture(Phase.BUILD, **{f"{beginning}-{end}": "Running"}))
        world.look()
        assert world.status["current"] == f"stage-with-…ong-name-{end} 1/2"


def test_a_build_whose_obstacle_is_gone_is_starting_before_it_shows_a_picture(world):
    world.look()
    world.status.pop("current")
    world.run()
    world.look()
    assert world.status["current"] == "starting"


def test_gates_are_needed_and_what_nobody_needs_is_skipped(world):
    others = [{"name": name, "from": "builder"} for name in ("tests", "other")]
    world.edit(stages=[SPEC["stages"][0], *others, SPEC["stages"][1]], gates=["tests"])
    world.look()
    states = {s["name"]: s["state"] for s in world.status["stages"]}
    assert states == {
        "builder": "Pending",
        "tests": "Pending",
        "other": "Skipped",
        "final": "Pending",
    }
    assert world.status["progress"] == "0/3"


def test_of_a_dockerfile_the_worker_says_which_stages_are_skipped(world):
    world.edit(stages=None, dockerfile={"path": "Dockerfile"}, publish=None)
    world.look()
    world.run(a_picture(Phase.BUILD, builder="Running", docs="Skipped", final="Pending"))
    world.look()
    assert [s["state"] for s in world.status["stages"]] == ["Running", "Skipped", "Pending"]
    assert world.status["progress"] == "0/2"


def test_the_status_of_a_hundred_stages_and_all_their_warnings_is_small(world):
    world.edit(stages=None, dockerfile={"path": "Dockerfile"}, publish=None)
    world.look()
    names = [f"a-stage-with-a-rather-long-name-{number:03}" for number in range(100)]
    warnings = tuple(dataclasses.replace(WARNING, stage=name) for name in names[:50])
    picture = a_picture(Phase.BUILD, **dict.fromkeys(names, "Running"))
    world.run(dataclasses.replace(picture, warnings=warnings))
    world.look()
    assert [row["name"] for row in world.status["stages"]] == names
    assert len(json.dumps(world.status)) < 64 * 1024


def test_each_stage_has_its_platforms_before_there_is_any_picture(world):
    build, app = SPEC["stages"][0], SPEC["stages"][1]
    native = {**build, "platform": "$BUILDPLATFORM"}
    more = [
        {**native, "name": "crossing", "args": ["TARGETARCH"]},
        {**native, "name": "late", "steps": [{"args": ["TARGETARCH"]}]},
        {"name": "on-top", "from": "builder"},
        {**native, "name": "fixed", "platform": "linux/arm64/v8"},
        {**native, "name": "each", "platform": "$TARGETPLATFORM"},
    ]
    names = [stage["name"] for stage in more]
    platforms = ["linux/amd64", "linux/arm64/v8"]
    world.edit(stages=[native, app, *more], gates=names, platforms=platforms)
    world.look()
    found = {}
    for row in world.status["stages"]:
        found.setdefault(row["name"], []).append(row.get("platform"))
    both = ["linux/amd64", "linux/arm64"]
    assert found == {
        "builder": [None],
        "final": both,
        "crossing": both,
        "late": both,
        "on-top": [None],
        "fixed": ["linux/arm64"],
        "each": both,
    }


def test_the_platform_that_failed_is_told_and_its_row_alone_failed(world):
    world.edit(platforms=["linux/amd64", "linux/arm64"])
    world.look()
    failure = a_failure(stage="builder", exit_code=9, platform="linux/arm64")
    lost = a_picture(Phase.BUILD, builder="Running").stages
    both = tuple(dataclasses.replace(lost[0], platform=p) for p in ("linux/amd64", "linux/arm64"))
    world.end(failure, picture=pictures.Picture(Phase.BUILD, stages=both))
    world.wait(6)
    world.look()
    assert world.status["failure"]["platform"] == "linux/arm64"
    builder = {s["platform"]: s["state"] for s in world.status["stages"] if s["name"] == "builder"}
    assert builder == {"linux/amd64": "Canceled", "linux/arm64": "Failed"}


@pytest.mark.parametrize(
    ("name", "path"), [("push", "spec.registrySecrets[1]"), ("of-the-settings", None)]
)
def test_a_registry_secret_without_credentials_is_told_with_its_place_in_the_spec(name, path):
    world = World()
    world.edit(registrySecrets=[{"name": "pull"}, {"name": "push"}])
    world.look()
    words = f"CredentialInvalid: registry secret {name}: .dockerconfigjson: it holds no auths"
    world.end(a_failure(Cause.CONTEXT, error=words, secret=name))
    world.look()
    assert world.status["failure"]["reason"] == "CredentialInvalid"
    assert world.status["failure"].get("path") == path
