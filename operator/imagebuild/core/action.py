"""What a plan says to do, and what each gets beside the row of the table that decided it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from imagebuild.api.status import ImageBuildStatus
from imagebuild.core.attempt.job import JSON
from imagebuild.core.case import Case
from imagebuild.core.kept import image, logs
from imagebuild.core.observe import Phase
from imagebuild.core.status import conditions

LOOK = timedelta(seconds=1)  # a running build: logs raise no watch event
BACK_OFF = timedelta(seconds=10)  # before what was refused or failed is tried again
LOOK_FOR_CONTEXT = timedelta(seconds=5)
LOOK_AT_CONTEXT = timedelta(seconds=60)  # neither ConfigMaps nor sources of Flux are watched
LOOK_AT_IMAGE = LOOK_AT_CONTEXT


@dataclass(frozen=True, slots=True)
class Event:
    """An Event about the ImageBuild; ``warning``: its type is Warning, else Normal.

    ``revision``: the commit or the digest of the image that it is about, "" where there is none.
    """

    reason: str
    message: str
    warning: bool = False
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: the whole status, what to delete and then to create, and when to look again.

    ``create``: manifests in order. ``delete``: names, each of a Job and its order ConfigMap.
    ``keep``: logs to be kept, newest first; those of what is deleted before it is.
    ``drop``: names of ConfigMaps with logs that nobody will ask for any more. ``image``: the data
    of ConfigMap NAME-image, empty where there is to be none; None: leave it as it is.
    """

    status: ImageBuildStatus
    create: tuple[JSON, ...] = ()
    delete: tuple[str, ...] = ()
    keep: tuple[logs.Keep, ...] = ()
    drop: tuple[str, ...] = ()
    image: Mapping[str, str] | None = None
    events: tuple[Event, ...] = ()
    requeue_after: timedelta | None = None


def complete(case: Case, found: Plan) -> Plan:
    """The plan with what does not depend on the row."""
    found = _with_outside_in_sight(case, found)
    found = _with_what_is_kept(case, _without_old_builds(case, found))
    return _with_event(case, found)


def _with_outside_in_sight(case: Case, found: Plan) -> Plan:
    """Look again for a change outside of the spec, which may be the mend of a failure."""
    if found.requeue_after is not None or case.observed.outside.empty:
        return found
    return replace(found, requeue_after=LOOK_AT_CONTEXT)


def _without_old_builds(case: Case, found: Plan) -> Plan:
    """Delete the Jobs and the logs of builds that have left the history."""
    kept = {entry.number for entry in found.status.history}
    kept |= {found.status.build.number} if found.status.build else set()
    ended = (a for a in case.observed.attempts if a.phase is Phase.ENDED and not a.deleting)
    old = tuple(a.job for a in ended if a.number not in kept)
    # A log that was kept a moment before a restart stands in no row.
    dropped = {*logs.dropped(case.object.status, found.status), *map(logs.name_of, old)}
    return replace(found, delete=(*found.delete, *old), drop=tuple(sorted(dropped)))


def _with_what_is_kept(case: Case, found: Plan) -> Plan:
    """The logs of ended builds and what was published, in ConfigMaps."""
    owner, setting = case.object.owner, case.settings.logs
    data = image.wanted(owner, case.object.spec, found.status)
    return replace(
        found,
        status=logs.linked(found.status, case.observed, owner=owner, logs=setting),
        keep=logs.due(found.status, case.observed, setting),
        image=data,
        # Somebody may change or delete it, and that raises no watch event.
        requeue_after=found.requeue_after or (LOOK_AT_IMAGE if data else None),
    )


def _with_event(case: Case, found: Plan) -> Plan:
    """One Event when the reason changes, or a build begins; a Warning where there is a mend."""
    before, after = case.object.status, found.status
    was, ready = conditions.ready(before), conditions.ready(after)
    same_build = (before.build and before.build.job) == (after.build and after.build.job)
    if ready is None or (was and ready.reason == was.reason and same_build):
        return found
    told = after.failure and after.failure.reason
    warning = ready.status != "True" and ready.reason == told
    event = Event(ready.reason, ready.message, warning, _revision(after, published=ready.status))
    return replace(found, events=(event,))


def _revision(after: ImageBuildStatus, *, published: str) -> str:
    """The commit that was built, else the digest of what was published."""
    if after.source is not None:
        return after.source.commit
    return next((entry.digest for entry in after.published if published == "True"), "")
