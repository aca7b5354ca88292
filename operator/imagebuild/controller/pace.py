"""How often the status of one ImageBuild is written.

What people and tools wait for is written at once: another reason, another build, its end. All else
is written a second after the last write at the earliest, together with what came meanwhile. That
counts and texts alone cause few writes is the worker's care, which shows few pictures of them.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imagebuild.api.status import ImageBuildStatus
from imagebuild.controller.key import Key

SHORTEST = timedelta(seconds=1)
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pace:
    """When each ImageBuild was written last. A restart forgets it and may write once more."""

    last: dict[Key, datetime] = field(default_factory=dict)

    def wait(
        self, key: Key, before: ImageBuildStatus, after: ImageBuildStatus, *, now: datetime
    ) -> timedelta:
        """How long ``after`` has to wait to be written."""
        last = self.last.get(key)
        if last is None or _turns(before) != _turns(after) or now < last:
            return AT_ONCE
        return max(AT_ONCE, last + SHORTEST - now)

    def wrote(self, key: Key, *, now: datetime) -> None:
        """The status was just written."""
        self.last[key] = now

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
