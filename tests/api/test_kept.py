"""ConfigMaps that are kept beside the status, under the operator's own rights."""

from tests import cluster
from tests.api.conftest import DIGEST, IMAGE, SPEC, SUCCESS

REPOSITORY = "registry.example.com/team/hello"
OTHER = {**SPEC, "stages": [SPEC["stages"][0], {**SPEC["stages"][1], "cmd": ["/main"]}]}


def published(stage, **fields):
    stage.apply({**SPEC, **fields})
    stage.end(SUCCESS)
    return stage.until("Published")


def test_what_was_published_stands_in_a_config_map_for_as_long_as_it_is_asked_for(stage):
    found = published(stage, imageConfigMap="Write")
    made = stage.kubectl.get("configmap", "hello-image")
    expected = {
        "IMAGE": f"{REPOSITORY}@{DIGEST}",
        "DIGEST": DIGEST,
        "REPOSITORY": REPOSITORY,
        "TAGS": IMAGE,
    }
    assert made["data"] == {**expected, **{f"{k}_FINAL": v for k, v in expected.items()}}
    assert made["metadata"]["labels"]["reconcile.fluxcd.io/watch"] == "Enabled"
    assert made["metadata"]["ownerReferences"][0]["uid"] == found["metadata"]["uid"]

    stage.apply({**SPEC, "imageConfigMap": "None"})
    cluster.wait_until(
        lambda: stage.kubectl.get("configmap", "hello-image") is None,
        what="ConfigMap hello-image is gone",
        seconds=20,
    )
    stage.apply({**SPEC, "imageConfigMap": "Write"})
    cluster.wait_until(
        lambda: stage.kubectl.get("configmap", "hello-image"),
        what="ConfigMap hello-image is there again",
        seconds=20,
    )
    assert stage.jobs() == ["hello-1-1"], "it shapes no image"


def test_it_follows_what_is_published_and_is_changed_in_place(stage):
    published(stage, imageConfigMap="Write")
    before = stage.kubectl.get("configmap", "hello-image")
    stage.kubectl("label", "configmap", "hello-image", "team=a")
    tag = f"{REPOSITORY}:2.0"
    spec = {**SPEC, "imageConfigMap": "Write", "publish": [{"stage": "final", "images": [tag]}]}
    stage.apply(spec)
    stage.end(SUCCESS, job="hello-2-1")
    stage.until("Published", build=2)
    after = stage.kubectl.get("configmap", "hello-image")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["labels"]["team"] == "a"
    assert after["data"]["TAGS"] == tag


def test_a_config_map_of_somebody_else_is_left_alone_and_named(stage):
    stage.kubectl("create", "configmap", "hello-image", "--from-literal=IMAGE=theirs")
    found = published(stage, imageConfigMap="Write")
    assert cluster.condition(found)["status"] == "True"
    said = "there is a ConfigMap hello-image already that is no ImageBuild's; delete it"
    assert said in cluster.condition(found)["message"]
    assert stage.kubectl.get("configmap", "hello-image")["data"] == {"IMAGE": "theirs"}


def test_a_log_that_is_not_to_be_had_stops_nothing(stage):
    found = published(stage)
    stage.settle()
    again = stage.imagebuild()
    assert again["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]
    assert "log" not in again["status"]["build"]
    assert stage.kubectl.get("configmap", "hello-1-1-log") is None


def test_waiting_right_after_an_edit_does_not_take_the_build_before_for_the_new_one(stage):
    published(stage)
    stage.apply(OTHER)
    wait = ("wait", "--for=condition=Ready", "imagebuild/hello")
    said = stage.kubectl(*wait, "--timeout=2s", check=False)
    assert "timed out" in said, "it is the old build that is ready"
    stage.end(SUCCESS, job="hello-2-1")
    assert "condition met" in stage.kubectl(*wait, "--timeout=20s")


def test_every_condition_says_which_generation_it_is_about(stage):
    for generation, spec in enumerate((SPEC, OTHER, {**OTHER, "suspend": True}), start=1):
        stage.apply(spec)
        found = cluster.wait_until(
            lambda want=generation: settled(stage, want),
            what=f"generation {generation} is looked at",
            seconds=20,
        )
        conditions = found["status"]["conditions"]
        assert {c["observedGeneration"] for c in conditions} == {generation}


def settled(stage, generation):
    found = stage.imagebuild()
    return found["status"]["observedGeneration"] == generation and found


def test_events_name_what_was_published(stage):
    published(stage)

    def told():
        about = "involvedObject.kind=ImageBuild,involvedObject.name=hello,reason=Published"
        return stage.kubectl.items("events", "--field-selector", about)

    (event,) = cluster.wait_until(told, what="the Event of the end", seconds=10)
    assert event["metadata"]["annotations"] == {"imagebuild.dev/revision": DIGEST}
