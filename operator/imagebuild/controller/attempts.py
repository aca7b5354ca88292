"""Reads what there is of an ImageBuild's attempts: Jobs, pods, Events and the newest picture."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from imagebuild.api import names
from imagebuild.controller import outside, ownership
from imagebuild.controller.cluster import JSON, Cluster
from imagebuild.core import observe
from imagebuild.core.imagebuild import ImageBuild

# Events need a moment to be written; before that the pod is on its way.
_PATIENCE = timedelta(seconds=2)


async def read(cluster: Cluster, build: ImageBuild, now: datetime) -> observe.Observed:
    """All that a plan rests on beside the ImageBuild itself."""
    owner = build.owner
    jobs, pods, named = await asyncio.gather(
        cluster.owned("Job", owner.namespace, owner.uid),
        cluster.owned("Pod", owner.namespace, owner.uid),
        outside.read(cluster, build),
    )
    remnants = observe.remnants(jobs, pods)
    jobs = [job for job in jobs if observe.is_attempt(job, owner.uid)]
    newest = max(jobs, key=_number, default=None)
    pod = _pod_of(newest, pods)
    events, lines = await asyncio.gather(
        _events(cluster, owner.namespace, (newest, pod), now=now),
        _lines(cluster, build, newest, pod),
    )
    attempts = observe.attempts(jobs, pods, events=events, lines=lines)
    return observe.Observed(attempts, outside=named, remnants=remnants)


async def _events(
    cluster: Cluster, namespace: str, newest: tuple[JSON | None, JSON | None], *, now: datetime
) -> Mapping[str, Sequence[JSON]]:
    """The Events of the newest attempt, where only they can say why it does not begin.

    ``newest``: its Job and pod.
    """
    job, pod = newest
    if job is None or not observe.waits_for_events(job, pod):
        return {}
    item = pod or job
    created = datetime.fromisoformat(item["metadata"]["creationTimestamp"])
    if now - created < _PATIENCE:
        return {}
    uid = item["metadata"]["uid"]
    return {uid: await cluster.events(namespace, uid)}


async def _lines(
    cluster: Cluster, build: ImageBuild, job: JSON | None, pod: JSON | None
) -> Mapping[str, str]:
    """The newest picture of the newest attempt, unless its build is over."""
    known = build.status.build
    over = known and known.finished_at and job and known.number == _number(job)[0]
    if pod is None or over or not observe.may_have_picture(pod):
        return {}
    name = pod["metadata"]["name"]
    return {name: await cluster.last_line(build.owner.namespace, name, "progress")}


def _number(job: JSON) -> tuple[int, int]:
    labels = job["metadata"]["labels"]
    return int(labels[names.LABEL_BUILD]), int(labels[names.LABEL_ATTEMPT])


def _pod_of(job: JSON | None, pods: Sequence[JSON]) -> JSON | None:
    if job is None:
        return None
    uid = job["metadata"]["uid"]
    return next((p for p in pods if uid in ownership.uids(p)), None)
