"""The facts that a plan asks for, worked out of an ImageBuild and what is observed of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from imagebuild.api.reasons import Reason
from imagebuild.api.status import BuildStatus
from imagebuild.core import history, inputs
from imagebuild.core.imagebuild import ImageBuild
from imagebuild.core.kept import logs
from imagebuild.core.observe import Attempt, Observed, Phase
from imagebuild.core.outside import resolve
from imagebuild.core.outside.resolve import Resolved
from imagebuild.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """One ImageBuild at one moment.

    ``build`` is the build at hand: the newest one begun. ``inputs``, ``spec`` and ``shape`` are
    the hashes of what the object asks for now; empty where its spec can't be read. ``resolved``:
    its spec with what it takes from outside, None where it can't be built anyhow.
    """

    object: ImageBuild
    observed: Observed
    now: datetime
    settings: Settings
    build: BuildStatus | None = None
    inputs: str = ""
    spec: str = ""
    shape: str = ""
    resolved: Resolved | None = None

    @property
    def under_way(self) -> bool:
        """Whether the build at hand is not over."""
        return self.build is not None and self.build.finished_at is None

    @property
    def of_these_inputs(self) -> bool:
        """Whether the build at hand is of what the object asks for now."""
        return self.build is not None and self.build.inputs == self.inputs

    @property
    def failed(self) -> bool:
        """Whether the build at hand failed for good."""
        return self.build is not None and self.build.result == history.FAILED

    @property
    def canceled(self) -> bool:
        """Whether the build at hand was left behind."""
        return self.build is not None and self.build.result == history.CANCELED

    @property
    def succeeded(self) -> bool:
        """Whether the last build that succeeded is of what the object asks for now."""
        last = self.object.status.last_succeeded
        return last is not None and last.inputs == self.inputs

    @property
    def awaits_secret(self) -> bool:
        """Whether the build at hand waited for a Secret when it was last looked at."""
        told = self.object.status.failure
        awaits = told is not None and told.reason == Reason.WAITING_FOR_SECRET
        return self.under_way and awaits

    @property
    def gone(self) -> str | None:
        """What the last success took from outside and is no more, though its spec stayed the same.

        None where nothing is, or where it would hide a failure or end what runs on although the
        object is suspended.
        """
        last = self.object.status.last_succeeded
        waits = self.resolved.waits if self.resolved else None
        runs_on = self.under_way and self.resolved and self.resolved.spec.suspend
        if waits is None or last is None or last.shape != self.shape or self.failed or runs_on:
            return None
        return waits.message

    @property
    def alive(self) -> tuple[Attempt, ...]:
        """The attempts whose worker runs or may yet begin."""
        return tuple(a for a in self.observed.attempts if a.phase is not Phase.ENDED)

    @property
    def attempt(self) -> Attempt | None:
        """The newest attempt of the build at hand."""
        number = self.build.number if self.build else None
        return next((a for a in reversed(self.observed.attempts) if a.number == number), None)

    @property
    def in_the_way(self) -> bool:
        """Whether a worker of an earlier attempt may still be at work, and so may yet push."""
        return bool(self.alive or self.observed.remnants)


def of(build: ImageBuild, observed: Observed, now: datetime, settings: Settings) -> Case:
    """The facts about this object at this moment; its spec is the resolved one from here on."""
    shown = build.status.model_copy(update={"failure": logs.shown(build.status, observed)})
    build = replace(build, status=shown)
    at_hand = _build_at_hand(build.status.build, observed.newest)
    case = Case(build, observed, now, settings, build=at_hand)
    if build.spec is None or build.problems:
        return case
    resolved = resolve.resolve(build.owner, build.spec, observed.outside)
    return replace(
        case,
        object=replace(build, spec=resolved.spec, problems=resolved.problems),
        inputs=inputs.inputs_of(resolved),
        spec=inputs.spec_of(build.spec),
        shape=inputs.shape_of(build.spec),
        resolved=resolved,
    )


def _build_at_hand(known: BuildStatus | None, newest: Attempt | None) -> BuildStatus | None:
    """The newest build: that of the status, unless the write that told of a newer one was lost."""
    if newest is None or (known and known.number > newest.number):
        return known
    if known and known.number == newest.number:
        told = known.finished_at is not None or (known.attempt or 0) >= newest.attempt
        update = {"attempt": newest.attempt, "job": newest.job}
        return known if told else known.model_copy(update=update)
    return BuildStatus(
        number=newest.number,
        generation=newest.generation,
        reason=newest.reason,
        inputs=newest.inputs,
        spec=newest.spec,
        job=newest.job,
        attempt=newest.attempt,
        started_at=newest.build_started or newest.created,
        requested_at=newest.requested,
    )


def wanted(case: Case) -> str | None:
    """Why a build is wanted that nobody has begun; None where none is."""
    build = case.build
    if build is None:
        return "First"
    if not set(case.object.requested) <= set((build.requested_at or "").split()):
        return "Requested"
    if case.gone:
        return None
    edited = build.spec != case.spec
    changed = "SpecChanged" if edited else "ContextChanged"
    if case.under_way:
        if case.of_these_inputs:
            return "SpecChanged" if edited and not _begun(case) else None
        return None if case.succeeded else changed
    if case.canceled and case.of_these_inputs:
        return "SpecChanged" if edited else build.reason or changed
    if case.failed and case.of_these_inputs:
        return "SpecChanged" if edited or not _told(case) else None
    return None if case.succeeded else changed


def _begun(case: Case) -> bool:
    """Whether the worker of the build at hand has begun; one whose Job is gone had its chance.

    But for one that waits for a Secret: that Job is made again and again.
    """
    if case.attempt is None:
        return not case.awaits_secret
    return case.attempt.phase is not Phase.WAITING


def _told(case: Case) -> bool:
    """Whether the status still says why the build at hand failed.

    A spec that could not be built, or an obstacle, took that place in between; now that it is
    gone, the build is tried again.
    """
    failure, build = case.object.status.failure, case.build
    ended = (h.reason for h in case.object.status.history if build and h.number == build.number)
    return failure is not None and failure.reason == next(ended, None)
