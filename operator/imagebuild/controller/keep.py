"""Keeps ConfigMaps beside the status: the logs of ended builds, and what was published."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imagebuild.controller import cluster as clusters
from imagebuild.controller import ownership, requests
from imagebuild.controller.cluster import JSON
from imagebuild.controller.key import Key
from imagebuild.core.imagebuild import ImageBuild
from imagebuild.core.kept import image, logs, packed

# Read of a log at each of its ends, for each byte that its compressed copy may have: text packs
# ten times and better, and what is read is held in memory.
_READ = 8
_BYTES_A_LINE = 128
_AT_A_TIME = 2
_TRIES = 3
SOON, LATER = timedelta(seconds=1), timedelta(seconds=10)
PATIENCE = timedelta(seconds=15)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Memory:
    """What this run of the operator has tried; a restart tries it anew.

    ``tries``: how often the log of each ConfigMap was asked for in vain; by the uid of its
    ImageBuild too, since another one may have the same name. ``cleared``: the uid and generation
    for which there is no ConfigMap NAME-image. ``reading``: logs in memory just now. ``since``:
    from when on an attempt has waited to be ended until there is room for its log.
    """

    tries: dict[Key, dict[tuple[str, str], int]] = field(default_factory=dict)
    cleared: dict[Key, tuple[str, int]] = field(default_factory=dict)
    reading: int = 0
    since: dict[Key, datetime] = field(default_factory=dict)

    def waits(self, key: Key, *, now: datetime) -> bool:
        """Whether an attempt is not to be ended yet: others' logs are read, and its own is next.

        A build that nobody wants may not run on for long.
        """
        since = self.since.setdefault(key, now)
        if self.reading >= _AT_A_TIME and now - since < PATIENCE:
            return True
        del self.since[key]
        return False

    def forget(self, key: Key) -> None:
        """The ImageBuild is gone."""
        self.tries.pop(key, None)
        self.cleared.pop(key, None)
        self.since.pop(key, None)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the logs to keep: the one that is kept now, if any.

    ``again``: when to look for the others; None where there are none, or none to be had.
    """

    log: logs.Keep | None = None
    again: timedelta | None = None


async def log(
    cluster: clusters.Cluster,
    build: ImageBuild,
    due: tuple[logs.Keep, ...],
    *,
    kib: int,
    memory: Memory,
) -> Kept:
    """Keep one of these logs, in at most so many KiB.

    One that is not to be had, or refused, is let go; one that can't be read is tried a few times.
    """
    key, uid = Key(build.owner.namespace, build.owner.name), build.owner.uid
    before = memory.tries.get(key, {})
    tries = {(uid, keep.job): before.get((uid, keep.job), 0) for keep in due}
    memory.tries[key] = tries
    ahead = [keep for keep in due if tries[uid, keep.job] < _TRIES]
    if not ahead:
        return Kept()
    if memory.reading >= _AT_A_TIME:
        return Kept(again=SOON)
    memory.since.pop(key, None)
    first, others = ahead[0], SOON if ahead[1:] else None
    tries[uid, first.job] += 1
    memory.reading += 1
    try:
        kept = await _log(cluster, build, first, kib)
        tries[uid, first.job] = 0 if kept else _TRIES
        return Kept(first if kept else None, again=others)
    except clusters.RefusedError as error:
        tries[uid, first.job] = _TRIES
        logger.warning("the log of %s/%s is not kept: %s", key.namespace, first.job, error)
        return Kept(again=others)
    except (ownership.InTheWayError, clusters.ExistsError, *requests.FAILURES) as error:
        logger.warning("the log of %s/%s is not kept yet: %s", key.namespace, first.job, error)
        return Kept(again=LATER)
    finally:
        memory.reading -= 1


async def _log(cluster: clusters.Cluster, build: ImageBuild, keep: logs.Keep, kib: int) -> bool:
    """Whether the log is kept now; not one that is not to be had any more."""
    owner = build.owner
    there = await cluster.read("ConfigMap", owner.namespace, keep.config_map)
    if there is not None:
        ownership.check({"kind": "ConfigMap", **there}, owner.uid)
        return True
    if keep.pod is None:
        return False
    try:
        small = await _packed(cluster, owner.namespace, keep.pod, kib * 1024)
    except clusters.NoLogError as error:
        logger.info("there is no log of %s to keep: %s", keep.job, error)
        return False
    if small is not None:
        await cluster.create(logs.config_map(owner, keep, small))
    return small is not None


async def _packed(
    cluster: clusters.Cluster, namespace: str, pod: str, longest: int
) -> bytes | None:
    size = longest * _READ
    head = await cluster.log(namespace, pod, logs.CONTAINER, size=size)
    tail = b""
    if len(head) >= size:
        head = packed.whole_lines(head)
        # As much as at the beginning, if lines at the end are as long.
        lines = max(head.count(b"\n"), size // _BYTES_A_LINE)
        tail = await cluster.log(namespace, pod, logs.CONTAINER, size=size, lines=lines)
    # Many of them at once, and nothing else would be reconciled for a while.
    return await asyncio.to_thread(packed.pack, head, tail, longest=longest)


async def published(
    cluster: clusters.Cluster,
    build: ImageBuild,
    data: Mapping[str, str] | None,
    *,
    memory: Memory,
) -> str:
    """Have ConfigMap NAME-image hold this, or be gone; words on why it can't.

    ``data``: as in ``Plan.image``.
    """
    owner = build.owner
    key, name = Key(owner.namespace, owner.name), image.name_of(owner.name)
    now = (owner.uid, build.generation)
    if data is None or (not data and memory.cleared.get(key) == now):
        return ""
    memory.cleared.pop(key, None)
    there = await cluster.read("ConfigMap", owner.namespace, name)
    if not data:
        if there is not None and owner.uid in ownership.uids(there):
            await cluster.delete("ConfigMap", there)
        memory.cleared[key] = now
        return ""
    try:
        await _write(cluster, build, data, there)
    except (clusters.RefusedError, ownership.InTheWayError) as error:
        return f"ConfigMap {name} does not say so: {error}"
    except clusters.ExistsError:
        return f"ConfigMap {name} does not say so: someone else made it just now"
    return ""


async def _write(
    cluster: clusters.Cluster, build: ImageBuild, data: Mapping[str, str], there: JSON | None
) -> None:
    if there is None:
        await cluster.create(image.config_map(build.owner, data))
        return
    there = {"kind": "ConfigMap", **there}
    ownership.check(there, build.owner.uid)
    found = there["metadata"].get("labels") or {}
    labels = {**found, **image.labels(build.owner)}
    if there.get("data") != data or found != labels:
        await cluster.change(there, data=dict(data), labels=labels)
