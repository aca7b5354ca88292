"""Read, plan, apply and write, against a cluster that may fail at any call."""

import contextlib
import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders import (
    NOW,
    SETTINGS,
    SPEC,
    UID,
    a_success,
    an_imagebuild,
)
from tests.unit.controller.fakes import CrashError, FakeCluster, ends

from imagebuild.api import names
from imagebuild.controller.key import Key
from imagebuild.controller.reconcile import Reconciler
from imagebuild.core import action, plan
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Policy, Registry

KEY = Key("team-a", "hello")
FIRST = ["create ConfigMap hello-1-1", "create Job hello-1-1", "status hello"]


def reconciler(cluster):
    return Reconciler(cluster, settings=lambda _: SETTINGS, now=lambda: NOW)


def status_of(cluster):
    return cluster.objects["ImageBuild", "hello"]["status"]


def ready(cluster):
    condition = next(c for c in status_of(cluster)["conditions"] if c["type"] == "Ready")
    return condition["status"], condition["reason"]


def message(cluster):
    return next(c["message"] for c in status_of(cluster)["conditions"] if c["type"] == "Ready")


async def test_a_new_object_gets_an_order_a_job_and_a_status_in_this_order():
    cluster = FakeCluster(an_imagebuild())
    assert await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == FIRST
    assert ready(cluster) == ("Unknown", "Building")


async def test_looking_again_writes_nothing():
    cluster = FakeCluster(an_imagebuild())
    for _ in range(3):
        await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == FIRST


async def test_an_object_that_is_gone_is_forgotten():
    assert await reconciler(FakeCluster()).reconcile(KEY) is None


@pytest.mark.parametrize("crash_at", range(1, 5))
async def test_a_crash_after_any_write_changes_nothing_in_the_outcome(crash_at):
    cluster = FakeCluster(an_imagebuild(), crash_at=crash_at)
    with contextlib.suppress(CrashError):
        await reconciler(cluster).reconcile(KEY)
    for _ in range(2):
        with contextlib.suppress(CrashError):
            await reconciler(cluster).reconcile(KEY)
    ends(cluster, a_success())
    for _ in range(2):
        with contextlib.suppress(CrashError):
            await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("True", "Published")
    assert status_of(cluster)["progress"] == "2/2"
    assert cluster.writes.count("create Job hello-1-1") == 1
    assert [name for kind, name in cluster.objects if kind == "Job"] == ["hello-1-1"]


async def test_a_job_of_an_earlier_object_of_the_same_name_is_waited_for_and_told():
    cluster = FakeCluster(an_imagebuild())
    await reconciler(cluster).reconcile(KEY)
    cluster.objects["ImageBuild", "hello"] = an_imagebuild(uid="another")
    cluster.writes.clear()
    assert await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == ["status hello"]
    assert "hello-1-1 is still that of another ImageBuild" in message(cluster)
    del cluster.objects["Job", "hello-1-1"], cluster.objects["ConfigMap", "hello-1-1"]
    cluster.writes.clear()
    await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == FIRST


async def test_an_order_of_a_spec_that_is_no_more_is_replaced():
    cluster = FakeCluster(an_imagebuild(), crash_at=1)
    with pytest.raises(CrashError):
        await reconciler(cluster).reconcile(KEY)
    changed = cluster.objects["ImageBuild", "hello"]
    changed["spec"]["stages"] = [{"name": "final", "from": "alpine:3.19"}]
    assert await reconciler(cluster).reconcile(KEY)
    await reconciler(cluster).reconcile(KEY)
    order = cluster.objects["ConfigMap", "hello-1-1"]["metadata"]["annotations"]
    job = cluster.objects["Job", "hello-1-1"]["metadata"]["annotations"]
    assert order[names.ANNOTATION_INPUTS] == job[names.ANNOTATION_INPUTS]


async def test_a_refusal_is_told_in_the_api_servers_words_and_mended_by_itself():
    refused = {"Job": 'jobs "hello-1-1" is forbidden: exceeded quota: q'}
    cluster = FakeCluster(an_imagebuild(), refuse=refused)
    assert await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "QuotaExceeded")
    cluster.refuse = {}
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "Building")


async def test_a_config_map_that_appears_starts_the_build():
    build = an_imagebuild()
    build["spec"]["context"] = {"configMap": {"name": "sources"}}
    cluster = FakeCluster(build)
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "ContextNotFound")
    cluster.objects["ConfigMap", "sources"] = {"metadata": {"labels": {}}, "data": {"a": "b"}}
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "Building")


async def test_values_of_arguments_are_read_and_follow_their_config_map():
    build = an_imagebuild()
    key = {"name": "versions", "key": "go"}
    build["spec"]["args"] = [{"name": "GO", "valueFrom": {"configMapKeyRef": key}}]
    cluster = FakeCluster(build)
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "ContextNotFound")
    cluster.objects["ConfigMap", "versions"] = {"metadata": {"labels": {}}, "data": {"go": "1"}}
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "Building")


def taking_from(other, **metadata):
    """An ImageBuild that takes files from another."""
    spec = {**SPEC, "context": {"imageBuild": {"name": other}}}
    return an_imagebuild(spec=spec, **metadata)


async def test_another_imagebuilds_image_is_read_from_its_status():
    base = an_imagebuild(name="base", uid="uid-of-base")
    cluster = FakeCluster(taking_from("base"), base)
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "WaitingForImageBuild")
    image = f"registry.example.com/base@sha256:{'a' * 64}"
    base["status"] = {"published": [{"stage": "final", "image": image}]}
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "Building")


async def test_a_circle_is_found_over_the_imagebuilds_that_others_name():
    others = [taking_from("b", name="a", uid="a"), taking_from("hello", name="b", uid="b")]
    cluster = FakeCluster(taking_from("a"), *others)
    assert await reconciler(cluster).reconcile(KEY) == action.LOOK_FOR_CONTEXT
    assert ready(cluster) == ("False", "InvalidSpec")
    assert "hello <- a <- b <- hello" in message(cluster)


async def test_a_chain_without_an_end_is_followed_only_so_far():
    chain = [taking_from(f"b{n + 1}", name=f"b{n}", uid=f"b{n}") for n in range(300)]
    cluster = FakeCluster(taking_from("b0"), *chain)
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", "WaitingForImageBuild")
    assert cluster.reads < 70


@pytest.mark.parametrize(
    ("has_flux", "found", "reason", "words"),
    [
        (False, None, "ContextNotFound", "Flux is not installed"),
        (True, None, "ContextNotFound", "there is no Bucket assets"),
        (True, {}, "ContextNotFound", "Bucket assets has no artifact yet"),
        (True, {"url": "http://flux/a", "digest": f"sha256:{'a' * 64}"}, "Building", ""),
    ],
)
async def test_a_source_of_flux_is_read_if_flux_is_there(has_flux, found, reason, words):
    build = an_imagebuild()
    build["spec"]["context"] = {"flux": {"kind": "Bucket", "name": "assets"}}
    cluster = FakeCluster(build)
    cluster.has_flux = has_flux
    if found is not None:
        bucket = {"metadata": {"labels": {}}, "status": {"artifact": found}}
        cluster.objects["Bucket", "assets"] = bucket
    await reconciler(cluster).reconcile(KEY)
    assert ready(cluster) == ("Unknown", reason)
    assert words in message(cluster)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {names.LABEL_OWNER: UID}},
        {"ownerReferences": []},
        {"annotations": {}},
        {"labels": {names.LABEL_OWNER: UID, names.LABEL_BUILD: "x", names.LABEL_ATTEMPT: "1"}},
    ],
    ids=["no numbers", "no owner", "no annotations", "no number"],
)
async def test_a_job_that_only_bears_our_label_is_no_attempt(change):
    other = FakeCluster(an_imagebuild())
    await reconciler(other).reconcile(KEY)
    job = other.objects["Job", "hello-1-1"]
    job["metadata"] |= {"name": "stray", **change}
    cluster = FakeCluster(an_imagebuild())
    cluster.objects["Job", "stray"] = job
    await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == FIRST


async def test_a_pod_that_outlives_its_job_is_waited_for():
    cluster = FakeCluster(an_imagebuild())
    await reconciler(cluster).reconcile(KEY)
    job = cluster.objects.pop(("Job", "hello-1-1"))
    cluster.objects["Pod", "hello-x"] = {
        "metadata": {
            "name": "hello-x",
            "labels": job["metadata"]["labels"],
            "ownerReferences": [{"uid": job["metadata"]["uid"]}],
        },
        "status": {"phase": "Running"},
    }
    assert await reconciler(cluster).reconcile(KEY)
    assert ("Job", "hello-1-2") not in cluster.objects
    del cluster.objects["Pod", "hello-x"]
    await reconciler(cluster).reconcile(KEY)
    assert ("Job", "hello-1-2") in cluster.objects
    assert ("ConfigMap", "hello-1-1") not in cluster.objects, "its order would stay for ever"


async def test_a_mistake_of_ours_is_told_once_and_not_tried_in_silence(monkeypatch):
    cluster = FakeCluster(an_imagebuild())

    def mistaken(*_):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(plan, "plan", mistaken)
    assert await reconciler(cluster).reconcile(KEY) == plan.LOOK_AT_MISTAKE
    assert ready(cluster) == ("False", "InternalError")
    assert "ZeroDivisionError: by zero" in message(cluster)
    await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == ["status hello"]


async def test_with_many_builds_each_is_looked_at_less_often():
    builds = {n: an_imagebuild(name=f"b{n}", uid=f"uid-{n}") for n in range(101)}
    cluster = FakeCluster(*builds.values())
    one = reconciler(cluster)
    waits = [await one.reconcile(Key("team-a", f"b{n}")) for n in builds]
    assert (waits[19], waits[20], waits[100]) == (action.LOOK, action.LOOK * 2, action.LOOK * 5)


async def test_an_event_that_is_lost_stops_nothing():
    cluster = FakeCluster(an_imagebuild())
    cluster.event_fails = True
    assert await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == FIRST


async def test_spec_labels_and_annotations_stay_as_the_user_wrote_them():
    cluster = FakeCluster(an_imagebuild())
    before = {k: v for k, v in an_imagebuild().items() if k != "status"}
    await reconciler(cluster).reconcile(KEY)
    after = {k: v for k, v in cluster.objects["ImageBuild", "hello"].items() if k != "status"}
    assert after == before


def named(name):
    return an_imagebuild(name=name, uid=f"uid-of-{name}")


def phase_of(cluster, name):
    conditions = cluster.objects["ImageBuild", name]["status"]["conditions"]
    return next(c["reason"] for c in conditions if c["type"] == "Ready")


async def test_other_defaults_start_no_pod():
    names_of = [f"hello-{number}" for number in range(10)]
    cluster, held, clock = FakeCluster(*map(named, names_of)), [SETTINGS], [NOW]
    found = Reconciler(cluster, settings=lambda _: held[0], now=lambda: clock[0])
    for name in names_of:
        await found.reconcile(Key("team-a", name))
        clock[0] += timedelta(minutes=1)
        ends(cluster, a_success(), pod=f"{name}-x")
        await found.reconcile(Key("team-a", name))
        assert phase_of(cluster, name) == "Published"
    published, before = len(cluster.writes), copy.deepcopy(cluster.objects)
    policy = Policy(push_to=("r.io/*",), lint="Fail", max_timeout_seconds=9)
    held[0] = replace(
        SETTINGS,
        builder_image="builder:2",
        profile=Profile(Kind.UNCONFINED),
        registries={"r.io": Registry(http=True)},
        resources={"limits": {"memory": "1Gi"}},
        timeout_seconds=9,
        policy=policy,
    )
    clock[0] += timedelta(hours=1)
    for name in names_of:
        await found.reconcile(Key("team-a", name))
    assert len(cluster.writes) == published
    assert cluster.objects == before


async def test_who_waits_for_other_settings_is_known_until_they_are_there():
    held, clock = [replace(SETTINGS, policy=Policy(push_to=("r.io/*",)))], [NOW]
    cluster = FakeCluster(an_imagebuild())
    found = Reconciler(cluster, settings=lambda _: held[0], now=lambda: clock[0])
    assert await found.reconcile(KEY) is None
    assert (ready(cluster), found.denied) == (("False", "PolicyDenied"), {KEY})
    held[0] = SETTINGS
    clock[0] += timedelta(minutes=1)
    await found.reconcile(KEY)
    assert (ready(cluster), found.denied) == (("Unknown", "Building"), set())


async def test_who_is_gone_waits_for_nothing():
    cluster = FakeCluster(an_imagebuild())
    settings = replace(SETTINGS, policy=Policy(push_to=("r.io/*",)))
    found = Reconciler(cluster, settings=lambda _: settings, now=lambda: NOW)
    await found.reconcile(KEY)
    del cluster.objects["ImageBuild", "hello"]
    await found.reconcile(KEY)
    assert found.denied == set()


async def test_settings_are_those_of_the_objects_namespace():
    asked = []

    def settings(namespace):
        asked.append(namespace)
        return SETTINGS

    await Reconciler(FakeCluster(an_imagebuild()), settings=settings, now=lambda: NOW).reconcile(
        KEY
    )
    assert set(asked) == {"team-a"}
