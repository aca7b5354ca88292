"""What Argo CD makes of an ImageBuild in every phase, and what its actions change."""

import copy
from datetime import timedelta
from pathlib import Path

import gitops
import pytest
import yaml
from tests import phases
from tests.unit.gitops import argocd

from imagebuild.api import names
from imagebuild.core import imagebuild

ROOT = Path(__file__).parents[3]
HEALTH = {
    phases.IN_PROGRESS: "Progressing",
    phases.CURRENT: "Healthy",
    phases.FAILED: "Degraded",
}
# Of an object that is being deleted Argo CD asks no script: it is Progressing.
LIVING = [name for name, found in phases.KSTATUS.items() if found != phases.TERMINATING]
ACTIONS = ("rebuild", "suspend", "resume")


def health(found):
    return argocd.run(argocd.script("health.lua"), found)


def act(action, found, **more):
    return argocd.run(argocd.script(f"actions/{action}/action.lua"), found, **more)


def offered(found):
    """The actions that people can choose."""
    all_of_them = argocd.run(argocd.script("actions/discovery.lua"), found)
    assert set(all_of_them) == set(ACTIONS)
    return {name for name, action in all_of_them.items() if not action["disabled"]}


def ready(found):
    (condition,) = [c for c in found["status"]["conditions"] if c["type"] == "Ready"]
    return condition


@pytest.mark.parametrize("phase", LIVING)
def test_the_health_is_what_kstatus_says_but_for_what_is_suspended(phase):
    found = phases.OBJECTS[phase]
    suspended = phases.REASONS[phase] == "Suspended"
    expected = "Suspended" if suspended else HEALTH[phases.KSTATUS[phase]]
    assert health(found)["status"] == expected, found["status"]


@pytest.mark.parametrize("phase", LIVING)
def test_the_message_is_that_of_the_present_generation(phase):
    found = phases.OBJECTS[phase]
    if found["status"]["observedGeneration"] == found["metadata"]["generation"]:
        condition = ready(found)
        expected = f"{condition['reason']}: {condition['message']}"
    else:
        expected = "The operator has not looked at this generation yet"
    assert health(found)["message"] == expected


def test_a_failure_keeps_no_health_of_the_image_before():
    found = phases.OBJECTS["published, the next build failed"]
    assert found["status"]["image"]
    assert health(found)["status"] == "Degraded"


def test_an_answer_to_an_older_generation_is_none():
    found = copy.deepcopy(phases.OBJECTS["failed: StepFailed"])
    found["metadata"]["generation"] += 1
    assert health(found)["status"] == "Progressing"


def test_an_object_without_a_status_is_waited_for():
    found = copy.deepcopy(phases.OBJECTS["unseen"])
    del found["status"]
    assert health(found)["status"] == "Progressing"


def test_a_request_is_new_each_second_and_takes_nothing_else_with_it():
    found = copy.deepcopy(phases.OBJECTS["published"])
    found["metadata"].pop("annotations", None)
    first = act("rebuild", found)
    second = act("rebuild", first, now=argocd.NOW + timedelta(seconds=1))
    asked = [item["metadata"].pop("annotations") for item in (first, second)]
    key = names.ANNOTATION_REQUESTED_AT
    assert asked == [{key: "2026-01-31T12:00:00Z"}, {key: "2026-01-31T12:00:01Z"}]
    assert first == second == found


def test_the_operator_takes_a_request_for_one():
    asked = act("rebuild", phases.OBJECTS["published"])
    assert imagebuild.read(asked).requested == ("2026-01-31T12:00:00Z",)


def test_a_request_keeps_the_other_annotations():
    found = copy.deepcopy(phases.OBJECTS["published"])
    found["metadata"]["annotations"] = {"kept": "as it is"}
    assert act("rebuild", found)["metadata"]["annotations"]["kept"] == "as it is"


@pytest.mark.parametrize("phase", LIVING)
def test_what_is_resumed_is_as_it_was_before_it_was_suspended(phase):
    found = copy.deepcopy(phases.OBJECTS[phase])
    found["spec"].pop("suspend", None)
    suspended = act("suspend", found)
    assert suspended == {**found, "spec": {**found["spec"], "suspend": True}}
    assert imagebuild.read(suspended).problems == imagebuild.read(found).problems
    assert act("resume", suspended) == found


def test_only_what_has_an_effect_is_offered():
    assert offered(phases.OBJECTS["published"]) == {"rebuild", "suspend"}
    assert offered(phases.OBJECTS["suspended and published"]) == {"resume"}
    resumed = act("resume", phases.OBJECTS["suspended and published"])
    assert offered(resumed) == {"rebuild", "suspend"}


# The files as Argo CD's own tests read them, of objects that a cluster gave.


def recorded_health():
    return argocd.recorded("health_test.yaml")["tests"]


@pytest.mark.parametrize("test", recorded_health(), ids=lambda test: test["inputPath"])
def test_the_health_of_recorded_objects_is_as_told(test):
    assert health(argocd.recorded(test["inputPath"])) == test["healthStatus"]


def test_every_health_is_recorded():
    told = {test["healthStatus"]["status"] for test in recorded_health()}
    assert told == {"Suspended", *HEALTH.values()}


@pytest.mark.parametrize(
    "test",
    argocd.recorded("actions/action_test.yaml")["discoveryTests"],
    ids=lambda test: test["inputPath"],
)
def test_what_is_offered_of_recorded_objects_is_as_told(test):
    found = argocd.recorded(f"actions/{test['inputPath']}")
    shown = argocd.run(argocd.script("actions/discovery.lua"), found)
    assert [{"name": name, **shown[name]} for name in ACTIONS] == test["result"]


@pytest.mark.parametrize(
    "test",
    argocd.recorded("actions/action_test.yaml")["actionTests"],
    ids=lambda test: test["action"],
)
def test_what_an_action_makes_of_recorded_objects_is_as_told(test):
    found = act(test["action"], argocd.recorded(f"actions/{test['inputPath']}"))
    annotations = found["metadata"].get("annotations", {})
    if names.ANNOTATION_REQUESTED_AT in annotations:  # as Argo CD's tests do with all times
        annotations[names.ANNOTATION_REQUESTED_AT] = "0001-01-01T00:00:00Z"
    assert found == argocd.recorded(f"actions/{test['expectedOutputPath']}")


def test_the_patch_of_argo_cds_config_map_holds_the_same_scripts():
    text = (ROOT / "manifests/gitops/argocd/argocd-cm.yaml").read_text()
    data = yaml.safe_load(text)["data"]
    kind = f"{names.GROUP}_{names.KIND}"
    assert data[f"resource.customizations.health.{kind}"] == argocd.script("health.lua")
    actions = yaml.safe_load(data[f"resource.customizations.actions.{kind}"])
    assert actions["discovery.lua"] == argocd.script("actions/discovery.lua")
    scripts = {item["name"]: item["action.lua"] for item in actions["definitions"]}
    assert scripts == {name: argocd.script(f"actions/{name}/action.lua") for name in ACTIONS}
    assert len(data) == 2
    assert text == gitops.argocd_cm(), "to do: run hack/generate"


def test_nothing_that_argo_cd_does_not_have_can_be_used():
    """Else the scripts might pass here and fail there."""
    for text in ("return os.date('!%X')", "return string.len('a')", "return ('a'):len()"):
        with pytest.raises(Exception, match=r"attempt to (index|call)"):
            argocd.run(text, {})
