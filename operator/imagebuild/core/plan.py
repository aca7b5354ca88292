"""What to do next for one ImageBuild: plain data in, plain data out.

The first row that fits decides. "Wanted" is a build that the spec asks for and nobody has begun:

| # | the ImageBuild and its attempts                  | what is done                            |
|---|--------------------------------------------------|-----------------------------------------|
| 1 | it is being deleted                              | nothing: its owner references do it     |
| 2 | its spec can't be built, by itself or with what  | end what runs; Stalled, InvalidSpec;    |
|   | it takes from outside (a value, a circle)        | look again where the mend may lie there |
| 3 | wanted, but suspended, and nothing runs; or      | end what waits; Suspended               |
|   | suspended while its attempt waits as in row 11   |                                         |
| 4 | wanted, but more than the administrator allows   | end what runs; Stalled, PolicyDenied    |
| 5 | wanted, but what it takes from outside is not    | end what runs; look again for           |
|   | there: a ConfigMap, a key of one, a source of    | ContextNotFound soon, for               |
|   | Flux, an image of another ImageBuild             | WaitingForImageBuild when that one says |
| 6 | wanted, an attempt of an earlier build is alive  | end it, wait until it is gone           |
| 7 | wanted                                           | begin the build: order, Job             |
| 8 | its build succeeded, or an earlier one with the  | end what runs; Ready, with a word about |
|   | same inputs, or of the same spec whose other     | what is gone, which is looked for again |
|   | inputs are gone from outside                     |                                         |
| 9 | its build failed for good                        | nothing; Stalled with the reason        |
|10 | its build has no attempt left, or the last one   | begin the next attempt after a while,   |
|   | failed by no fault of what it builds             | at most ``settings.attempts`` in all    |
|11 | its attempt waits for a Secret, or a ConfigMap   | end it, and when it is gone make its    |
|   | with certificates, and was made a while ago, or  | Job anew under its name: the same       |
|   | it ended or is gone without having begun         | attempt; WaitingForSecret all the while |
|12 | its attempt's worker has not begun               | look again; the obstacle, if there is   |
|   |                                                  | one, in the cluster's own words         |
|13 | its attempt runs                                 | look again; every stage as it is        |
|14 | its attempt ended                                | rows 8, 9 or 10, once all facts are in  |

A build is wanted when the object has none; when someone asked for one (annotation); when the
inputs are neither those of the build at hand nor of the last one that succeeded, unless that was of
the same spec and what it took from outside is merely gone; when the build at hand was left behind
and its inputs are asked for all the same; or when it failed, or its worker has not begun, and
anything in the spec changed since: the mend may lie in what is not hashed.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from imagebuild.api.problem import Problem
from imagebuild.api.reasons import Reason
from imagebuild.api.status import BuildStatus
from imagebuild.contract.report import Cause, Failure
from imagebuild.core import action, anew, begin, failures, policy, status
from imagebuild.core import case as cases
from imagebuild.core.action import BACK_OFF, LOOK, LOOK_FOR_CONTEXT, Plan
from imagebuild.core.case import Case
from imagebuild.core.imagebuild import ImageBuild
from imagebuild.core.observe import Attempt, Observed, Phase
from imagebuild.core.observe.obstacles import Obstacle
from imagebuild.core.settings import Settings
from imagebuild.core.status import conditions

LAST_PICTURE = timedelta(seconds=3)  # facts that come a moment after the worker's end
LAST_FACTS = timedelta(seconds=5)
LOOK_AT_MISTAKE = timedelta(minutes=10)


def waiting(case: Case, words: str) -> Plan:
    """Nothing can be done before something else is gone, in these words."""
    return Plan(status.say(case, conditions.waiting(Reason.BUILDING, words)), requeue_after=LOOK)


def stuck(case: Case, words: str) -> Plan:
    """A mistake of ours: the object says so, and is tried again after a long while."""
    found = failures.Verdict(Reason.INTERNAL_ERROR, words)
    return Plan(status.stuck(case, found), requeue_after=LOOK_AT_MISTAKE)


def plan(build: ImageBuild, observed: Observed, now: datetime, settings: Settings) -> Plan:
    """The next step; the table above says which."""
    if build.deleting:
        return Plan(build.status)
    case = cases.of(build, observed, now, settings)
    return action.complete(case, _decide(case))


def _decide(case: Case) -> Plan:
    if case.object.problems or case.resolved is None:
        return _invalid(case)
    wanted = cases.wanted(case)
    if wanted is None:
        return _nothing_new(case)
    if case.resolved.spec.suspend:
        return _follow(case) if case.under_way and case.attempt else _suspended(case)
    denied = policy.denied(case.resolved, case.settings)
    if denied:
        return _denied(case, denied)
    if case.resolved.waits:
        return _waits_for_outside(case, case.resolved.waits)
    if case.in_the_way:
        return _superseding(case)
    return _begin(case, wanted)


def _nothing_new(case: Case) -> Plan:
    if case.under_way and case.of_these_inputs:
        return _follow(case)
    if case.failed and case.of_these_inputs:
        return Plan(status.still_failed(case))
    return _succeeded_before(case)


def _follow(case: Case) -> Plan:
    attempt = case.attempt
    if _suspended_while_it_waits(case):
        return _suspended(case)
    if case.awaits_secret and (attempt is None or _never_began(attempt)):
        return _anew(case, attempt)
    if attempt is None and case.in_the_way:
        return _superseding(case, canceled=False)
    if attempt is None:
        return _next_attempt(case)
    if attempt.phase is Phase.ENDED:
        return _ended(case, attempt)
    return _look_on(case, attempt)


# The rows, one function each. A build that is left behind is canceled in the record.


def _invalid(case: Case) -> Plan:  # 2
    said = status.invalid(case, case.object.problems)
    again = LOOK_FOR_CONTEXT if case.resolved else None
    return Plan(said, delete=_end_what_runs(case), requeue_after=again)


def _suspended(case: Case) -> Plan:  # 3
    # Why an earlier build failed is in the history: another one is due, which may not.
    said = status.say(case, status.SUSPENDED, failure=None, **status.canceled(case))
    return Plan(said, delete=_end_what_runs(case))


def _denied(case: Case, problems: tuple[Problem, ...]) -> Plan:  # 4
    said = status.invalid(case, problems, reason=Reason.POLICY_DENIED)
    # Whoever sees the settings change has it looked at again.
    return Plan(said, delete=_end_what_runs(case))


def _waits_for_outside(case: Case, absent: Obstacle) -> Plan:  # 5
    by_itself = f"{absent.message}; the build starts by itself as soon as there is"
    said = status.obstructed(case, replace(absent, message=by_itself), **status.canceled(case))
    again = LOOK_FOR_CONTEXT if absent.reason is Reason.CONTEXT_NOT_FOUND else None
    return Plan(said, delete=_end_what_runs(case), requeue_after=again)


def _superseding(case: Case, *, canceled: bool = True) -> Plan:  # 6, 10
    word = conditions.waiting(Reason.BUILDING, "waiting for the pod of the attempt before to end")
    left = status.canceled(case, Reason.SUPERSEDED) if canceled else {}
    said = status.say(case, word, **left)
    return Plan(said, delete=_end_what_runs(case), requeue_after=LOOK)


def _begin(case: Case, why: str) -> Plan:  # 7
    build = BuildStatus(
        number=(case.build.number if case.build else 0) + 1,
        generation=case.object.generation,
        reason=why,
        inputs=case.inputs,
        spec=case.spec,
        started_at=case.now,
        requested_at=" ".join(case.object.requested) or None,
    )
    return begin.attempt(case, build, number=1, **status.canceled(case, Reason.SUPERSEDED))


def _succeeded_before(case: Case) -> Plan:  # 8
    return Plan(status.still_succeeded(case), delete=_end_what_runs(case))


def _next_attempt(case: Case, **changes: Any) -> Plan:  # 10
    if not case.of_these_inputs:
        # Suspended, and edited since: what it was of is not asked for any more.
        return _suspended(case)
    build = _at_hand(case)
    if (build.attempt or 0) >= case.settings.attempts:
        gone = failures.Verdict(Reason.BUILDER_LOST, "the build's Job is gone")
        return Plan(status.failed(case, gone))
    return begin.attempt(case, build, number=(build.attempt or 0) + 1, **changes)


def _anew(case: Case, attempt: Attempt | None) -> Plan:  # 11
    if attempt is None and not case.in_the_way:
        return begin.anew(case, _at_hand(case))
    return Plan(status.awaits(case), delete=_unless_it_goes(attempt), requeue_after=LOOK)


def _look_on(case: Case, attempt: Attempt) -> Plan:  # 11, 12, 13
    obstacle = attempt.obstacle
    awaits = obstacle is not None and obstacle.reason is Reason.WAITING_FOR_SECRET
    delete = _unless_it_goes(attempt) if awaits and anew.due(case) else ()
    return Plan(status.looked_at(case, attempt), delete=delete, requeue_after=LOOK)


def _ended(case: Case, attempt: Attempt) -> Plan:  # 14
    since = _since_the_end(case, attempt)
    if attempt.report and attempt.report.failure is None:
        if not attempt.picture_complete and since < LAST_PICTURE:
            return _look_on(case, attempt)
        return Plan(status.succeeded(case, attempt))
    if not (failures.settled(attempt) and attempt.picture_complete) and since < LAST_FACTS:
        return _look_on(case, attempt)
    found = failures.verdict(attempt)
    before = case.object.status.failure
    if not attempt.begun and found.reason is Reason.TIMEOUT and before is not None:
        # It never began, and what kept it from that is what has to be mended.
        words = f"{before.message}, until the time was up"
        place = Failure(Cause.CANCELED, "", path=before.path)
        found = failures.Verdict(Reason(before.reason), words, place, before.mend or "")
        return Plan(status.failed(case, found, attempt))
    if failures.final(found.reason) or attempt.attempt >= case.settings.attempts:
        return Plan(status.failed(case, found, attempt))
    wait = BACK_OFF * 2 ** (attempt.attempt - 1) - since
    if found.reason is Reason.BUILDER_LOST or wait <= timedelta(0):
        return _next_attempt(case, failure=status.failure(case, found, attempt))
    return Plan(status.tried_again(case, found, attempt), requeue_after=wait)


# What the rows share.


def _at_hand(case: Case) -> BuildStatus:
    assert case.build is not None  # noqa: S101  only a build under way is followed
    return case.build


def _suspended_while_it_waits(case: Case) -> bool:
    """Whether the build at hand would be begun by a Secret that comes, and is not to be."""
    suspended = case.resolved is not None and bool(case.resolved.spec.suspend)
    began = case.attempt is not None and case.attempt.begun
    return suspended and case.awaits_secret and not began


def _never_began(attempt: Attempt) -> bool:
    return attempt.deleting or (attempt.phase is Phase.ENDED and not attempt.begun)


def _unless_it_goes(attempt: Attempt | None) -> tuple[str, ...]:
    return (attempt.job,) if attempt is not None and not attempt.deleting else ()


def _end_what_runs(case: Case) -> tuple[str, ...]:
    return tuple(attempt.job for attempt in case.alive if not attempt.deleting)


def _since_the_end(case: Case, attempt: Attempt) -> timedelta:
    """How long ago the worker or its pod ended; long ago where nobody saw it end."""
    ends = (end.at for end in (attempt.worker, attempt.pod_ending) if end is not None)
    at = next(filter(None, ends), None)
    # Either clock may be ahead; far apart they say nothing, and nothing is waited for.
    return LAST_FACTS if at is None else abs(case.now - at)
