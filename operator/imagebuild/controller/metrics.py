"""What the operator counts, for Prometheus: builds, where their time goes, and its own work.

No label names an object or a namespace, so that their number stays what it is however many
ImageBuilds there are; the state of single objects is kube-state-metrics' to tell. Durations are in
seconds, sizes in bytes (prometheus.io/docs/practices/naming).
"""

import contextlib
import platform
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Protocol

import prometheus_client
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.aiohttp import make_aiohttp_handler

import imagebuild
from imagebuild.api import reasons
from imagebuild.api.reasons import Kind
from imagebuild.api.status import ImageBuildStatus
from imagebuild.contract.picture import FINAL, State
from imagebuild.core import happened, history

# Upper bounds in seconds: a build may take hours, and so may what keeps it from beginning.
_BUILD = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
_STAGE = (0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_QUEUE = (1, 5, 15, 30, 60, 300, 600, 1800, 3600, 14400, 86400)
_POD_START = (1, 2, 3, 5, 8, 13, 20, 30, 60, 120, 300, 600, 1800)
_RECONCILE = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_KINDS = {
    history.SUCCEEDED: {Kind.READY},
    history.FAILED: {Kind.WAITING, Kind.FAILED},
    history.CANCELED: {Kind.PAST},
}
# How builds end: result -> reasons.
ENDS = {
    result: tuple(reason.value for reason, entry in reasons.TABLE.items() if entry.kind in kinds)
    for result, kinds in _KINDS.items()
}


class Queue(Protocol):
    """What is asked of the work queue at each scrape."""

    def depth(self) -> int:
        """How many keys are due and in no hand."""

    def overdue(self) -> timedelta:
        """For how long the oldest key has been in hand, or been due and not taken."""


class Metrics:
    """All metrics of one operator, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._builds = _Builds(self.registry)
        self._writes = _counter(self.registry, "imagebuild_status_writes_total", "Status writes.")
        self._errors = _counter(
            self.registry,
            "imagebuild_reconcile_errors_total",
            "Looks at an ImageBuild that failed, and are tried again.",
        )
        self._looks = _histogram(
            self.registry,
            "imagebuild_reconcile_duration_seconds",
            "One look at one ImageBuild.",
            buckets=_RECONCILE,
        )
        words = "Whether the settings' file, as it is now, can be used; 0: older settings hold."
        self._valid = _gauge(self.registry, "imagebuild_settings_valid", words)
        about = {"version": imagebuild.__version__, "python": platform.python_version()}
        words = "The operator that runs; always 1."
        _gauge(self.registry, "imagebuild_build_info", words, *about).labels(**about).set(1)
        prometheus_client.ProcessCollector(registry=self.registry)
        prometheus_client.PlatformCollector(registry=self.registry)
        prometheus_client.GCCollector(registry=self.registry)

    def wrote(self, before: ImageBuildStatus, after: ImageBuildStatus) -> None:
        """A status was written: count it, and what it says happened since the one before."""
        self._writes.inc()
        self._builds.count(happened.between(before, after))

    def reconciled(self, seconds: float, *, failed: bool) -> None:
        """A look at an ImageBuild took this long."""
        self._looks.observe(seconds)
        self._errors.inc(failed)

    def settings(self, *, valid: bool) -> None:
        """The settings' file was looked at."""
        self._valid.set(valid)

    def follow(self, queue: Queue, active: Callable[[], int]) -> None:
        """Ask these at each scrape; ``active`` says how many builds run or wait for their pod."""
        asked: tuple[tuple[str, str, Callable[[], float]], ...] = (
            ("imagebuild_builds_active", "Builds that run or wait for their pod.", active),
            ("imagebuild_work_queue_depth", "ImageBuilds due to be looked at.", queue.depth),
            (
                "imagebuild_work_queue_overdue_seconds",
                "How long the oldest ImageBuild has been due, or been in hand.",
                lambda: queue.overdue().total_seconds(),
            ),
        )
        for name, words, ask in asked:
            _gauge(self.registry, name, words).set_function(ask)


class _Builds:
    """What is counted of builds; all series are there from the start.

    One that appeared with its first event would begin at 1, and show no increase.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        words = "Builds that ended, and the reason by which they did."
        self._ends = _counter(registry, "imagebuild_builds_total", words, "result", "reason")
        words = "From a build's start to its end."
        name = "imagebuild_build_duration_seconds"
        self._build = _histogram(registry, name, words, "result", buckets=_BUILD)
        words = "How long a stage's steps ran, by the state that it ended in."
        name = "imagebuild_stage_duration_seconds"
        self._stage = _histogram(registry, name, words, "state", buckets=_STAGE)
        words = "How long something kept a build from its Job; 0 where nothing did."
        name = "imagebuild_queue_duration_seconds"
        self._queue = _histogram(registry, name, words, buckets=_QUEUE)
        words = "From the Job of a build's first attempt to its worker."
        name = "imagebuild_pod_start_duration_seconds"
        self._pod = _histogram(registry, name, words, buckets=_POD_START)
        words = "Steps that were done in builds that ended, cached ones included."
        self._steps = _counter(registry, "imagebuild_steps_total", words)
        words = "Those of imagebuild_steps_total that came from the cache."
        self._hits = _counter(registry, "imagebuild_cache_hits_total", words)
        words = "Bytes that builds pulled from registries, counted when they end."
        self._pulled = _counter(registry, "imagebuild_pulled_bytes_total", words)
        words = "Bytes that builds pushed to registries, counted when they end."
        self._pushed = _counter(registry, "imagebuild_pushed_bytes_total", words)
        for result, ends in ENDS.items():
            self._build.labels(result)
            for reason in ends:
                self._ends.labels(result, reason)
        for state in FINAL - {State.SKIPPED}:
            self._stage.labels(state.value)

    def count(self, found: happened.Happened) -> None:
        if found.queued is not None:
            self._queue.observe(found.queued)
        if found.pod_start is not None:
            self._pod.observe(found.pod_start)
        if found.ended is not None:
            self._count_end(found.ended)

    def _count_end(self, ended: happened.Ended) -> None:
        self._ends.labels(ended.result, ended.reason).inc()
        if ended.seconds is not None:
            self._build.labels(ended.result).observe(ended.seconds)
        for state, seconds in ended.stages:
            self._stage.labels(state).observe(seconds)
        self._steps.inc(ended.steps)
        self._hits.inc(ended.cached)
        self._pulled.inc(ended.pulled)
        self._pushed.inc(ended.pushed)


def _counter(registry: CollectorRegistry, name: str, words: str, *labels: str) -> Counter:
    return Counter(name, words, labels, registry=registry)


def _gauge(registry: CollectorRegistry, name: str, words: str, *labels: str) -> Gauge:
    return Gauge(name, words, labels, registry=registry)


def _histogram(
    registry: CollectorRegistry, name: str, words: str, *labels: str, buckets: tuple[float, ...]
) -> Histogram:
    return Histogram(name, words, labels, buckets=buckets, registry=registry)


@contextlib.asynccontextmanager
async def served(
    registry: CollectorRegistry, *, port: int, host: str | None = None
) -> AsyncIterator[int]:
    """Serve ``/metrics`` in this event loop while the block runs, everywhere unless ``host`` says.

    Gives the port, any that is free where ``port`` is 0. It is this loop that serves,
    since the gauges ask what belongs to it, and since an operator whose loop hangs must not look
    well. Raises OSError where the port is taken.
    """
    # For the whole process: when each counter began doubles the series, and nobody asks for it.
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
    app = web.Application()
    app.router.add_get("/metrics", make_aiohttp_handler(registry))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
