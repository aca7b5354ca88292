"""How a build enters the record when it is over."""

from datetime import datetime

from imagebuild.api.status import BuildStatus, HistoryEntry

SUCCEEDED = "Succeeded"
FAILED = "Failed"
CANCELED = "Canceled"


def finished(build: BuildStatus, result: str, at: datetime) -> BuildStatus:
    """The build at its end."""
    return build.model_copy(update={"finished_at": at, "result": result})


def with_build(
    history: tuple[HistoryEntry, ...],
    build: BuildStatus,
    *,
    reason: str,
    digest: str | None,
    limit: int,
) -> tuple[HistoryEntry, ...]:
    """The history, newest first and at most ``limit`` rows, with this finished build in it once."""
    row = HistoryEntry(
        number=build.number,
        generation=build.generation,
        result=build.result or "",
        reason=reason,
        digest=digest,
        finished_at=build.finished_at,
        duration_ms=_milliseconds(build),
    )
    others = tuple(entry for entry in history if entry.number != build.number)
    return (row, *others)[:limit]


def _milliseconds(build: BuildStatus) -> int | None:
    if build.started_at is None or build.finished_at is None:
        return None
    return max(0, round((build.finished_at - build.started_at).total_seconds() * 1000))


def duration(seconds: float) -> str:
    """A duration as kubectl writes an age: 24s, 1m4s, 2h5m."""
    minutes, second = divmod(max(0, round(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    parts = [(hours, "h"), (minute, "m"), (0 if hours else second, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
