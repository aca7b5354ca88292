"""What happened to an ImageBuild between two of its statuses, one written after the other.

A build enters the history when it ends, in the very write that says so: who counts those rows
counts each build once, however often the object is looked at before and after, and by whom.
"""

from dataclasses import dataclass
from datetime import datetime

from imagebuild.api.status import BuildStatus, HistoryEntry, ImageBuildStatus
from imagebuild.contract.picture import FINAL


@dataclass(frozen=True, slots=True)
class Ended:
    """A build that came to its end, as its row in the history tells it.

    ``seconds``: from its start; None where that is not known. ``stages``: (state, seconds) of
    those that ran. ``steps`` are those that were done, ``cached`` those of them that came from
    the cache. ``pulled`` and ``pushed``: bytes from and to registries.
    """

    result: str
    reason: str
    seconds: float | None = None
    stages: tuple[tuple[str, float], ...] = ()
    steps: int = 0
    cached: int = 0
    pulled: int = 0
    pushed: int = 0


@dataclass(frozen=True, slots=True)
class Happened:
    """All of it, None for what did not happen.

    ``queued``: a build was begun, after something had kept it from that for so many seconds.
    ``pod_start``: its worker was, so many seconds after its Job; of first attempts alone.
    ``ended``: a build was over.
    """

    queued: float | None = None
    pod_start: float | None = None
    ended: Ended | None = None


def between(before: ImageBuildStatus, after: ImageBuildStatus) -> Happened:
    """What happened between these two."""
    return Happened(_queued(before, after), _pod_start(before, after), _ended(before, after))


def _queued(before: ImageBuildStatus, after: ImageBuildStatus) -> float | None:
    known, build = before.build, after.build
    if build is None or build.started_at is None or (known and known.number >= build.number):
        return None
    since = [c.last_transition_time for c in before.conditions if c.type == "Reconciling"]
    if known and since:
        # A build that is left behind reconciles too; the wait for the next begins at its end.
        since.append(known.finished_at or build.started_at)
    return _seconds(max(since, default=build.started_at), build.started_at)


def _pod_start(before: ImageBuildStatus, after: ImageBuildStatus) -> float | None:
    build = after.build
    if build is None or build.attempt != 1:
        return None
    if build.started_at is None or build.worker_started_at is None:
        return None
    if before.build and before.build.number == build.number and before.build.worker_started_at:
        return None
    return _seconds(build.started_at, build.worker_started_at)


def _ended(before: ImageBuildStatus, after: ImageBuildStatus) -> Ended | None:
    known = {row.number for row in before.history}
    row = next((row for row in after.history if row.number not in known), None)
    if row is None:
        return None
    # Where the next build was begun in the same write, its predecessor is told of by ``before``.
    told = next((s for s in (after, before) if s.build and s.build.number == row.number), None)
    return _told(row, told or ImageBuildStatus())


def _told(row: HistoryEntry, told: ImageBuildStatus) -> Ended:
    build = told.build or BuildStatus(number=row.number)
    return Ended(
        result=row.result,
        reason=row.reason or "",
        seconds=None if row.duration_ms is None else row.duration_ms / 1000,
        stages=tuple(
            (stage.state, stage.duration_ms / 1000)
            for stage in told.stages
            if stage.state in FINAL and stage.duration_ms is not None
        ),
        steps=sum(stage.steps_done for stage in told.stages),
        cached=sum(stage.steps_cached for stage in told.stages),
        pulled=build.pulled_bytes or 0,
        pushed=build.pushed_bytes or 0,
    )


def _seconds(since: datetime, until: datetime) -> float:
    """Never less than nothing: the clocks of nodes and of the operator differ."""
    return max(0.0, (until - since).total_seconds())
