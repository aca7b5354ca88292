"""What a plan says to do, and what each gets beside the row of the table that decided it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from imagebuild.api.status import ImageBuildStatus
from imagebuild.core.attempt.job import JSON
from imagebuild.core.case import Case
from imagebuild.core.observe import Phase
from imagebuild.core.status import conditions

LOOK = timedelta(seconds=1)  # a running build: logs raise no watch event
LOOK_FOR_CONTEXT = timedelta(seconds=5)
LOOK_AT_CONTEXT = timedelta(seconds=60)  # neither ConfigMaps nor sources of Flux are watched


@dataclass(frozen=True, slots=True)
class Event:
    """An Event about the ImageBuild; ``warning``: its type is Warning, else Normal."""

    reason: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: the whole status, what to delete and then to create, and when to look again.

    ``create``: manifests in order. ``delete``: names, each of a Job and its order ConfigMap.
    """

    status: ImageBuildStatus
    create: tuple[JSON, ...] = ()
    delete: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    requeue_after: timedelta | None = None


def complete(case: Case, found: Plan) -> Plan:
    """The plan with what does not depend on the row."""
    return _with_event(case, _without_old_jobs(case, _with_outside_in_sight(case, found)))


def _with_outside_in_sight(case: Case, found: Plan) -> Plan:
    """Look again for a change outside of the spec, which may be the mend of a failure."""
    if found.requeue_after is not None or case.observed.outside.empty:
        return found
    return replace(found, requeue_after=LOOK_AT_CONTEXT)


def _without_old_jobs(case: Case, found: Plan) -> Plan:
    """Delete the Jobs of builds that have left the history."""
    kept = {entry.number for entry in found.status.history}
    kept |= {found.status.build.number} if found.status.build else set()
    ended = (a for a in case.observed.attempts if a.phase is Phase.ENDED and not a.deleting)
    old = tuple(a.job for a in ended if a.number not in kept)
    return replace(found, delete=(*found.delete, *old)) if old else found


def _with_event(case: Case, found: Plan) -> Plan:
    """One Event when the reason changes, or a build begins."""
    before, after = case.object.status, found.status
    was, ready = conditions.ready(before), conditions.ready(after)
    same_build = (before.build and before.build.job) == (after.build and after.build.job)
    if ready is None or (was and ready.reason == was.reason and same_build):
        return found
    warning = ready.status == "False" or ready.reason in conditions.OBSTACLES
    event = Event(ready.reason, ready.message, warning=warning)
    return replace(found, events=(event,))
