"""What is kept of ended builds: whose logs are due, and what ConfigMap NAME-image holds."""

import re
from datetime import timedelta

import pytest
from tests.builders import DIGEST, SETTINGS, SPEC, UID, World, a_failure, a_success, an_imagebuild

from imagebuild.core import action, imagebuild
from imagebuild.core.kept import image, logs
from imagebuild.core.owner import Owner
from imagebuild.core.settings import Logs

OWNER = Owner("team-a", "hello", UID)
OTHER = {"stages": [{"name": "final", "from": "alpine:3.19"}], "publish": None}
# The names that Flux takes from a ConfigMap (kustomize-controller, postBuild).
VARIABLE = r"[_A-Za-z][_A-Za-z0-9]*"


@pytest.fixture
def world():
    return World()


def with_logs(world, **facts):
    world.settings = SETTINGS.__class__(**{**vars_of(SETTINGS), "logs": Logs(**facts)})


def vars_of(settings):
    return {name: getattr(settings, name) for name in settings.__slots__}


def keep(world, found):
    """Keep what is due of a plan, as the controller does; returns the Jobs."""
    for due in found.keep:
        status = imagebuild.read(world.raw).status
        world.raw["status"] = logs.told(status, due, "team-a").to_json()
    return [due.job for due in found.keep]


@pytest.mark.parametrize("report", [a_success(), a_failure()])
def test_the_log_of_an_ended_build_is_due_until_the_status_names_it(world, report):
    assert world.look().keep == ()
    world.run()
    assert world.look().keep == ()
    world.end(report)
    assert keep(world, world.look()) == ["hello-1-1"]
    assert world.look().keep == ()
    assert world.status["history"][0]["log"] == "hello-1-1-log"
    assert world.status["build"]["log"] == {
        "configMap": "hello-1-1-log",
        "command": "kubectl get configmap -n team-a hello-1-1-log "
        r"-o jsonpath='{.binaryData.log\.gz}' | base64 -d | gunzip",
    }


def test_the_status_of_the_end_does_not_wait_for_the_log(world):
    world.look()
    world.end(a_success())
    world.look()
    assert world.ready == ("True", "Published", [])
    assert "log" not in world.status["build"]


def test_a_log_that_was_kept_changes_no_reason_and_tells_no_event(world):
    world.look()
    world.end(a_success())
    found = world.look()
    assert [event.reason for event in found.events] == ["Published"]
    keep(world, found)
    assert world.look().events == ()


def test_a_setting_of_0_keeps_nothing(world):
    with_logs(world, kept_kib=0)
    world.look()
    world.end(a_success())
    assert world.look().keep == ()


def test_of_several_attempts_the_log_of_the_last_is_due(world):
    world.look()
    world.run()
    world.lose()
    world.look()
    world.end(a_success())
    assert keep(world, world.look()) == ["hello-1-2"]


def test_a_build_that_is_left_behind_is_ended_after_its_log_was_kept(world):
    world.look()
    world.run()
    world.edit(**OTHER)
    found = world.look()
    assert found.delete == ("hello-1-1",)
    assert [due.job for due in found.keep] == ["hello-1-1"]


def test_a_worker_that_never_began_has_no_log(world):
    world.look()
    world.pod()
    world.edit(**OTHER)
    found = world.look()
    assert (found.delete, found.keep) == (("hello-1-1",), ())


def test_a_log_is_looked_for_where_its_pod_is_gone_and_the_job_is_there(world):
    world.look()
    world.end(a_success())
    world.look()
    world.pods = {}
    (due,) = world.look().keep
    assert (due.job, due.pod) == ("hello-1-1", None)


def test_logs_of_builds_before_the_newest_are_due_too(world):
    world.look()
    world.end(a_success())
    world.look()
    world.ask("again")
    world.look()
    world.end(a_success())
    assert [due.job for due in world.look().keep] == ["hello-2-1", "hello-1-1"]


def test_logs_go_with_their_row_in_the_history(world):
    with_logs(world)
    for number in range(1, 8):
        world.ask(str(number))
        world.look()
        world.end(a_success())
        found = world.look()
        assert found.drop == ((f"hello-{number - 5}-1-log",) if number > 5 else ())
        keep(world, found)
    assert world.look().drop == ()


def test_a_failure_names_the_kept_log_once_its_pod_is_gone(world):
    world.look()
    world.end(a_failure())
    keep(world, world.look())
    world.look()
    assert world.status["failure"]["command"] == "kubectl logs -n team-a job/hello-1-1 -c build"
    world.pods = {}
    world.look()
    command = world.status["build"]["log"]["command"]
    assert world.status["failure"]["command"] == command
    assert world.message().endswith(f"More: {command}")
    assert world.look().events == ()


def test_what_described_a_pod_gives_way_to_the_kept_log_too(world):
    world.look()
    world.end(a_failure())
    world.pod()["status"] |= {"phase": "Failed", "reason": "Evicted", "message": "low on disk"}
    keep(world, world.look())
    world.look()
    assert world.status["failure"]["command"].startswith("kubectl describe ")
    world.pods = {}
    world.look()
    assert world.status["failure"]["command"] == world.status["build"]["log"]["command"]


def test_an_invalid_spec_keeps_its_own_words_though_a_log_was_kept(world):
    world.look()
    world.end(a_failure())
    keep(world, world.look())
    world.pods = {}
    world.edit(stages=[{"name": "final", "from": "biulder"}])
    for _ in range(2):
        world.look()
        assert "command" not in world.status["failure"]


URL = "https://logs.example.com/?q=$(namespace)/$(name)/$(number)/$(job)/$(pod)/$(container)"


@pytest.mark.parametrize("kib", [0, 128])
def test_the_log_store_is_named_when_the_build_ended(world, kib):
    with_logs(world, kept_kib=kib, url=URL)
    world.look()
    world.run()
    world.look()
    assert "log" not in world.status["build"]
    world.end(a_success())
    keep(world, world.look())
    log = world.status["build"]["log"]
    url = "https://logs.example.com/?q=team-a/hello/1/hello-1-1/hello-1-1-x/build"
    assert log["url"] == url
    assert ("configMap" in log) == bool(kib)


def test_what_stands_in_a_url_is_quoted():
    world = World(raw=an_imagebuild(name="a.b"))
    with_logs(world, url="http://l/$(name)?p=$(pod)")
    world.look()
    world.end(a_success())
    world.pod()["metadata"]["name"] = "a&b/ç"
    world.look()
    assert world.status["build"]["log"]["url"] == "http://l/a.b?p=a%26b%2F%C3%A7"


def test_the_config_map_is_immutable_and_the_imagebuilds():
    found = logs.config_map(OWNER, logs.Keep("hello-1-1", 1, 1, "x"), b"\x1f\x8b")
    assert found["metadata"]["name"] == "hello-1-1-log"
    assert found["immutable"] is True
    assert found["binaryData"] == {"log.gz": "H4s="}
    assert found["metadata"]["ownerReferences"] == [OWNER.reference]


# ConfigMap NAME-image.


def test_what_was_published_is_written_only_where_it_is_asked_for(world):
    world.look()
    world.end(a_success())
    assert world.look().image == {}
    world.edit(imageConfigMap="Write")
    found = world.look()
    repository = "registry.example.com/team/hello"
    expected = {
        "IMAGE": f"{repository}@{DIGEST}",
        "DIGEST": DIGEST,
        "REPOSITORY": repository,
        "TAGS": f"{repository}:1.0",
    }
    assert found.image == {**expected, **{f"{k}_FINAL": v for k, v in expected.items()}}
    world.edit(imageConfigMap="None")
    assert world.look().image == {}


def test_as_long_as_it_is_there_it_is_looked_after_once_a_minute(world):
    world.look()
    world.end(a_success())
    assert world.look().requeue_after is None
    world.edit(imageConfigMap="Write")
    assert world.look().requeue_after == action.LOOK_AT_IMAGE == timedelta(seconds=60)
    world.edit(imageConfigMap="None")
    assert world.look().requeue_after is None


def test_asking_for_it_builds_nothing(world):
    world.look()
    world.end(a_success())
    world.look()
    before = world.status["build"]
    world.edit(imageConfigMap="Write")
    assert world.look().create == ()
    assert world.status["build"]["inputs"] == before["inputs"]


@pytest.mark.parametrize("happens", [lambda w: w.look(), lambda w: w.end(a_failure())])
def test_asking_for_it_neither_replaces_a_build_nor_tries_one_again(world, happens):
    world.look()
    happens(world)
    world.look()
    world.edit(imageConfigMap="Write")
    found = world.look()
    assert (found.create, found.delete) == ((), ())
    assert world.status["build"]["number"] == 1


def test_it_stays_as_it_is_while_a_build_is_under_way(world):
    world.edit(imageConfigMap="Write")
    assert world.look().image is None
    world.end(a_success())
    assert world.look().image
    world.ask("again")
    assert world.look().image is None


def test_it_keeps_the_last_image_when_a_later_build_fails(world):
    world.edit(imageConfigMap="Write")
    world.look()
    world.end(a_success())
    before = world.look().image
    world.edit(stages=[SPEC["stages"][0], {"name": "final", "from": "alpine:3.19"}])
    world.look()
    world.end(a_failure())
    assert world.look().image == before


def published(*entries):
    rows = [
        {"stage": stage, "image": image, "digest": DIGEST, "tags": [tag] if tag else []}
        for stage, image, tag in entries
    ]
    raw = an_imagebuild(status={"published": [{k: v for k, v in r.items() if v} for r in rows]})
    return imagebuild.read(raw).status.published


def test_each_stage_has_its_own_keys_and_the_first_in_a_registry_those_without():
    found = image.data(
        published(
            ("archived", None, None),
            ("api-server", f"r/api@{DIGEST}", "r/api:1"),
            ("api-server", f"r/mirror@{DIGEST}", "r/mirror:1"),
            ("web.ui", f"localhost:5000/web@{DIGEST}", "localhost:5000/web:2"),
            (None, f"r/last@{DIGEST}", "r/last:1"),
        )
    )
    assert all(re.fullmatch(VARIABLE, key) for key in found)
    assert found["IMAGE"] == found["IMAGE_API_SERVER"] == f"r/api@{DIGEST}"
    assert found["REPOSITORY_WEB_UI"] == "localhost:5000/web"
    assert found["TAGS_WEB_UI"] == "localhost:5000/web:2"
    assert not any("ARCHIVED" in key for key in found)


def test_nothing_published_is_no_config_map():
    assert image.data(published(("final", None, None))) == {}


def test_flux_is_told_of_each_change():
    found = image.config_map(OWNER, {"IMAGE": "a"})
    assert found["metadata"]["labels"]["reconcile.fluxcd.io/watch"] == "Enabled"
    assert found["metadata"]["ownerReferences"] == [OWNER.reference]


@pytest.mark.parametrize(("length", "fits"), [(247, True), (248, False)])
def test_a_name_with_which_no_object_could_be_named_is_an_invalid_spec(length, fits):
    raw = an_imagebuild(name="a" * length, spec={**SPEC, "imageConfigMap": "Write"})
    world = World(raw=raw)
    world.look()
    assert (world.ready[1] != "InvalidSpec") == fits
    world.edit(imageConfigMap=None)
    world.look()
    assert world.ready[1] == "Building"


AB = [{"name": name, "from": "alpine:3.18"} for name in ("a-b", "a.b", "c")]
TAG = "registry.example.com/team/hello:"
TWO = [{"stage": "a-b", "images": [f"{TAG}1"]}, {"stage": "a.b", "images": [f"{TAG}2"]}]


@pytest.mark.parametrize(
    "spec",
    [
        {"stages": AB, "publish": TWO},
        {"stages": AB[:2], "publish": [TWO[0], {"images": [f"{TAG}2"]}]},
        {"dockerfile": {"inline": "FROM scratch"}, "publish": TWO},
    ],
)
def test_two_stages_in_one_key_are_an_invalid_spec(spec):
    world = World(raw=an_imagebuild(spec={**spec, "imageConfigMap": "Write"}))
    world.look()
    assert world.ready[1] == "InvalidSpec"
    words = "a-b and a.b would both be IMAGE_A_B in the ConfigMap. Mend: rename"
    assert f"spec.publish[1].stage: {words}" in world.message()
    world.edit(imageConfigMap=None)
    world.look()
    assert world.ready[1] == "Building"


@pytest.mark.parametrize(
    "publish",
    [
        [TWO[0], {"stage": "c", "images": [f"{TAG}2"]}],
        [
            TWO[0],
            {
                "stage": "a.b",
                "archive": {"persistentVolumeClaim": {"claimName": "i"}, "path": "i.tar"},
            },
        ],
    ],
)
def test_stages_with_keys_of_their_own_or_none_are_no_mistake(publish):
    world = World(
        raw=an_imagebuild(spec={"stages": AB, "publish": publish, "imageConfigMap": "Write"})
    )
    assert world.look().create
