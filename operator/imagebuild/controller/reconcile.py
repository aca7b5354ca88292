"""Read, observe, plan, apply, and write the status once if it differs: one key at a time.

Whatever happens between two writes, the next run finds the same facts and the same names: a Job
that is there already and ours counts as made, and one of another owner's is waited for.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from kubernetes.aio.client import exceptions

from imagebuild.api import names, status
from imagebuild.controller import cluster as clusters
from imagebuild.controller import outside
from imagebuild.controller.cluster import JSON
from imagebuild.controller.key import Key
from imagebuild.core import action, case, imagebuild, observe, plan
from imagebuild.core.imagebuild import ImageBuild
from imagebuild.core.observe import obstacles
from imagebuild.core.settings import Settings

# Events need a moment to be written; before that the pod is on its way.
_PATIENCE = timedelta(seconds=2)
# (more builds than this run, by how much longer each waits to be looked at again)
_PACES = ((100, 5), (20, 2), (-1, 1))
# What the API server or the way to it does: the queue tries again.
_OF_THE_CLUSTER = (exceptions.ApiException, aiohttp.ClientError, OSError)

logger = logging.getLogger(__name__)


def _unheard(_before: status.ImageBuildStatus, _after: status.ImageBuildStatus) -> None:
    """Nobody asked to hear of it."""


class InTheWayError(Exception):
    """An object of the same name that is not ours, or not of now, has yet to be collected."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Brings one ImageBuild after the other closer to what it asks for.

    ``settings`` is asked anew each time, since the profile follows the nodes. ``now``: the clock.
    ``wrote`` hears of each status that was written: what it was before, and what it is now.
    ``running``: the builds that are looked at again and again.
    """

    cluster: clusters.Cluster
    settings: Callable[[], Settings]
    now: Callable[[], datetime]
    wrote: Callable[[status.ImageBuildStatus, status.ImageBuildStatus], None] = _unheard
    running: set[Key] = field(default_factory=set)

    async def reconcile(self, key: Key) -> timedelta | None:
        """One look at one ImageBuild; says when to look again, None: when something happens."""
        raw = await self.cluster.imagebuild(key.namespace, key.name)
        if raw is None:
            self.running.discard(key)
            return None
        try:
            return await self._look(key, raw)
        except _OF_THE_CLUSTER:
            raise
        except Exception as error:
            # A mistake of ours: the object says so, instead of being tried in silence for ever.
            logger.exception("a mistake while reconciling %s/%s", key.namespace, key.name)
            build = imagebuild.read({**raw, "spec": {}})
            found = plan.stuck(self._case(build), f"{type(error).__name__}: {error}")
        await self._say(build, found, before=raw.get("status") or {})
        return found.requeue_after

    async def _look(self, key: Key, raw: JSON) -> timedelta | None:
        build = imagebuild.read(raw)
        observed = await self._observe(build)
        found = plan.plan(build, observed, self.now(), self.settings())
        try:
            await self._apply(build, found)
        except InTheWayError as error:
            found = plan.waiting(self._case(build), f"waiting: {error}")
        except clusters.RefusedError as error:
            observed = replace(observed, refused=obstacles.of_refusal(str(error)))
            found = plan.plan(build, observed, self.now(), self.settings())
        await self._say(build, found, before=raw.get("status") or {})
        return self._pace(key, found.requeue_after)

    def _case(self, build: ImageBuild) -> case.Case:
        return case.of(build, observe.Observed(), self.now(), self.settings())

    def _pace(self, key: Key, again: timedelta | None) -> timedelta | None:
        """A look each second is for few builds: with more of them, each is looked at less often."""
        self.running.discard(key)
        if again != action.LOOK:
            return again
        self.running.add(key)
        factor = next(factor for above, factor in _PACES if len(self.running) > above)
        return again * factor

    async def _observe(self, build: ImageBuild) -> observe.Observed:
        owner = build.owner
        jobs, pods, named = await asyncio.gather(
            self.cluster.owned("Job", owner.namespace, owner.uid),
            self.cluster.owned("Pod", owner.namespace, owner.uid),
            outside.read(self.cluster, build),
        )
        remnants = observe.remnants(jobs, pods)
        jobs = [job for job in jobs if observe.is_attempt(job, owner.uid)]
        newest = max(jobs, key=_number, default=None)
        pod = _pod_of(newest, pods)
        events, lines = await asyncio.gather(
            self._events(owner.namespace, newest, pod), self._lines(build, newest, pod)
        )
        attempts = observe.attempts(jobs, pods, events=events, lines=lines)
        return observe.Observed(attempts, outside=named, remnants=remnants)

    async def _events(
        self, namespace: str, job: JSON | None, pod: JSON | None
    ) -> Mapping[str, Sequence[JSON]]:
        """The Events of the newest attempt, where only they can say why it does not begin."""
        if job is None or not observe.waits_for_events(job, pod):
            return {}
        item = pod or job
        created = datetime.fromisoformat(item["metadata"]["creationTimestamp"])
        if self.now() - created < _PATIENCE:
            return {}
        uid = item["metadata"]["uid"]
        return {uid: await self.cluster.events(namespace, uid)}

    async def _lines(
        self, build: ImageBuild, job: JSON | None, pod: JSON | None
    ) -> Mapping[str, str]:
        """The newest picture of the newest attempt, unless its build is over."""
        known = build.status.build
        over = known and known.finished_at and job and known.number == _number(job)[0]
        if pod is None or over or not observe.may_have_picture(pod):
            return {}
        name = pod["metadata"]["name"]
        return {name: await self.cluster.last_line(build.owner.namespace, name, "progress")}

    async def _apply(self, build: ImageBuild, found: action.Plan) -> None:
        namespace = build.owner.namespace
        for name in found.delete:
            # The Job last: while it is there, both will be named again.
            await self.cluster.delete("ConfigMap", namespace, name)
            await self.cluster.delete("Job", namespace, name)
        for manifest in found.create:
            try:
                await self.cluster.create(manifest)
            except clusters.ExistsError:
                await self._adopt(manifest)

    async def _adopt(self, wanted: Mapping[str, Any]) -> None:
        """Take what is there already as made, if it is ours and of now."""
        kind, metadata = wanted["kind"], wanted["metadata"]
        found = await self.cluster.read(kind, metadata["namespace"], metadata["name"])
        if found is None:
            raise InTheWayError(f"{kind} {metadata['name']} was just deleted")
        there = found["metadata"]
        going = "deletionTimestamp" in there
        if not going and names.KIND not in {owner["kind"] for owner in _references(there)}:
            words = f"there is a {kind} {metadata['name']} already that is no ImageBuild's"
            raise clusters.RefusedError(f"{words}; delete it, the build starts by itself then")
        if going or metadata["ownerReferences"][0]["uid"] not in _owners(found):
            raise InTheWayError(f"{kind} {metadata['name']} is still that of another ImageBuild")
        if _purpose(there) != _purpose(metadata):
            await self.cluster.delete(kind, metadata["namespace"], metadata["name"])
            raise InTheWayError(f"{kind} {metadata['name']} was of a spec that is no more")

    async def _say(self, build: ImageBuild, found: action.Plan, *, before: JSON) -> None:
        written = found.status.to_json()
        if build.deleting or written == before:
            return
        await self.cluster.write_status(build.owner.namespace, build.owner.name, written)
        self.wrote(build.status, found.status)
        for event in found.events:
            await self._tell(build, event)

    async def _tell(self, build: ImageBuild, event: action.Event) -> None:
        """Write an Event; one that is lost is no reason to look at the object again."""
        try:
            await self.cluster.create(_event(build, event, self.now()))
        except Exception as error:  # noqa: BLE001  whatever it is, the status says the same
            logger.warning("no Event %s about %s: %s", event.reason, build.owner, error)


def _number(job: JSON) -> tuple[int, int]:
    labels = job["metadata"]["labels"]
    return int(labels[names.LABEL_BUILD]), int(labels[names.LABEL_ATTEMPT])


def _pod_of(job: JSON | None, pods: Sequence[JSON]) -> JSON | None:
    if job is None:
        return None
    uid = job["metadata"]["uid"]
    return next((p for p in pods if uid in _owners(p)), None)


def _owners(item: JSON) -> set[str]:
    return {owner["uid"] for owner in _references(item["metadata"])}


def _references(metadata: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return metadata.get("ownerReferences") or []


def _purpose(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    notes = metadata.get("annotations") or {}
    return tuple(str(notes.get(n)) for n in (names.ANNOTATION_INPUTS, names.ANNOTATION_SPEC))


def _event(build: ImageBuild, event: action.Event, now: datetime) -> JSON:
    """A core/v1 Event about the ImageBuild (Kubernetes API reference, Event)."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    owner = build.owner
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{owner.name[:50]}-", "namespace": owner.namespace},
        "involvedObject": {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "namespace": owner.namespace,
            "name": owner.name,
            "uid": owner.uid,
        },
        "type": "Warning" if event.warning else "Normal",
        "reason": event.reason,
        "message": event.message[:1024],
        "source": {"component": "imagebuild"},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    }
