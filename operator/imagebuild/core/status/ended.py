"""A build that ended, or that can never begin: nothing more happens by itself."""

from dataclasses import replace
from typing import Any

from imagebuild.api import status
from imagebuild.api.problem import Problem
from imagebuild.api.reasons import Reason
from imagebuild.core import failures, history
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.status import bounds, conditions, published, said, seen, stages
from imagebuild.core.status.conditions import Word

_LONGEST_MEND = 300


def succeeded(case: Case, attempt: Attempt) -> status.ImageBuildStatus:
    """The build at hand succeeded with this attempt."""
    changes = seen.progress(case, attempt)
    changes |= seen.columns(stages.all_done(changes["stages"]))
    build = said.finished(case, changes.pop("build"), history.SUCCEEDED, attempt)
    images = published.of(case, attempt, build, changes["stages"])
    ready = _ready(case, images)
    reported = attempt.report.images if attempt.report else ()
    if case.of_these_inputs:
        changes |= {
            "image": published.first_image(images),
            "published": images,
            "last_succeeded": status.LastSucceeded(
                number=build.number, inputs=build.inputs or "", shape=case.shape
            ),
        }
    digest = reported[0].digest if reported else None
    return said.say(
        case,
        ready if case.of_these_inputs else said.SUSPENDED,
        build=build,
        failure=None,
        history=said.recorded(case, build, reason=ready.reason, digest=digest),
        duration=said.duration(build),
        **changes,
    )


def failed(
    case: Case, found: failures.Verdict, attempt: Attempt | None = None
) -> status.ImageBuildStatus:
    """The build at hand failed for good."""
    told = said.failure(case, found, attempt)
    changes: dict[str, Any] = {"build": case.build, "stages": case.object.status.stages}
    if attempt:
        changes = seen.progress(case, attempt)
    at = said.ended_at(case, attempt)
    changes |= seen.columns(stages.given_up(changes["stages"], failed=told, at=at))
    build = said.finished(case, changes.pop("build"), history.FAILED, attempt)
    word = conditions.stalled(told.reason, conditions.sentence(told))
    return said.say(
        case,
        word if case.of_these_inputs else said.SUSPENDED,
        build=build,
        failure=told if case.of_these_inputs else None,
        history=said.recorded(case, build, reason=told.reason),
        duration=said.duration(build),
        **changes,
    )


def still_failed(case: Case) -> status.ImageBuildStatus:
    """The build at hand failed for good, and nothing changed since."""
    failure = case.object.status.failure
    if failure is None:
        return case.object.status
    return said.say(case, conditions.stalled(failure.reason, conditions.sentence(failure)))


def still_succeeded(case: Case) -> status.ImageBuildStatus:
    """What the object asks for is there already."""
    before, changes = case.object.status, said.canceled(case)
    last = before.last_succeeded
    if case.build and last and case.build.number != last.number:
        # They are of a build whose result is not what is asked for any more.
        changes |= {"stages": (), "progress": None, "cached": None, "duration": None}
    if last:
        changes["last_succeeded"] = last.model_copy(update={"shape": case.shape})
    ready = _ready(case, before.published)
    if case.gone:
        tail = f"what it was made from is gone, and the next build waits for it: {case.gone}"
        ready = replace(ready, message=f"{ready.message}; {tail}")
    return said.say(case, ready, failure=None, **changes)


def invalid(
    case: Case, problems: tuple[Problem, ...], *, reason: Reason = Reason.INVALID_SPEC
) -> status.ImageBuildStatus:
    """The spec can't be built, or may not be: what is wrong, where, and how to mend it."""
    mends = "; ".join(dict.fromkeys(p.mend for p in problems if p.mend))
    failure = status.Failure(
        reason=reason,
        path=problems[0].path,
        message=bounds.cut(" ".join(f"{problem.path}: {problem.what}." for problem in problems)),
        mend=bounds.cut(mends, longest=_LONGEST_MEND) or None,
    )
    changes = said.canceled(case)
    if case.object.requested:
        # Who asked for a build and waits for the answer has it.
        changes["last_handled_reconcile_at"] = case.object.requested[-1]
    word = conditions.stalled(failure.reason, conditions.sentence(failure))
    return said.say(case, word, failure=failure, **changes)


def stuck(case: Case, found: failures.Verdict) -> status.ImageBuildStatus:
    """We made a mistake with this object; everything else of it stays as it was."""
    told = said.failure(case, found, None)
    word = conditions.stalled(told.reason, conditions.sentence(told))
    return said.say(case, word, failure=told)


def _ready(case: Case, images: tuple[status.PublishedImage, ...]) -> Word:
    reason = Reason.PUBLISHED if images else Reason.BUILT
    return Word("True", reason, published.words(case.object.spec, images))
