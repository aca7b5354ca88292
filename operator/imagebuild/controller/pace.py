"""How often the status of one ImageBuild is written.

What people and tools wait for is written at once: the first look at another generation, and an end
(Ready is True, or Stalled). All else is written a second after the last write at the earliest,
together with what came meanwhile: a stage's end, the next attempt, the name of a kept log. That
counts and texts alone cause few writes is the worker's care, which shows few pictures of them.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imagebuild.api.status import ImageBuildStatus
from imagebuild.controller.key import Key
from imagebuild.core.status import conditions

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
        if last is None or _at_once(before, after) or now < last:
            return AT_ONCE
        return max(AT_ONCE, last + SHORTEST - now)

    def wrote(self, key: Key, *, now: datetime) -> None:
        """The status was just written."""
        self.last[key] = now

    def forget(self, key: Key) -> None:
        """The ImageBuild is gone."""
        self.last.pop(key, None)


def _at_once(before: ImageBuildStatus, after: ImageBuildStatus) -> bool:
    if before.observed_generation != after.observed_generation:
        return True
    end = _end(after)
    return end is not None and end != _end(before)


def _end(status: ImageBuildStatus) -> Hashable:
    """What ended and how, None while something more is going to happen by itself."""
    ready = conditions.ready(status)
    if ready is None or ready.status == "Unknown":
        return None
    return (status.build and status.build.number, ready.status, ready.reason)
