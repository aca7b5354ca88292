"""The rows of the decision table in ``core.plan``, by their numbers."""

import json
from dataclasses import replace

import pytest
from tests.builders import (
    DIGEST,
    SPEC,
    World,
    a_failure,
    a_picture,
    a_success,
    another,
    terminated,
)

from imagebuild.api import names, reasons
from imagebuild.api.reasons import Reason
from imagebuild.contract import order as orders
from imagebuild.contract import picture as pictures
from imagebuild.contract import source as sources
from imagebuild.contract.report import Cause
from imagebuild.core import action, imagebuild
from imagebuild.core.observe import obstacles

IMAGE = f"registry.example.com/team/hello@{DIGEST}"
OTHER = {"stages": [{"name": "final", "from": "alpine:3.19"}]}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def published(world):
    world.look()
    world.end(a_success())
    world.look()
    assert world.ready == ("True", "Published", [])
    return world


def test_1_an_object_that_is_being_deleted_is_left_alone(world):
    world.raw["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    before = dict(world.status)
    found = world.look()
    assert (found.create, found.delete, found.events) == ((), (), ())
    assert found.status.observed_generation == before["observedGeneration"]


def test_2_a_spec_that_cannot_be_built_is_stalled_and_names_the_field(world):
    world.raw["spec"]["stages"][1]["from"] = "biulder"
    found = world.look()
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert "spec.stages[1].from" in world.message()
    assert found.create == ()
    assert world.status["failure"]["path"] == "spec.stages[1].from"


def test_2_a_spec_that_becomes_invalid_ends_the_running_build(world):
    world.look()
    world.run()
    world.edit(stages=[{"name": "final", "from": "biulder"}])
    found = world.look()
    assert found.delete == ("hello-1-1",)
    assert world.status["build"]["result"] == "Canceled"
    assert world.status["history"][0]["reason"] == "Canceled", "no other took its place"


def test_2_what_is_said_of_a_large_spec_is_short(world):
    args = [{"name": "A", "value": "x" * 4000}]
    world.edit(args=args, stages=[{"name": f"s{i}", "from": "a:$A" * 100} for i in range(60)])
    world.look()
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert len(world.message()) <= 1024
    assert len(json.dumps(world.status)) < 8192


def test_2_a_request_for_what_cannot_be_built_is_answered_and_built_once_it_can(world):
    good = world.raw["spec"]["stages"]
    world.edit(stages=[])
    world.ask("2026-01-31T13:00:00Z")
    world.look()
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert world.status["lastHandledReconcileAt"] == "2026-01-31T13:00:00Z"
    world.edit(stages=good)
    world.look()
    assert world.status["build"]["requestedAt"] == "2026-01-31T13:00:00Z"
    assert world.status["lastHandledReconcileAt"] == "2026-01-31T13:00:00Z"


def test_2_a_mended_spec_is_built(world):
    world.edit(stages=[{"name": "final", "from": "biulder"}])
    world.look()
    world.edit(stages=SPEC["stages"])
    assert [m["kind"] for m in world.look().create] == ["ConfigMap", "Job"]
    assert "failure" not in world.status


def test_3_a_suspended_object_starts_nothing(world):
    world.edit(suspend=True)
    assert world.look().create == ()
    assert world.ready == ("Unknown", "Suspended", [])


def test_3_a_suspended_object_with_a_build_due_does_not_tell_of_the_failure_before(world):
    world.look()
    world.end(a_failure())
    world.look()
    assert world.status["failure"]["reason"] == "BuildFailed"
    world.edit(suspend=True, stages=OTHER["stages"])
    world.look()
    assert world.ready == ("Unknown", "Suspended", [])
    assert "failure" not in world.status, "the conditions have another reason"
    assert world.status["history"][0]["reason"] == "BuildFailed"


def test_3_a_suspended_object_does_not_promise_that_its_build_starts_by_itself(world):
    world.edit(context={"configMap": {"name": "sources"}})
    world.look()
    assert world.status["failure"]["reason"] == "ContextNotFound"
    world.edit(suspend=True)
    world.look()
    assert world.ready == ("Unknown", "Suspended", [])
    assert "failure" not in world.status


def test_3_a_suspended_object_finishes_what_runs(world):
    world.look()
    world.run()
    world.edit(suspend=True)
    world.look()
    world.end(a_success())
    world.look()
    assert world.ready == ("True", "Published", [])


def test_3_a_suspended_object_does_not_show_the_image_of_an_older_spec_as_its_own(world):
    world.look()
    world.run()
    world.edit(suspend=True, stages=OTHER["stages"])
    world.look()
    world.end(a_success())
    world.look()
    assert world.ready == ("Unknown", "Suspended", []), "not even for a moment"
    world.look()
    assert world.ready == ("Unknown", "Suspended", [])
    assert "image" not in world.status
    assert world.status["history"][0]["result"] == "Succeeded"


def test_5_an_absent_config_map_is_waited_for_and_the_build_starts_when_it_is_there(world):
    world.edit(context={"configMap": {"name": "sources"}})
    world.config_maps = {}
    found = world.look()
    assert world.ready == ("Unknown", "ContextNotFound", ["Reconciling"])
    assert "sources" in world.message()
    assert world.status["failure"]["path"] == "spec.context.configMap"
    assert world.status["failure"]["mend"] in world.message()
    assert found.requeue_after == action.LOOK_FOR_CONTEXT
    world.config_maps = {"sources": {"a": "abc"}}
    assert world.look().create


USES_BASE = {"context": {"imageBuild": {"name": "base"}}}
BASE = "registry.example.com/team/base@sha256:"
VALUE = {"valueFrom": {"configMapKeyRef": {"name": "versions", "key": "go"}}}


def test_5_another_imagebuild_is_waited_for_until_it_published_and_followed_after_that(world):
    world.edit(**USES_BASE)
    found = world.look()
    assert world.ready == ("Unknown", "WaitingForImageBuild", ["Reconciling"])
    assert "spec.context.imageBuild: there is no ImageBuild base" in world.message()
    assert found.requeue_after == action.LOOK_AT_CONTEXT, "it wakes those that wait for it"
    world.image_builds = {"base": another(("final", f"{BASE}{'a' * 64}"))}
    assert world.look().create
    world.end(a_success())
    assert world.look().requeue_after == action.LOOK_AT_CONTEXT
    world.image_builds = {"base": another(("final", f"{BASE}{'b' * 64}"))}
    assert world.look().create
    assert world.status["build"]["reason"] == "ContextChanged"


def test_5_a_source_of_flux_is_looked_for_and_its_next_artifact_is_built(world):
    world.edit(context={"flux": {"kind": "GitRepository", "name": "app"}})
    assert world.look().requeue_after == action.LOOK_FOR_CONTEXT
    assert world.ready == ("Unknown", "ContextNotFound", ["Reconciling"])
    assert "Flux is not installed" in world.message()
    world.flux = {"app": {"url": "http://flux/1.tar.gz", "digest": f"sha256:{'a' * 64}"}}
    assert world.look().create
    world.end(a_success())
    world.look()
    world.flux = {"app": {"url": "http://flux/2.tar.gz", "digest": f"sha256:{'b' * 64}"}}
    assert world.look().create
    assert world.status["build"]["reason"] == "ContextChanged"


def test_5_a_value_from_a_config_map_is_waited_for_and_its_next_one_is_built(world):
    world.edit(args=[{"name": "GO", **VALUE}])
    world.config_maps = {"versions": {"rust": "1.80"}}
    assert world.look().requeue_after == action.LOOK_FOR_CONTEXT
    assert world.ready == ("Unknown", "ContextNotFound", ["Reconciling"])
    assert "spec.args[0].valueFrom: ConfigMap versions has no key go" in world.message()
    assert world.status["failure"]["path"] == "spec.args[0].valueFrom"
    world.config_maps = {"versions": {"go": "1.22"}}
    assert world.look().create
    world.end(a_success())
    world.look()
    world.config_maps = {"versions": {"go": "1.22", "rust": "1.81"}}
    assert world.look().create == (), "what the spec does not name is no input"
    world.config_maps = {"versions": {"go": "1.23"}}
    assert world.look().create
    assert world.status["build"]["reason"] == "ContextChanged"


def test_5_what_vanishes_in_mid_build_ends_it(world):
    world.edit(**USES_BASE)
    world.image_builds = {"base": another(("final", f"{BASE}{'a' * 64}"))}
    world.look()
    world.run()
    world.image_builds = {}
    assert world.look().delete == ("hello-1-1",)
    assert world.ready[1] == "WaitingForImageBuild"
    assert world.status["build"]["result"] == "Canceled"


ON_A_MAP = {"context": {"configMap": {"name": "sources"}}}
ON_FLUX = {"context": {"flux": {"kind": "Bucket", "name": "app"}}}
ON_A_VALUE = {"args": [{"name": "GO", **VALUE}]}
THERE = {
    "config_maps": {"sources": {"a": "abc"}, "versions": {"go": "1.22"}},
    "image_builds": {"base": another(("final", f"{BASE}{'a' * 64}"))},
    "flux": {"app": {"url": "http://flux/1.tar.gz", "digest": f"sha256:{'a' * 64}"}},
}
OUTSIDE = [
    (ON_A_MAP, "there is no ConfigMap sources"),
    (ON_A_VALUE, "there is no ConfigMap versions"),
    (USES_BASE, "there is no ImageBuild base"),
    (ON_FLUX, "Flux is not installed"),
]


def set_outside(world, found):
    for kind in THERE:
        setattr(world, kind, found.get(kind, {}))


def published_of(world, fields):
    set_outside(world, THERE)
    world.edit(**fields)
    world.look()
    world.end(a_success())
    world.look()
    assert world.ready == ("True", "Published", [])


@pytest.mark.parametrize(("fields", "words"), OUTSIDE)
def test_8_what_is_published_stays_so_when_what_it_was_made_from_is_deleted(world, fields, words):
    published_of(world, fields)
    shown = world.message()
    set_outside(world, {})
    found = world.look()
    assert world.ready == ("True", "Published", [])
    assert world.message().startswith(shown)
    assert words in world.message()
    assert (found.create, found.requeue_after) == ((), action.LOOK_AT_CONTEXT)
    assert (world.status["image"], "failure" in world.status) == (IMAGE, False)
    set_outside(world, THERE)
    assert world.look().create == ()
    assert world.message() == shown


@pytest.mark.parametrize(("fields", "words"), OUTSIDE)
def test_8_an_edit_that_shapes_no_result_does_not_wait_for_what_is_gone(world, fields, words):
    published_of(world, fields)
    set_outside(world, {})
    world.edit(timeoutSeconds=60)
    world.look()
    world.edit(suspend=True)
    world.look()
    assert world.ready == ("True", "Published", [])
    assert words in world.message()


@pytest.mark.parametrize(("fields", "words"), OUTSIDE)
@pytest.mark.parametrize("asks", [lambda w: w.ask("again"), lambda w: w.edit(network="None")])
def test_5_another_spec_or_a_request_waits_for_what_is_gone(world, fields, words, asks):
    published_of(world, fields)
    set_outside(world, {})
    asks(world)
    world.look()
    assert world.ready[0] == "Unknown"
    assert world.ready[2] == ["Reconciling"]
    assert words in world.message()
    set_outside(world, THERE)
    assert world.look().create


def test_8_a_change_that_vanishes_in_mid_build_leaves_what_was_published(world):
    published_of(world, ON_A_MAP)
    world.config_maps = {"sources": {"a": "def"}}
    assert world.look().create
    world.run()
    world.config_maps = {}
    assert world.look().delete == ("hello-2-1",)
    assert world.ready == ("True", "Published", [])
    assert world.status["build"]["result"] == "Canceled"
    world.config_maps = {"sources": {"a": "def"}}
    assert world.look().create, "what was left behind is asked for again"


def test_5_a_failure_is_not_hidden_by_what_is_gone(world):
    published_of(world, ON_A_MAP)
    world.config_maps = {"sources": {"a": "def"}}
    world.look()
    world.end(a_failure())
    world.look()
    world.config_maps = {}
    world.look()
    assert world.ready == ("Unknown", "ContextNotFound", ["Reconciling"])


def test_8_a_success_whose_shape_nobody_noted_takes_it_from_the_next_look(world):
    published_of(world, ON_A_MAP)
    del world.status["lastSucceeded"]["shape"]
    world.look()
    world.config_maps = {}
    world.look()
    assert world.ready == ("True", "Published", [])


def test_2_a_circle_of_imagebuilds_is_invalid_until_one_of_them_steps_out(world):
    world.edit(**USES_BASE)
    image = ("final", f"{BASE}{'a' * 64}")
    world.image_builds = {
        "base": another(image, spec={"context": {"imageBuild": {"name": "hello"}}})
    }
    found = world.look()
    assert (found.create, found.requeue_after) == ((), action.LOOK_FOR_CONTEXT)
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert "hello <- base <- hello" in world.message()
    assert world.status["failure"]["path"] == "spec.context.imageBuild"
    world.image_builds = {"base": another(image)}
    assert world.look().create


def test_2_a_value_that_cannot_be_used_is_invalid_until_the_config_map_is_mended(world):
    world.edit(args=[{"name": "GO", **VALUE}])
    world.config_maps = {"versions": {"go": "1.22\n1.23"}}
    found = world.look()
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert found.requeue_after == action.LOOK_FOR_CONTEXT
    world.config_maps = {"versions": {"go": "1.22"}}
    assert world.look().create


def test_3_a_suspended_build_that_was_lost_is_not_tried_again_of_another_spec(world):
    world.look()
    world.run()
    world.edit(suspend=True, stages=OTHER["stages"])
    world.lose()
    assert world.look().create == ()
    assert world.ready == ("Unknown", "Suspended", [])
    assert world.status["build"]["result"] == "Canceled"


def test_6_a_changed_spec_ends_the_running_build_before_the_next_begins(world):
    world.look()
    world.run()
    world.edit(**OTHER, publish=None)
    jobs = dict(world.jobs)
    found = world.look()
    assert (found.delete, found.create) == (("hello-1-1",), ())
    world.jobs = jobs  # its pod takes a while to end
    world.jobs["hello-1-1"]["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    found = world.look()
    assert (found.delete, found.create) == ((), ())
    world.jobs = {}
    assert world.look().create[1]["metadata"]["name"] == "hello-2-1"
    assert [(h["number"], h["result"]) for h in world.status["history"]] == [(1, "Canceled")]


def test_7_a_new_object_is_built(world):
    found = world.look()
    assert [m["kind"] for m in found.create] == ["ConfigMap", "Job"]
    assert found.create[1]["metadata"]["name"] == "hello-1-1"
    assert world.ready == ("Unknown", "Building", ["Reconciling"])
    assert world.status["build"]["reason"] == "First"
    assert world.status["progress"] == "0/2"
    assert [s["state"] for s in world.status["stages"]] == ["Pending", "Pending"]
    assert found.requeue_after == action.LOOK


def test_7_a_refused_build_says_so_in_the_api_servers_words_and_is_tried_again(world):
    world.refused = obstacles.of_refusal("exceeded quota: jobs, requested: count/jobs.batch=1")
    found = world.look()
    assert world.ready == ("Unknown", "QuotaExceeded", ["Reconciling"])
    assert "count/jobs.batch" in world.message()
    assert (found.create, found.requeue_after) == ((), action.BACK_OFF)
    world.refused = None
    assert world.look().create


def lost(world):
    world.run()
    world.lose()


def deleted_before_it_began(world):
    """As with its namespace: the pod first, then the Job failed."""
    world.pods = {}
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}
    world.jobs["hello-1-1"]["status"] = {"conditions": [failed]}


def failed_by_others(world):
    world.end(a_failure(Cause.PUSH, error="lookup registry.example.com: no such host"))
    world.wait(11)


def failed_by_others_and_edited(world):
    world.end(a_failure(Cause.PUSH, error="lookup registry.example.com: no such host"))
    world.look()
    world.edit(args=[{"name": "A", "value": "1"}])


def without_its_job(world):
    world.jobs = {}


def failed_and_mended(world):
    world.end(a_failure())
    world.look()
    world.edit(timeoutSeconds=60)


def published_and_asked_for_again(world):
    world.end(a_success())
    world.look()
    world.ask("again")


REFUSALS = {
    "QuotaExceeded": "exceeded quota: jobs, requested: count/jobs.batch=1",
    "NotAdmitted": "unable to create new content in namespace team-a: it is being terminated",
    "InvalidSpec": 'Job.batch "hello-1-2" is invalid: spec.template...limits[foo bar]: Invalid',
}


@pytest.mark.parametrize("reason", REFUSALS)
@pytest.mark.parametrize(
    ("happens", "job"),
    [
        (lost, "hello-1-2"),
        (deleted_before_it_began, "hello-1-2"),
        (failed_by_others, "hello-1-2"),
        (failed_by_others_and_edited, "hello-2-1"),
        (without_its_job, "hello-1-2"),
        (failed_and_mended, "hello-2-1"),
        (published_and_asked_for_again, "hello-2-1"),
    ],
)
def test_7_10_whatever_job_is_refused_it_is_told_and_the_build_goes_on(world, happens, job, reason):
    world.look()
    happens(world)
    world.refused = obstacles.of_refusal(REFUSALS[reason])
    for _ in range(2):
        assert world.look().create == ()
        assert world.ready[1] == reason
        assert world.status["failure"]["reason"] == reason
        assert REFUSALS[reason] in world.message()
    world.refused = None
    found = world.look()
    assert found.create, "it goes on by itself"
    assert reason == "InvalidSpec" or found.create[1]["metadata"]["name"] == job


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (OTHER | {"publish": None}, "SpecChanged"),
        ({"args": [{"name": "A", "value": "1"}]}, "SpecChanged"),
        ({"publish": [{"images": ["registry.example.com/team/hello:2.0"]}]}, "SpecChanged"),
    ],
)
def test_7_a_change_of_what_is_built_is_a_new_build(published, change, reason):
    published.edit(**change)
    assert published.look().create
    assert published.status["build"]["number"] == 2
    assert published.status["build"]["reason"] == reason
    assert published.status["image"] == IMAGE, "the last good image stays while a new one builds"


@pytest.mark.parametrize(
    "change",
    [{"suspend": True}, {"suspend": False}, {"timeoutSeconds": 60}, {"resources": {}}, {}],
    ids=str,
)
def test_8_a_published_generation_is_not_built_again(published, change):
    published.edit(**change)
    found = published.look()
    assert found.create == ()
    assert published.ready == ("True", "Published", [])
    assert published.status["observedGeneration"] == 2


def test_8_going_back_to_the_published_spec_needs_no_build(published):
    published.edit(**OTHER)
    published.look()
    published.end(a_failure())
    published.look()
    assert published.ready[0] == "False"
    published.edit(stages=SPEC["stages"])
    assert published.look().create == ()
    assert published.ready == ("True", "Published", [])
    assert "failure" not in published.status
    assert "stages" not in published.status, "those of the build that failed would be misread"
    assert "progress" not in published.status


def test_8_going_back_in_mid_build_ends_it(published):
    published.edit(**OTHER)
    published.look()
    published.run()
    published.edit(stages=SPEC["stages"])
    found = published.look()
    assert (found.delete, found.create) == (("hello-2-1",), ())
    assert published.ready == ("True", "Published", [])


def test_8_a_job_that_is_gone_does_not_mean_not_built(published):
    published.jobs, published.pods = {}, {}
    assert published.look().create == ()
    assert published.ready == ("True", "Published", [])


def test_a_new_request_builds_once(published):
    published.ask("2026-01-31T13:00:00Z")
    assert published.look().create
    assert published.status["build"]["reason"] == "Requested"
    published.end(a_success())
    published.look()
    assert published.status["lastHandledReconcileAt"] == "2026-01-31T13:00:00Z"
    assert published.look().create == ()


def test_a_new_config_map_content_builds_again(world):
    world.edit(context={"configMap": {"name": "sources"}})
    world.config_maps = {"sources": {"a": "abc"}}
    world.look()
    world.end(a_success())
    found = world.look()
    assert found.requeue_after == action.LOOK_AT_CONTEXT
    world.config_maps = {"sources": {"a": "def"}}
    assert world.look().create
    assert world.status["build"]["reason"] == "ContextChanged"


def test_9_a_failed_build_is_stalled_and_stays_so(world):
    world.look()
    report = a_failure(
        error="process did not complete successfully: exit code: 1",
        stage="builder",
        step=1,
        path="spec.stages[0].steps[1]",
        exit_code=1,
        log_tail="main.go:3: undefined: x",
    )
    world.end(report, picture=a_picture(builder="Failed", final="Canceled"))
    world.look()
    assert world.ready == ("False", "StepFailed", ["Stalled"])
    for words in ("spec.stages[0].steps[1]", "exit code 1", "undefined: x", "kubectl logs"):
        assert words in world.message()
    failure = world.status["failure"]
    assert (failure["stage"], failure["step"], failure["exitCode"]) == ("builder", 1, 1)
    status = dict(world.status)
    found = world.look()
    assert (found.create, found.events) == ((), ())
    assert world.status == status


@pytest.mark.parametrize("change", [{"timeoutSeconds": 60}, {"registrySecrets": [{"name": "x"}]}])
def test_after_a_failure_any_change_is_another_attempt(world, change):
    world.look()
    world.end(a_failure())
    world.look()
    world.edit(**change)
    assert world.look().create
    assert world.status["build"]["number"] == 2


def test_after_a_failure_a_mend_in_the_config_map_is_looked_for_and_built(world):
    world.edit(context={"configMap": {"name": "sources"}})
    world.config_maps = {"sources": {"a": "abc"}}
    world.look()
    world.end(a_failure())
    assert world.look().requeue_after == action.LOOK_AT_CONTEXT
    assert world.look().requeue_after == action.LOOK_AT_CONTEXT
    world.config_maps = {"sources": {"a": "def"}}
    assert world.look().create
    assert world.status["build"]["reason"] == "ContextChanged"


def test_after_a_failure_suspending_is_no_other_attempt(world):
    world.look()
    world.end(a_failure())
    world.look()
    world.edit(suspend=True)
    assert world.look().create == ()
    assert world.ready[1] == "BuildFailed"


def test_10_a_job_deleted_by_hand_is_another_attempt_of_the_same_build(world):
    world.look()
    world.jobs = {}
    assert world.look().create[1]["metadata"]["name"] == "hello-1-2"
    assert world.status["build"]["number"] == 1


def test_10_a_lost_pod_is_another_attempt_at_once(world):
    world.look()
    world.run()
    world.lose()
    assert world.look().create[1]["metadata"]["name"] == "hello-1-2"


def test_10_a_worker_that_was_told_to_end_is_another_attempt(world):
    world.look()
    world.end(a_failure(Cause.CANCELED, error="the build was told to end"))
    world.pod()["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    assert world.look().create[1]["metadata"]["name"] == "hello-1-2"


def test_10_a_failure_of_others_is_tried_again_after_a_while_and_says_so(world):
    world.look()
    world.end(a_failure(Cause.PUSH, error="lookup registry.example.com: no such host"))
    found = world.look()
    assert world.ready == ("Unknown", "NameNotResolved", ["Reconciling"])
    assert [(e.reason, e.warning) for e in found.events] == [("NameNotResolved", True)]
    assert found.requeue_after == action.BACK_OFF
    world.wait(11)
    found = world.look()
    assert found.create[1]["metadata"]["name"] == "hello-1-2"
    assert [(e.reason, e.warning) for e in found.events] == [("Building", False)]


PUSHED = ("r.example.com/a:1", "r.example.com/a:1.0-$(commit7)", "r.example.com/a:1.0")


@pytest.mark.parametrize(
    ("image", "place"),
    [
        ("r.example.com/a:1", "[1].images[0]"),
        ("r.example.com/a:1.0-0123abc", "[1].images[1]"),
        ("r.example.com/a:1.0", "[1].images[2]"),
        ("r.example.com/c:1", None),
    ],
)
def test_14_a_push_that_failed_is_told_with_its_place_in_the_spec(world, image, place):
    other = {"stage": "builder", "images": ["m.example.com/r.example.com/a:1"]}
    world.edit(publish=[other, {"stage": "final", "images": list(PUSHED)}])
    world.look()
    world.end(a_failure(Cause.PUSH, error=f"failed to push {image}: denied"))
    world.look()
    assert world.ready == ("False", "PushDenied", ["Stalled"])
    assert world.status["failure"].get("path") == (place and f"spec.publish{place}")


def test_7_a_changed_spec_is_built_at_once_where_the_build_before_waits_to_be_tried_again(world):
    world.look()
    world.end(a_failure(Cause.PUSH, error="lookup registry.example.com: no such host"))
    world.look()
    world.edit(**OTHER, publish=None)
    assert [m["metadata"]["name"] for m in world.look().create] == ["hello-2-1", "hello-2-1"]
    (row,) = world.status["history"]
    assert (row["result"], row["reason"]) == ("Canceled", "Superseded")
    assert (world.status["build"]["number"], "result" in world.status["build"]) == (2, False)


def test_10_after_the_last_attempt_it_is_stalled(world):
    for number in (1, 2, 3):
        world.look()
        assert world.newest() == f"hello-1-{number}"
        world.run()
        world.lose()
    assert world.look().create == ()
    assert world.ready == ("False", "BuilderLost", ["Stalled"])


def test_10_the_jobs_own_deadline_is_a_timeout_and_no_lost_pod(world):
    world.look()
    world.end(a_failure(Cause.CANCELED, error="the build was told to end"))
    world.pod()["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    deadline = {"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded"}
    world.jobs["hello-1-1"]["status"] = {"conditions": [deadline]}
    world.look()
    assert world.ready == ("False", "Timeout", ["Stalled"])


def test_9_an_obstacle_in_between_does_not_take_the_place_of_the_failure(world):
    world.edit(context={"configMap": {"name": "sources"}})
    world.config_maps = {"sources": {"a": "abc"}}
    world.look()
    world.end(a_failure())
    world.look()
    world.config_maps = {}
    world.look()
    assert world.ready[1] == "ContextNotFound"
    world.config_maps = {"sources": {"a": "abc"}}
    assert world.look().create
    assert "failure" not in world.status


def test_10_a_later_attempt_says_which_it_is_and_keeps_why_the_one_before_failed(world):
    world.look()
    world.end(a_failure(Cause.PUSH, error="dial tcp 10.0.0.1:5000: i/o timeout"))
    world.wait(11)
    world.look()
    assert "attempt 2 of 3" in world.message()
    world.run(a_picture(pictures.Phase.PUBLISH, builder="Succeeded", final="Succeeded"))
    world.look()
    assert "attempt 2 of 3, publishes" in world.message()
    assert world.status["failure"]["reason"] == "RegistryUnreachable"
    world.end(a_success())
    world.look()
    assert "failure" not in world.status


def test_10_what_kept_a_pod_from_starting_is_what_it_failed_of(world):
    world.look()
    pod = world.pod()
    words = "0/1 nodes are available: 1 Insufficient cpu."
    unschedulable = {"type": "PodScheduled", "status": "False", "message": words}
    pod["status"] = {"phase": "Pending", "conditions": [unschedulable]}
    world.look()
    world.pods = {}
    deadline = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}
    world.jobs["hello-1-1"]["status"] = {"conditions": [deadline]}
    world.look()
    assert world.ready == ("False", "Unschedulable", ["Stalled"])
    assert words in world.message()


def test_5_a_build_that_is_left_behind_shows_no_stage_as_running(world):
    world.edit(context={"configMap": {"name": "sources"}})
    world.config_maps = {"sources": {"a": "abc"}}
    world.look()
    world.run(a_picture(pictures.Phase.BUILD, builder="Running", final="Pending"))
    world.look()
    world.config_maps = {}
    world.look()
    assert [s["state"] for s in world.status["stages"]] == ["Canceled", "Canceled"]


def test_2_what_the_api_server_calls_invalid_is_an_invalid_spec(world):
    words = 'Job.batch "hello-1-1" is invalid: spec.template...resources.limits[foo bar]: Invalid'
    world.refused = obstacles.of_refusal(words)
    world.look()
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert "foo bar" in world.message()


def test_a_request_by_either_annotation_builds_once_and_taking_it_away_builds_nothing(
    published,
):
    ours, flux = names.ANNOTATIONS_REQUESTED_AT
    for annotations, expected in (
        ({ours: "now"}, True),
        ({ours: "now", flux: "2026-01-31T13:00:00Z"}, True),
        ({flux: "2026-01-31T13:00:00Z"}, False),
        ({}, False),
    ):
        published.raw["metadata"]["annotations"] = annotations
        assert bool(published.look().create) is expected, annotations
        if expected:
            published.end(a_success())
            published.look()
    assert published.status["lastHandledReconcileAt"] == "2026-01-31T13:00:00Z"


def test_12_a_pod_that_cannot_be_scheduled_says_so_in_the_schedulers_words(world):
    world.look()
    pod = world.pod()
    words = "0/1 nodes are available: 1 Insufficient memory."
    unschedulable = {"type": "PodScheduled", "status": "False", "message": words}
    pod["status"] = {"phase": "Pending", "conditions": [unschedulable]}
    found = world.look()
    assert world.ready == ("Unknown", "Unschedulable", ["Reconciling"])
    assert words in world.message()
    assert "kubectl describe -n team-a pod/hello-1-1-x" in world.message()
    assert "spec.resources" in world.status["failure"]["mend"]
    assert [(e.reason, e.warning) for e in found.events] == [("Unschedulable", True)]
    assert world.look().events == ()


def test_13_a_running_build_shows_every_stage(world):
    world.look()
    world.run(a_picture(pictures.Phase.BUILD, builder="Running", final="Pending"))
    found = world.look()
    assert [(s["name"], s["state"]) for s in world.status["stages"]] == [
        ("builder", "Running"),
        ("final", "Pending"),
    ]
    assert found.requeue_after == action.LOOK
    world.run(a_picture(pictures.Phase.BUILD, builder="Cached", final="Running"))
    world.look()
    assert world.status["progress"] == "1/2"


def test_13_an_empty_line_is_no_news(world):
    world.look()
    world.run(a_picture(pictures.Phase.BUILD, builder="Running", final="Pending"))
    world.look()
    world.lines = dict.fromkeys(world.lines, "")
    world.look()
    assert world.status["stages"][0]["state"] == "Running"


def test_14_a_success_is_published_with_all_that_is_known(published):
    status = published.status
    assert status["image"] == IMAGE
    assert status["published"] == [
        {
            "stage": "final",
            "image": IMAGE,
            "digest": DIGEST,
            "tags": ["registry.example.com/team/hello:1.0"],
            "sizeBytes": 1000,
            "layers": 2,
        }
    ]
    assert status["progress"] == "2/2"
    assert status["cached"] == "0/4"
    assert status["duration"] == "0s"
    assert status["build"]["result"] == "Succeeded"
    assert [(h["number"], h["result"], h["digest"]) for h in status["history"]] == [
        (1, "Succeeded", DIGEST)
    ]


def test_14_without_publish_it_is_built(world):
    world.edit(publish=None)
    world.look()
    world.end(reports_nothing())
    world.look()
    assert world.ready == ("True", "Built", [])
    assert "image" not in world.status


@pytest.mark.parametrize(
    ("facts", "daemon", "reason"),
    [
        ({"exit_code": 137}, "OOMKilled", "OutOfMemory"),
        ({"exit_code": 9}, "OOMKilled", "OutOfMemory"),
        (
            {"exit_code": 1, "log_tail": "cc1: fatal error: Killed signal"},
            "OOMKilled",
            "OutOfMemory",
        ),
        ({"exit_code": 137}, "Completed", "StepKilled"),
        ({"exit_code": 1, "log_tail": "assertion failed"}, "OOMKilled", "StepFailed"),
    ],
    ids=str,
)
def test_14_a_killed_step_is_out_of_memory_where_the_daemon_was_marked_so(
    world, facts, daemon, reason
):
    world.look()
    code = facts["exit_code"]
    error = f"process x did not complete successfully: exit code: {code}"
    world.end(a_failure(error=error, **facts), daemon=terminated(0, reason=daemon))
    world.look()
    assert world.ready == ("False", reason, ["Stalled"])


def test_14_the_daemons_end_is_waited_for_before_memory_is_ruled_out(world):
    world.look()
    error = "process x did not complete successfully: exit code: 137"
    world.end(a_failure(error=error, exit_code=137))
    world.state(world.pod(), "buildkitd", {"running": {}})
    world.look()
    assert world.ready[1] == "Building"
    world.state(world.pod(), "buildkitd", terminated(137, reason="OOMKilled"))
    world.look()
    assert world.ready == ("False", "OutOfMemory", ["Stalled"])
    assert "limits.memory" in world.message()


def test_6_an_edit_of_what_shapes_no_result_replaces_a_build_whose_worker_has_not_begun(world):
    world.look()
    world.edit(resources={"requests": {"cpu": "1"}})
    found = world.look()
    assert (found.delete, found.create) == (("hello-1-1",), ())
    world.look()
    assert list(world.jobs) == ["hello-2-1"]
    assert world.status["build"]["reason"] == "SpecChanged"
    assert [(h["number"], h["result"]) for h in world.status["history"]] == [(1, "Canceled")]


def test_13_an_edit_of_what_shapes_no_result_leaves_a_build_alone_that_runs(world):
    world.look()
    world.run()
    world.edit(resources={"requests": {"cpu": "1"}})
    found = world.look()
    assert (found.delete, found.create) == ((), ())
    world.end(a_success())
    world.look()
    world.look()
    assert (world.ready[1], world.status["build"]["number"]) == ("Published", 1)


def test_a_request_outlives_an_edit_of_its_build_before_the_worker_began(published):
    published.ask("again")
    published.look()
    published.edit(resources={"requests": {"cpu": "1"}})
    for _ in range(2):
        published.look()
    assert published.newest() == "hello-3-1"
    assert published.status["build"]["requestedAt"] == "again"


def test_14_a_success_does_not_wait_for_ever_for_its_last_picture(world):
    world.look()
    world.end(a_success(), picture=a_picture(pictures.Phase.BUILD, builder="Running"))
    world.state(world.pod(), "progress", {"running": {}})
    world.look()
    assert world.ready[1] == "Building"
    world.wait(4)
    world.look()
    assert world.ready == ("True", "Published", [])
    assert [s["state"] for s in world.status["stages"]] == ["Succeeded", "Succeeded"]


def test_14_a_success_of_which_no_picture_was_ever_read_leaves_no_stage_waiting(world):
    world.look()
    world.end(a_success())
    world.lines.clear()
    world.look()
    assert world.ready == ("True", "Published", [])
    assert [s["state"] for s in world.status["stages"]] == ["Succeeded", "Succeeded"]
    assert world.status["progress"] == "2/2"


def test_14_a_failure_whose_last_picture_did_not_arrive_leaves_no_stage_waiting(world):
    world.look()
    running = a_picture(pictures.Phase.BUILD, builder="Running", final="Pending")
    failed = a_failure(error="did not complete successfully: exit code: 1", stage="builder")
    world.end(failed, picture=running)
    world.look()
    assert world.ready == ("False", "StepFailed", ["Stalled"])
    assert [s["state"] for s in world.status["stages"]] == ["Failed", "Canceled"]


def test_a_status_write_that_was_lost_is_made_up_from_the_job(world):
    before = dict(world.status)
    world.look()
    world.raw["status"] = before
    found = world.look()
    assert found.create == ()
    assert world.status["build"]["job"] == "hello-1-1"


def test_old_jobs_go_with_their_row_in_the_history(published):
    for number in range(2, 8):
        published.ask(str(number))
        published.look()
        published.end(a_success())
        published.look()
    published.look()
    assert sorted(published.jobs) == [f"hello-{number}-1" for number in (3, 4, 5, 6, 7)]


def test_a_stage_that_nobody_needs_is_skipped_from_the_start(world):
    world.edit(stages=[*SPEC["stages"], {"name": "other", "from": "alpine:3.18"}])
    world.look()
    world.run(a_picture(pictures.Phase.BUILD, builder="Running", final="Pending", other="Pending"))
    world.look()
    assert [s["state"] for s in world.status["stages"]] == ["Running", "Pending", "Skipped"]
    assert world.status["progress"] == "0/2"


def test_an_event_tells_of_each_change_of_reason_once(world):
    told = [e.reason for _ in range(2) for e in world.look().events]
    world.end(a_success())
    told += [e.reason for _ in range(2) for e in world.look().events]
    assert told == ["Building", "Published"]


def test_times_of_conditions_move_only_with_their_status(published):
    before = published.status["conditions"]
    published.wait(60)
    published.edit(timeoutSeconds=60)
    published.look()
    assert [c["lastTransitionTime"] for c in published.status["conditions"]] == [
        c["lastTransitionTime"] for c in before
    ]


def test_a_status_that_nobody_can_read_is_made_anew(world):
    world.raw["status"] = {"conditions": "broken"}
    assert imagebuild.read(world.raw).status.build is None
    assert world.look().create


def reports_nothing():
    return a_success().__class__()


def test_every_reason_of_a_failure_has_a_mend():
    calm = {Reason.BUILDING, Reason.PUBLISHED, Reason.BUILT, Reason.SUPERSEDED, Reason.CANCELED}
    assert [r for r in Reason if r not in calm and not reasons.mend(r)] == []


@pytest.mark.parametrize(
    ("report", "reason"), [(a_success(), "Published"), (a_failure(), "BuildFailed")]
)
def test_an_event_is_about_the_commit_where_there_is_one(world, report, reason):
    world.look()
    source = sources.Source(orders.MAIN_CONTEXT, commit="4f1c" * 10, ref="main")
    shown = replace(a_picture(builder="Succeeded", final="Succeeded"), sources=(source,))
    world.end(report, picture=shown)
    (event,) = world.look().events
    assert (event.reason, event.revision) == (reason, "4f1c" * 10)


def test_an_event_of_a_failure_without_a_commit_is_about_no_revision(published):
    published.edit(**OTHER)
    published.look()
    published.end(a_failure())
    (event,) = published.look().events
    assert event.revision == "", "the digest is that of the build before"
