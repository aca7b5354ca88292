"""Logs and what was published are kept in ConfigMaps, whatever refuses or goes in between."""

import base64
import contextlib
import dataclasses
import gzip
from datetime import timedelta

import pytest
from kubernetes.aio.client import exceptions
from tests.builders import DIGEST, NOW, SETTINGS, SPEC, UID, a_failure, a_success, an_imagebuild
from tests.unit.controller.fakes import CrashError, FakeCluster, ends

from imagebuild.controller import cluster as clusters
from imagebuild.controller import keep
from imagebuild.controller.key import Key
from imagebuild.controller.reconcile import Reconciler

KEY = Key("team-a", "hello")
LOG = b"2026-01-31T12:00:00.000000001Z #1 begun\n2026-01-31T12:00:00.000000002Z #1 DONE\n"
PLAIN = b"#1 begun\n#1 DONE\n"
OTHER = {"stages": [{"name": "final", "from": "alpine:3.19"}]}


def reconciler(cluster, settings=SETTINGS):
    """One for which a second goes by with each look."""

    def now():
        return NOW + timedelta(seconds=cluster.reads)

    return Reconciler(cluster, settings=lambda _: settings, now=now)


def status_of(cluster):
    return cluster.objects["ImageBuild", "hello"]["status"]


def ready(cluster):
    condition = next(c for c in status_of(cluster)["conditions"] if c["type"] == "Ready")
    return condition["status"], condition["reason"], condition["message"]


def kept(cluster, name="hello-1-1-log"):
    found = cluster.objects["ConfigMap", name]
    return gzip.decompress(base64.b64decode(found["binaryData"]["log.gz"]))


async def ended(report, **facts):
    """A cluster in which the worker of the first build has just ended."""
    cluster = FakeCluster(an_imagebuild(**facts))
    cluster.logs = {"hello-x": LOG}
    await reconciler(cluster).reconcile(KEY)
    ends(cluster, report)
    cluster.writes.clear()
    return cluster


def edit(cluster, **changes):
    build = cluster.objects["ImageBuild", "hello"]
    build["spec"] |= changes
    build["metadata"]["generation"] += 1


@pytest.mark.parametrize("report", [a_success(), a_failure()])
async def test_a_log_is_kept_after_the_end_was_told_and_named_by_one_more_write(report):
    cluster = await ended(report)
    one = reconciler(cluster)
    assert await one.reconcile(KEY) == timedelta(seconds=1)
    assert cluster.writes == ["status hello", "create ConfigMap hello-1-1-log"]
    await one.reconcile(KEY)
    assert cluster.writes == ["status hello", "create ConfigMap hello-1-1-log", "status hello"]
    assert kept(cluster) == PLAIN
    assert status_of(cluster)["build"]["log"]["configMap"] == "hello-1-1-log"
    assert status_of(cluster)["history"][0]["log"] == "hello-1-1-log"
    metadata = cluster.objects["ConfigMap", "hello-1-1-log"]["metadata"]
    job = cluster.objects["Job", "hello-1-1"]["metadata"]
    assert metadata["labels"] == job["labels"]
    cluster.writes.clear()
    await one.reconcile(KEY)
    assert cluster.writes == []
    assert cluster.logs_read == ["hello-x"]


async def test_a_kept_log_is_no_event():
    cluster = await ended(a_success())
    cluster.told.clear()
    await reconciler(cluster).reconcile(KEY)
    assert [event["reason"] for event in cluster.told] == ["Published"]


async def test_an_event_names_the_revision_that_it_is_about():
    cluster = await ended(a_success())
    assert "annotations" not in cluster.told[0]["metadata"], "nothing is known of it yet"
    await reconciler(cluster).reconcile(KEY)
    assert cluster.told[-1]["metadata"]["annotations"] == {"imagebuild.dev/revision": DIGEST}


@pytest.mark.parametrize("crash_at", range(1, 4))
async def test_a_crash_between_any_two_steps_comes_to_the_same_end(crash_at):
    cluster = await ended(a_success())
    cluster.crash_at = crash_at
    with contextlib.suppress(CrashError):
        one = reconciler(cluster)
        for _ in range(2):
            await one.reconcile(KEY)
    for _ in range(2):
        await reconciler(cluster).reconcile(KEY)
    assert kept(cluster) == PLAIN
    assert status_of(cluster)["history"][0]["log"] == "hello-1-1-log"
    assert cluster.writes.count("create ConfigMap hello-1-1-log") == 1


async def test_a_log_kept_before_a_restart_is_named_though_its_pod_is_gone():
    cluster = await ended(a_success())
    cluster.crash_at = 2
    with pytest.raises(CrashError):
        await reconciler(cluster).reconcile(KEY)
    del cluster.objects["Pod", "hello-x"]
    await reconciler(cluster).reconcile(KEY)
    assert status_of(cluster)["build"]["log"]["configMap"] == "hello-1-1-log"


def runs(cluster):
    """The first build's worker runs."""
    ends(cluster, a_success())
    pod = cluster.objects["Pod", "hello-x"]
    running = {"running": {"startedAt": "2026-01-31T12:00:00Z"}}
    names = ("build", "buildkitd", "progress")
    statuses = [{"name": name, "state": running} for name in names]
    pod["status"] = {"phase": "Running", "containerStatuses": statuses}
    cluster.line = ""


async def superseded(crash_at=None):
    cluster = FakeCluster(an_imagebuild())
    cluster.logs = {"hello-x": LOG}
    await reconciler(cluster).reconcile(KEY)
    runs(cluster)
    edit(cluster, **OTHER)
    cluster.writes.clear()
    cluster.crash_at = crash_at
    return cluster


async def test_what_a_build_that_is_left_behind_printed_is_kept_before_it_is_ended():
    cluster = await superseded()
    await reconciler(cluster).reconcile(KEY)
    assert cluster.writes == [
        "create ConfigMap hello-1-1-log",
        "status hello",
        "delete ConfigMap hello-1-1",
        "delete Job hello-1-1",
    ]
    (row,) = status_of(cluster)["history"]
    assert (row["result"], row["log"]) == ("Canceled", "hello-1-1-log")


@pytest.mark.parametrize("crash_at", range(1, 5))
async def test_a_crash_while_a_build_is_left_behind_loses_no_log(crash_at):
    cluster = await superseded(crash_at)
    with contextlib.suppress(CrashError):
        await reconciler(cluster).reconcile(KEY)
    if ("Job", "hello-1-1") not in cluster.objects:
        del cluster.objects["Pod", "hello-x"]
    for _ in range(2):
        await reconciler(cluster).reconcile(KEY)
        cluster.objects.pop(("Pod", "hello-x"), None)
    assert kept(cluster) == PLAIN
    row = next(row for row in status_of(cluster)["history"] if row["number"] == 1)
    assert row["log"] == "hello-1-1-log"
    assert ("Job", "hello-2-1") in cluster.objects


async def test_a_build_is_ended_although_its_log_cannot_be_read():
    cluster = await superseded()
    cluster.logs = {"hello-x": TimeoutError()}
    await reconciler(cluster).reconcile(KEY)
    assert ("Job", "hello-1-1") not in cluster.objects
    assert "log" not in status_of(cluster)["history"][0]


async def test_a_log_that_is_not_to_be_had_is_asked_for_once_and_no_failure():
    cluster = await ended(a_success())
    cluster.logs = {}
    one = reconciler(cluster)
    assert await one.reconcile(KEY) is None
    await one.reconcile(KEY)
    assert cluster.logs_read == ["hello-x"]
    assert cluster.writes == ["status hello"]
    assert ready(cluster)[:2] == ("True", "Published")


@pytest.mark.parametrize("error", [TimeoutError(), exceptions.ApiException(status=500)])
async def test_a_node_that_does_not_answer_is_asked_a_few_times_and_no_more(error):
    cluster = await ended(a_success())
    cluster.logs = {"hello-x": error}
    one = reconciler(cluster)
    waits = [await one.reconcile(KEY) for _ in range(5)]
    assert waits == [keep.LATER, keep.LATER, keep.LATER, None, None]
    assert cluster.logs_read == ["hello-x"] * 3
    assert cluster.writes == ["status hello"]
    # The next run of the operator tries anew.
    cluster.logs = {"hello-x": LOG}
    await reconciler(cluster).reconcile(KEY)
    assert kept(cluster) == PLAIN


async def test_a_status_that_could_not_be_written_is_made_up_for():
    cluster = await ended(a_success())
    one, write = reconciler(cluster), cluster.write_status
    failing = [False, True]

    async def fails_once(*args):
        if failing and failing.pop(0):
            raise OSError("the API server is away")
        await write(*args)

    cluster.write_status = fails_once
    await one.reconcile(KEY)
    with pytest.raises(OSError, match="away"):
        await one.reconcile(KEY)
    assert ("ConfigMap", "hello-1-1-log") in cluster.objects
    await one.reconcile(KEY)
    assert status_of(cluster)["build"]["log"]["configMap"] == "hello-1-1-log"


async def test_a_refused_log_is_told_of_in_our_own_log_once_and_no_failure(caplog):
    cluster = await ended(a_success())
    cluster.told.clear()
    cluster.refuse = {"ConfigMap": "exceeded quota: configmaps"}
    one = reconciler(cluster)
    for _ in range(3):
        assert await one.reconcile(KEY) is None
    words = "the log of team-a/hello-1-1 is not kept: exceeded quota: configmaps"
    assert caplog.messages == [words]
    told = [(event["type"], event["reason"]) for event in cluster.told]
    assert told == [("Normal", "Published")], "an Event is a transition"
    assert ready(cluster)[:2] == ("True", "Published")


async def test_a_config_map_of_somebody_else_is_no_log_of_ours(caplog):
    cluster = await ended(a_success())
    stranger = {"kind": "ConfigMap", "metadata": {"name": "hello-1-1-log", "labels": {}}}
    cluster.objects["ConfigMap", "hello-1-1-log"] = stranger
    await reconciler(cluster).reconcile(KEY)
    assert "log" not in status_of(cluster)["build"]
    assert cluster.objects["ConfigMap", "hello-1-1-log"] == stranger
    assert "no ImageBuild's; delete it" in caplog.text


async def test_a_log_of_an_earlier_imagebuild_of_that_name_is_waited_for():
    cluster = await ended(a_success())
    metadata = {"name": "hello-1-1-log", "labels": {}, "uid": "u"}
    metadata["ownerReferences"] = [{"kind": "ImageBuild", "uid": "another"}]
    cluster.objects["ConfigMap", "hello-1-1-log"] = {"metadata": metadata}
    one = reconciler(cluster)
    assert await one.reconcile(KEY) == keep.LATER
    del cluster.objects["ConfigMap", "hello-1-1-log"]
    await one.reconcile(KEY)
    assert kept(cluster) == PLAIN


async def test_a_long_log_is_read_at_both_ends_and_kept_in_what_is_allowed():
    cluster = await ended(a_success())
    stamp = "2026-01-31T12:00:00.{:09}Z "
    lines = [f"{stamp.format(n)}#1 {n * 7919**3 % 10**9}\n".encode() for n in range(60_000)]
    cluster.logs = {"hello-x": b"".join(lines)}
    logs = dataclasses.replace(SETTINGS.logs, kept_kib=16)
    await reconciler(cluster, dataclasses.replace(SETTINGS, logs=logs)).reconcile(KEY)
    assert cluster.logs_read == ["hello-x"] * 2
    packed = base64.b64decode(cluster.objects["ConfigMap", "hello-1-1-log"]["binaryData"]["log.gz"])
    assert 12 * 1024 < len(packed) <= 16 * 1024
    first, *_, last = gzip.decompress(packed).splitlines(keepends=True)
    assert (first, last) == tuple(line.partition(b" ")[2] for line in (lines[0], lines[-1]))


async def test_only_so_many_logs_are_in_memory_at_a_time():
    cluster = await ended(a_success())
    one = reconciler(cluster)
    one.memory.reading = 2
    assert await one.reconcile(KEY) == keep.SOON
    assert cluster.logs_read == []
    one.memory.reading = 0
    await one.reconcile(KEY)
    assert kept(cluster) == PLAIN


async def test_a_build_left_behind_is_ended_when_there_was_room_for_its_log():
    cluster = await superseded()
    one = reconciler(cluster)
    one.memory.reading = 2
    waits = [await one.reconcile(KEY) for _ in range(3)]
    assert waits == [keep.SOON] * 3
    assert ("Job", "hello-1-1") in cluster.objects
    assert cluster.logs_read == []
    one.memory.reading = 0
    for _ in range(2):
        await one.reconcile(KEY)
    assert ("Job", "hello-1-1") not in cluster.objects
    assert kept(cluster) == PLAIN
    assert status_of(cluster)["history"][0]["log"] == "hello-1-1-log"
    assert one.memory.since == {}


async def test_a_spec_gone_wrong_waits_for_that_too():
    cluster = await superseded()
    edit(cluster, stages=[{"name": "final", "from": "biulder"}])
    one = reconciler(cluster)
    one.memory.reading = 2
    assert await one.reconcile(KEY) == keep.SOON
    assert ("Job", "hello-1-1") in cluster.objects
    one.memory.reading = 0
    await one.reconcile(KEY)
    assert ("Job", "hello-1-1") not in cluster.objects
    assert kept(cluster) == PLAIN


async def test_a_build_left_behind_does_not_wait_for_ever():
    cluster = await superseded()
    one = reconciler(cluster)
    one.memory.reading = 2
    looks = 0
    while ("Job", "hello-1-1") in cluster.objects:
        await one.reconcile(KEY)
        looks += 1
        assert looks < 30, "each look is a second"
    assert looks >= keep.PATIENCE.total_seconds()
    assert one.memory.since == {}


async def test_a_log_leaves_with_its_build():
    cluster = FakeCluster(an_imagebuild())
    cluster.logs = {"hello-x": LOG}
    one = reconciler(cluster, dataclasses.replace(SETTINGS, history=1))
    for number in (1, 2):
        annotations = {"imagebuild.dev/requestedAt": str(number)}
        cluster.objects["ImageBuild", "hello"]["metadata"]["annotations"] = annotations
        await one.reconcile(KEY)
        ends(cluster, a_success())
        await one.reconcile(KEY)
        await one.reconcile(KEY)
    await one.reconcile(KEY)
    assert ("ConfigMap", "hello-2-1-log") in cluster.objects
    assert not {name for _, name in cluster.objects if name.startswith("hello-1-1")}


@pytest.mark.parametrize("references", [[], [{"kind": "ImageBuild", "uid": "another"}]])
async def test_what_is_not_ours_stays_where_a_build_is_left_behind_or_leaves(references):
    cluster = await superseded()
    theirs = {}
    for name in ("hello-1-1-log", "hello-1-1"):
        metadata = {"name": name, "labels": {}, "uid": "u", "ownerReferences": references}
        theirs["ConfigMap", name] = {"kind": "ConfigMap", "metadata": metadata}
    cluster.objects |= theirs
    await reconciler(cluster).reconcile(KEY)
    assert ("Job", "hello-1-1") not in cluster.objects
    assert {key: cluster.objects.get(key) for key in theirs} == theirs


async def test_a_log_of_somebody_else_stays_when_the_build_of_that_name_leaves():
    cluster = await ended(a_success())
    metadata = {"name": "hello-1-1-log", "labels": {}, "uid": "u"}
    theirs = {"kind": "ConfigMap", "metadata": metadata}
    cluster.objects["ConfigMap", "hello-1-1-log"] = theirs
    one = reconciler(cluster, dataclasses.replace(SETTINGS, history=1))
    await one.reconcile(KEY)
    annotations = {"imagebuild.dev/requestedAt": "again"}
    cluster.objects["ImageBuild", "hello"]["metadata"]["annotations"] = annotations
    await one.reconcile(KEY)
    cluster.objects["Pod", "hello-before"] = cluster.objects.pop(("Pod", "hello-x"))
    ends(cluster, a_success())
    for _ in range(2):
        await one.reconcile(KEY)
    assert ("Job", "hello-1-1") not in cluster.objects, "the build has left"
    assert cluster.objects["ConfigMap", "hello-1-1-log"] == theirs


# ConfigMap NAME-image.

NAME = ("ConfigMap", "hello-image")
IMAGE = f"registry.example.com/team/hello@{DIGEST}"
WRITE = {**SPEC, "imageConfigMap": "Write"}


async def test_what_was_published_is_written_with_the_status_and_once():
    cluster = await ended(a_success(), spec=WRITE)
    one = reconciler(cluster)
    await one.reconcile(KEY)
    assert cluster.writes[:2] == ["create ConfigMap hello-image", "status hello"]
    assert cluster.objects[NAME]["data"]["IMAGE"] == IMAGE
    await one.reconcile(KEY)
    cluster.writes.clear()
    for _ in range(2):
        await one.reconcile(KEY)
    assert cluster.writes == []


async def test_it_is_mended_where_somebody_changed_it():
    cluster = await ended(a_success(), spec=WRITE)
    one = reconciler(cluster)
    await one.reconcile(KEY)
    found = cluster.objects[NAME]
    found["data"]["IMAGE"] = "another"
    found["metadata"]["labels"] = {"team": "a"}
    await one.reconcile(KEY)
    found = cluster.objects[NAME]
    assert found["data"]["IMAGE"] == IMAGE
    labels = found["metadata"]["labels"]
    assert (labels["team"], labels["reconcile.fluxcd.io/watch"]) == ("a", "Enabled")
    del cluster.objects[NAME]
    assert await one.reconcile(KEY) == timedelta(seconds=60), "nothing else wakes us"
    assert cluster.objects[NAME]["data"]["IMAGE"] == IMAGE


async def test_it_goes_when_it_is_not_asked_for_any_more():
    cluster = await ended(a_success(), spec=WRITE)
    one = reconciler(cluster)
    await one.reconcile(KEY)
    edit(cluster, imageConfigMap="None")
    await one.reconcile(KEY)
    assert NAME not in cluster.objects
    # After a restart as well.
    edit(cluster, imageConfigMap="Write")
    await one.reconcile(KEY)
    assert NAME in cluster.objects
    edit(cluster, imageConfigMap="None")
    await reconciler(cluster).reconcile(KEY)
    assert NAME not in cluster.objects


async def test_where_it_is_not_asked_for_it_is_looked_for_once_a_generation(monkeypatch):
    cluster = await ended(a_success())
    one, read, asked = reconciler(cluster), cluster.read, []

    async def counted(kind, namespace, name):
        asked.append(name)
        return await read(kind, namespace, name)

    monkeypatch.setattr(cluster, "read", counted)
    for _ in range(4):
        await one.reconcile(KEY)
    assert asked.count("hello-image") == 1


@pytest.mark.parametrize(
    ("references", "words"),
    [
        ([], "there is a ConfigMap hello-image already that is no ImageBuild's; delete it"),
        ([{"kind": "ImageBuild", "uid": "x"}], "is still that of another ImageBuild"),
    ],
)
async def test_somebody_elses_is_left_alone_and_told_of(references, words):
    cluster = await ended(a_success(), spec=WRITE)
    metadata = {"name": "hello-image", "labels": {}, "ownerReferences": references, "uid": "u"}
    stranger = {"metadata": metadata, "data": {"IMAGE": "theirs"}}
    cluster.objects[NAME] = stranger
    one = reconciler(cluster)
    waits = [await one.reconcile(KEY) for _ in range(3)]
    assert waits[1:] == [timedelta(seconds=60)] * 2, "it is looked at again: nothing else wakes us"
    assert cluster.objects[NAME] == stranger
    status, reason, message = ready(cluster)
    assert (status, reason) == ("True", "Published")
    assert message.startswith(f"published {IMAGE}; ConfigMap hello-image does not say so: ")
    assert words in message
    edit(cluster, imageConfigMap="None")
    await one.reconcile(KEY)
    assert cluster.objects[NAME] == stranger
    assert "hello-image" not in ready(cluster)[2]


async def test_a_refused_one_is_told_of_and_no_failure():
    cluster = await ended(a_success(), spec=WRITE)
    cluster.refuse = {"ConfigMap": "exceeded quota: configmaps"}
    await reconciler(cluster).reconcile(KEY)
    status, _, message = ready(cluster)
    assert status == "True"
    assert message.endswith("does not say so: exceeded quota: configmaps")
    cluster.refuse = {}
    await reconciler(cluster).reconcile(KEY)
    assert cluster.objects[NAME]["data"]["IMAGE"] == IMAGE
    assert "hello-image" not in ready(cluster)[2]


async def test_one_that_changes_hands_in_between_is_left_alone(monkeypatch):
    cluster = await ended(a_success(), spec=WRITE)

    async def exists(_):
        raise clusters.ExistsError("hello-image")

    monkeypatch.setattr(cluster, "create", exists)
    await reconciler(cluster).reconcile(KEY)
    assert "someone else made it" in ready(cluster)[2]


async def test_the_imagebuild_owns_it():
    cluster = await ended(a_success(), spec=WRITE)
    await reconciler(cluster).reconcile(KEY)
    (owner,) = cluster.objects[NAME]["metadata"]["ownerReferences"]
    assert owner["uid"] == UID
