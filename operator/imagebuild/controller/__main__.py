"""The operator: kopf's watches, the queue and its hands in one event loop.

``python -m imagebuild.controller``; settings come from a file and the environment (``settings``).
"""

import asyncio
import contextlib
import logging
import signal
from datetime import UTC, datetime, timedelta

import kopf
from kubernetes.aio import config
from kubernetes.aio.client import api_client

from imagebuild.controller import handlers, metrics, reload
from imagebuild.controller import settings as files
from imagebuild.controller.apiserver import ApiServer
from imagebuild.controller.key import Key
from imagebuild.controller.profiles import Profiles
from imagebuild.controller.reconcile import Reconciler
from imagebuild.controller.settings import OperatorSettings, SettingsError
from imagebuild.controller.workqueue import WorkQueue

HEALTH = "http://0.0.0.0:8080/healthz"
STUCK = timedelta(minutes=2)

logger = logging.getLogger(__name__)


async def operate(whole: OperatorSettings) -> None:
    """Run with these settings, and what becomes of them, until a signal comes or a part fails."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await _load_config()
    async with api_client.ApiClient() as client:
        cluster = ApiServer(client)
        profiles = Profiles(cluster)
        if whole.follows_nodes:
            await profiles.look()
        counted = metrics.Metrics()
        settings = reload.Settings(whole, profiles, told=counted.settings)
        reconciler = Reconciler(
            cluster, settings=settings.of, now=lambda: datetime.now(UTC), wrote=counted.wrote
        )
        queue: WorkQueue[Key] = WorkQueue(reconciler.reconcile, counted.reconciled)
        counted.follow(queue, active=lambda: len(reconciler.running))
        port = whole.metrics_port
        serving: contextlib.AbstractAsyncContextManager[object] = (
            metrics.served(counted.registry, port=port) if port else contextlib.nullcontext()
        )
        async with serving, asyncio.TaskGroup() as group:
            parts = [
                group.create_task(queue.run(whole.hands)),
                group.create_task(profiles.follow(lambda: settings.whole.follows_nodes)),
                group.create_task(settings.follow(lambda: _look_again(reconciler, queue))),
            ]
            await _watch(whole, queue, stop)
            for part in parts:
                part.cancel()


def _look_again(reconciler: Reconciler, queue: WorkQueue[Key]) -> None:
    """Other settings hold: they concern who waits for them, and no build that is there."""
    for key in reconciler.denied:
        queue.add(key)


async def _watch(settings: OperatorSettings, queue: WorkQueue[Key], stop: asyncio.Event) -> None:
    registry = kopf.OperatorRegistry()
    handlers.register(registry, queue.add)

    @kopf.on.probe(id="overdue", registry=registry)
    async def overdue(**_: object) -> float:
        late = queue.overdue()
        if late > STUCK:
            raise RuntimeError(f"an ImageBuild has waited {late} to be reconciled")
        return late.total_seconds()

    options = kopf.OperatorSettings()
    handlers.configure(options, clusterwide=not settings.namespaces)
    await kopf.operator(
        registry=registry,
        settings=options,
        standalone=True,
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
        liveness_endpoint=HEALTH,
        stop_flag=stop,
    )


async def _load_config() -> None:
    """The ServiceAccount's inside a cluster, else the kubeconfig."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        await config.load_kube_config()


def main() -> None:
    """Read the settings, log as JSON, operate."""
    kopf.configure(log_format=kopf.LogFormat.JSON)
    # kopf tells of every event that a handler saw, which is each change of each pod, and its
    # server of every probe.
    for chatty in ("kopf.objects", "kopf.activities", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        whole = files.load()
    except SettingsError as error:
        logger.critical("the settings hold a mistake: %s", error)
        raise SystemExit(1) from None
    asyncio.run(operate(whole))


if __name__ == "__main__":
    main()
