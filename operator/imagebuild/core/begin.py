"""How an attempt begins: what is created for it, and what the status says then."""

from typing import Any

from imagebuild.api.problem import Problem
from imagebuild.api.reasons import Reason
from imagebuild.api.status import BuildStatus
from imagebuild.core import attempt as attempts
from imagebuild.core import status
from imagebuild.core.action import BACK_OFF, LOOK, Plan
from imagebuild.core.attempt.job import JSON
from imagebuild.core.case import Case


def attempt(case: Case, build: BuildStatus, /, *, number: int, **changes: Any) -> Plan:
    """Begin an attempt; where the API server has just refused it, say so and wait.

    ``changes``: those of the status that tell of what was before; its build gives way to this one.
    """
    job = attempts.name_of(case.object.owner.name, build.number, number)
    begun = build.model_copy(update={"attempt": number, "job": job})
    found = _made(case, begun, **changes)
    if isinstance(found, Plan):
        return found
    said = status.begun(case, begun, **changes)
    return Plan(said, create=found, delete=_leftover(case), requeue_after=LOOK)


def anew(case: Case, build: BuildStatus) -> Plan:
    """Make the Job of the attempt at hand once more; nothing is said but what is waited for."""
    found = _made(case, build)
    if isinstance(found, Plan):
        return found
    return Plan(status.awaits(case), create=found, requeue_after=LOOK)


def _made(case: Case, begun: BuildStatus, **changes: Any) -> tuple[JSON, ...] | Plan:
    """What is to be created; a plan where it can't be."""
    refused = case.observed.refused
    if refused is not None and refused.reason is Reason.INVALID_SPEC:
        return Plan(status.invalid(case, (attempts.refusal(refused.message),)))
    if refused is not None:
        return Plan(status.obstructed(case, refused, **changes), requeue_after=BACK_OFF)
    assert case.resolved is not None  # noqa: S101  one that can't be built is row 2
    create = attempts.manifests(
        case.object.owner, case.resolved, build=begun, settings=case.settings
    )
    if isinstance(create, Problem):
        return Plan(status.invalid(case, (create,)))
    return create


def _leftover(case: Case) -> tuple[str, ...]:
    """The order of the attempt before, if its Job is gone and nobody will name it again."""
    job = case.build.job if case.build else None
    known = {attempt.job for attempt in case.observed.attempts}
    return (job,) if job and job not in known else ()
