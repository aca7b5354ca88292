"""What /metrics says: every build once, no label that grows, a text that Prometheus reads."""

import asyncio
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import parser
from tests import phases
from tests.builders import NOW, SETTINGS, an_imagebuild
from tests.unit.controller.fakes import FakeCluster

import imagebuild
from imagebuild.api import status
from imagebuild.api.reasons import Reason
from imagebuild.controller import metrics, workqueue
from imagebuild.controller.key import Key
from imagebuild.controller.reconcile import Reconciler
from imagebuild.controller.workqueue import WorkQueue

ROOT = Path(__file__).parents[3]
LOOPBACK = "127.0.0.1"
UNSEEN = status.ImageBuildStatus()


class Idle:
    """A queue with three ImageBuilds due, the oldest for two seconds."""

    def depth(self):
        return 3

    def overdue(self):
        return timedelta(seconds=2)


def written(name):
    """The status of an ImageBuild in this phase."""
    return status.ImageBuildStatus.model_validate(phases.OBJECTS[name]["status"])


def value(counted, name, **labels):
    return counted.registry.get_sample_value(name, labels)


@pytest.fixture
def counted():
    return metrics.Metrics()


async def test_what_is_served_is_what_prometheus_reads(counted):
    counted.follow(Idle(), active=lambda: 2)
    async with (
        metrics.served(counted.registry, port=0, host=LOOPBACK) as port,
        aiohttp.ClientSession() as http,
        http.get(f"http://{LOOPBACK}:{port}/metrics") as answer,
    ):
        text = await answer.text()
    assert (answer.status, answer.content_type) == (200, "text/plain")
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert families["imagebuild_builds"].type == "counter"
    assert families["imagebuild_build_duration_seconds"].type == "histogram"
    assert [s.value for s in families["imagebuild_builds_active"].samples] == [2]
    assert [s.value for s in families["imagebuild_work_queue_depth"].samples] == [3]
    assert [s.value for s in families["imagebuild_work_queue_overdue_seconds"].samples] == [2]
    assert "process_resident_memory_bytes" in families
    assert "python_info" in families
    assert not [name for name in families if name.endswith("_created")]


async def test_a_port_that_is_taken_is_an_error(counted):
    async with metrics.served(counted.registry, port=0, host=LOOPBACK) as port:
        again = metrics.served(counted.registry, port=port, host=LOOPBACK)
        with pytest.raises(OSError, match=str(port)):
            await again.__aenter__()


def test_no_label_says_which_object_or_namespace_it_was(counted):
    for name in phases.OBJECTS:
        counted.wrote(UNSEEN, written(name))
    samples = [s for family in counted.registry.collect() for s in family.samples]
    ours = [s for s in samples if s.name.startswith("imagebuild_")]
    assert {label for sample in ours for label in sample.labels} == {
        *("result", "reason", "state", "le", "version", "python")
    }
    assert len(ours) < 400, "this many series however many ImageBuilds there are"


@pytest.mark.parametrize("name", phases.OBJECTS)
def test_every_end_of_a_build_is_there_with_0_before_the_first(counted, name):
    for row in written(name).history:
        assert value(counted, "imagebuild_builds_total", result=row.result, reason=row.reason) == 0
        assert value(counted, "imagebuild_build_duration_seconds_count", result=row.result) == 0


def test_every_reason_with_which_a_build_may_end_is_there():
    ends = {reason for reasons in metrics.ENDS.values() for reason in reasons}
    assert ends == set(Reason) - {"Building", "Suspended"}


def test_an_ended_build_is_counted_with_its_times_steps_and_bytes(counted):
    build = {"number": 1, "attempt": 1, "startedAt": "2026-01-31T12:00:00Z"}
    before = status.ImageBuildStatus.model_validate({"build": build})
    row = {"number": 1, "result": "Succeeded", "reason": "Published", "durationMs": 42_000}
    stages = [
        {"name": "a", "state": "Cached", "steps": 3, "stepsDone": 3, "stepsCached": 3}
        | {"durationMs": 200},
        {"name": "b", "state": "Succeeded", "steps": 2, "stepsDone": 2, "durationMs": 9000},
    ]
    build |= {"pulledBytes": 500, "pushedBytes": 70, "workerStartedAt": "2026-01-31T12:00:04Z"}
    end = {"build": build, "stages": stages, "history": [row]}
    after = status.ImageBuildStatus.model_validate(end)
    counted.wrote(before, after)
    counted.wrote(after, after)
    assert value(counted, "imagebuild_builds_total", result="Succeeded", reason="Published") == 1
    duration = "imagebuild_build_duration_seconds"
    assert value(counted, f"{duration}_sum", result="Succeeded") == 42
    assert value(counted, f"{duration}_bucket", result="Succeeded", le="60.0") == 1
    assert value(counted, f"{duration}_bucket", result="Succeeded", le="30.0") == 0
    assert value(counted, "imagebuild_stage_duration_seconds_sum", state="Cached") == 0.2
    assert value(counted, "imagebuild_stage_duration_seconds_sum", state="Succeeded") == 9
    assert value(counted, "imagebuild_steps_total") == 5
    assert value(counted, "imagebuild_cache_hits_total") == 3
    assert value(counted, "imagebuild_pulled_bytes_total") == 500
    assert value(counted, "imagebuild_pushed_bytes_total") == 70
    assert value(counted, "imagebuild_pod_start_duration_seconds_sum") == 4
    assert value(counted, "imagebuild_status_writes_total") == 2


def test_a_build_that_nothing_keeps_queues_for_no_time(counted):
    counted.wrote(UNSEEN, written("waits for its pod"))
    assert value(counted, "imagebuild_queue_duration_seconds_count") == 1
    assert value(counted, "imagebuild_queue_duration_seconds_sum") == 0


def test_the_version_is_that_of_the_package(counted):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert imagebuild.__version__ == project["version"]
    (family,) = [f for f in counted.registry.collect() if f.name == "imagebuild_build_info"]
    assert [s.labels["version"] for s in family.samples] == [project["version"]]


async def test_the_reconciler_tells_of_every_status_that_it_writes(counted):
    cluster = FakeCluster(an_imagebuild())
    reconciler = Reconciler(
        cluster, settings=lambda _: SETTINGS, now=lambda: NOW, wrote=counted.wrote
    )
    for _ in range(3):
        await reconciler.reconcile(Key("team-a", "hello"))
    assert value(counted, "imagebuild_status_writes_total") == 1
    assert value(counted, "imagebuild_queue_duration_seconds_count") == 1


async def test_the_queue_tells_of_every_look_and_of_those_that_failed(counted, monkeypatch):
    monkeypatch.setattr(workqueue, "FIRST_PAUSE", 0.001)
    looks = asyncio.Semaphore(0)

    async def reconcile(key):
        looks.release()
        if key == "bad":
            raise OSError("the API server is away")

    queue = WorkQueue(reconcile, counted.reconciled)
    queue.add("good")
    queue.add("bad")
    assert queue.depth() == 2
    hands = asyncio.create_task(queue.run(1))
    async with asyncio.timeout(5):
        for _ in range(3):  # the bad one comes again
            await looks.acquire()
    hands.cancel()
    assert value(counted, "imagebuild_reconcile_duration_seconds_count") >= 2
    assert value(counted, "imagebuild_reconcile_errors_total") >= 1


def test_every_name_ends_with_its_unit_as_prometheus_has_it(counted):
    counted.follow(Idle(), active=lambda: 0)
    ours = [f for f in counted.registry.collect() if f.name.startswith("imagebuild_")]
    for family in ours:
        assert re.fullmatch(r"imagebuild_[a-z_]+", family.name)
        assert family.documentation.endswith("."), family.name
        if family.type == "histogram":
            assert family.name.endswith("_duration_seconds")
