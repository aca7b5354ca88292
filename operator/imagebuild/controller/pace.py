"""How often the status of one ImageBuild is written.

What people and tools wait for is written at once: another reason, another build, its end. A
stage's change of state is written as well, but not twice in a second. Counts, times and texts alone
are written at most 30 times a build: the first of them each second, the rest ever more rarely.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imagebuild.api.status import ImageBuildStatus
from imagebuild.controller.key import Key
from imagebuild.core.status import conditions

SHORTEST = timedelta(seconds=1)
MOST_OF_COUNTS = 30
_EACH_SECOND = 10
_FURTHER_APART = 1.6
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Last:
    """The last write; ``counts``: how many told of nothing but counts since the build began."""

    at: datetime
    build: int | None
    counts: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """What was written last of each ImageBuild. A restart forgets it and may write once more."""

    last: dict[Key, _Last] = field(default_factory=dict)

    def wait(
        self, key: Key, before: ImageBuildStatus, after: ImageBuildStatus, *, now: datetime
    ) -> timedelta | None:
        """How long ``after`` has to wait to be written; None: until more than counts changed."""
        last = self.last.get(key)
        if last is None or _turns(before) != _turns(after) or now < last.at:
            return AT_ONCE
        apart = SHORTEST
        if _moves(before) == _moves(after):
            counts = last.counts if last.build == _number(after) else 0
            if counts >= MOST_OF_COUNTS:
                return None
            apart *= _FURTHER_APART ** max(0, counts - _EACH_SECOND)
        return max(AT_ONCE, last.at + apart - now)

    def wrote(
        self, key: Key, before: ImageBuildStatus, after: ImageBuildStatus, *, now: datetime
    ) -> None:
        """``after`` was just written."""
        last, number = self.last.get(key), _number(after)
        counts = last.counts if last and last.build == number else 0
        told_of_counts = (_turns(before), _moves(before)) == (_turns(after), _moves(after))
        self.last[key] = _Last(now, number, counts + told_of_counts)

    def forget(self, key: Key) -> None:
        """The ImageBuild is gone."""
        self.last.pop(key, None)


def _turns(status: ImageBuildStatus) -> Hashable:
    """What is written at once."""
    build = status.build
    return (
        status.observed_generation,
        status.last_handled_reconcile_at,
        status.image,
        tuple((c.type, c.status, c.reason, c.observed_generation) for c in status.conditions),
        build and (build.number, build.attempt, build.result, build.log),
        tuple((row.number, row.log) for row in status.history),
    )


def _moves(status: ImageBuildStatus) -> Hashable:
    """What is written a second after the last write at the latest."""
    ready = conditions.ready(status)
    return (
        ready and ready.message,
        status.failure,
        tuple((stage.name, stage.platform, stage.state) for stage in status.stages),
    )


def _number(status: ImageBuildStatus) -> int | None:
    return status.build.number if status.build else None
