"""The whole status, from the facts about a build: one function for each thing there is to say."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from imagebuild.api import reasons, status
from imagebuild.api.problem import Problem
from imagebuild.api.reasons import Reason
from imagebuild.contract.picture import Phase
from imagebuild.core import failures, history
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.observe.obstacles import Obstacle
from imagebuild.core.status import conditions, published, seen, stages
from imagebuild.core.status.conditions import Word

_VERBS = {
    Phase.CONTEXT: "brings its context",
    Phase.BUILD: "runs",
    Phase.PUBLISH: "publishes",
    Phase.DONE: "ends",
}
_LOG_OF_THE_DAEMON = (Reason.NODE_UNSUPPORTED, Reason.DAEMON_FAILED, Reason.OUT_OF_MEMORY)


# A build of inputs that are no longer asked for ends in the record alone; only a suspended object
# lets one run on.
SUSPENDED = Word(
    "Unknown", Reason.SUSPENDED, "suspended: a build is due, and starts when spec.suspend is false"
)


def say(case: Case, word: Word, **changes: Any) -> status.ImageBuildStatus:
    """The status of before with these conditions and changes.

    Nothing else moves but descriptions, whose change starts no build.
    """
    before = case.object.status
    build: status.BuildStatus | None = changes.pop("build", case.build)
    rows = changes.pop("stages", before.stages)
    requested = (build.requested_at or "").split() if build else []
    update = {
        "observed_generation": case.object.generation,
        "conditions": conditions.conditions(
            before.conditions, word, generation=case.object.generation, now=case.now
        ),
        "build": build,
        "stages": stages.described(rows, case.object.spec),
        "last_handled_reconcile_at": requested[-1]
        if requested
        else before.last_handled_reconcile_at,
        **changes,
    }
    return before.model_copy(update=update)


def begun(case: Case, build: status.BuildStatus, **changes: Any) -> status.ImageBuildStatus:
    """An attempt of ``build`` has just been begun; why an earlier one failed stays in sight."""
    word = conditions.waiting(Reason.BUILDING, f"{_doing(case, build)} waits for its pod to start")
    gone = {"source": None, "contexts": (), "duration": None}
    fresh = {"build": build, **gone, **seen.rows(case, None)}
    return say(case, word, **{"failure": None, **changes, **fresh})


def looked_at(case: Case, attempt: Attempt) -> status.ImageBuildStatus:
    """The build at hand waits for its worker, or runs."""
    changes = seen.progress(case, attempt)
    if attempt.obstacle:
        about = f"pod/{attempt.pod}" if attempt.pod else f"job/{attempt.job}"
        command = f"kubectl describe -n {case.object.owner.namespace} {about}"
        return obstructed(case, attempt.obstacle, command=command, **changes)
    verb = "waits for its pod to start"
    if attempt.started:
        verb = _VERBS[attempt.picture.phase] if attempt.picture else "runs"
    word = conditions.waiting(Reason.BUILDING, f"{_doing(case, case.build)} {verb}")
    before = case.object.status.failure
    keep = attempt.attempt > 1 and before and before.reason not in conditions.OBSTACLES
    return say(case, word, failure=before if keep else None, **changes)


def stuck(case: Case, found: failures.Verdict) -> status.ImageBuildStatus:
    """We made a mistake with this object; everything else of it stays as it was."""
    told = failure(case, found, None)
    word = conditions.stalled(told.reason, conditions.sentence(told))
    return say(case, word, failure=told)


def obstructed(
    case: Case, obstacle: Obstacle, *, command: str | None = None, **changes: Any
) -> status.ImageBuildStatus:
    """Something keeps a build from beginning, which it does by itself as soon as that is gone.

    Where that is another attempt, why the one before failed gives way to it.
    """
    failure = status.Failure(
        reason=obstacle.reason,
        message=obstacle.message,
        mend=reasons.mend(obstacle.reason) or None,
        command=command,
    )
    word = conditions.waiting(obstacle.reason, conditions.sentence(failure))
    return say(case, word, **{**changes, "failure": failure})


def succeeded(case: Case, attempt: Attempt) -> status.ImageBuildStatus:
    """The build at hand succeeded with this attempt."""
    changes = seen.progress(case, attempt)
    changes |= seen.columns(stages.all_done(changes["stages"]))
    build = _finished(case, history.SUCCEEDED, attempt)
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
    return say(
        case,
        ready if case.of_these_inputs else SUSPENDED,
        build=build,
        failure=None,
        history=_recorded(
            case,
            build,
            reason=ready.reason,
            digest=reported[0].digest if reported else None,
        ),
        duration=_duration(build),
        **changes,
    )


def failed(
    case: Case, found: failures.Verdict, attempt: Attempt | None = None
) -> status.ImageBuildStatus:
    """The build at hand failed for good."""
    told = failure(case, found, attempt)
    build = _finished(case, history.FAILED, attempt)
    changes = seen.progress(case, attempt) if attempt else {}
    rows = changes.get("stages", case.object.status.stages)
    changes |= seen.columns(stages.given_up(rows, failed=told.stage))
    word = conditions.stalled(told.reason, conditions.sentence(told))
    return say(
        case,
        word if case.of_these_inputs else SUSPENDED,
        build=build,
        failure=told if case.of_these_inputs else None,
        history=_recorded(case, build, reason=told.reason),
        duration=_duration(build),
        **changes,
    )


def tried_again(case: Case, found: failures.Verdict, attempt: Attempt) -> status.ImageBuildStatus:
    """This attempt failed by no fault of what it builds, and another follows after a while."""
    told = failure(case, found, attempt)
    again = f"Attempt {attempt.attempt} of {case.settings.attempts} failed; another follows"
    words = f"{again}. {conditions.sentence(told)}"
    return say(
        case,
        conditions.waiting(told.reason, words),
        failure=told,
        **seen.progress(case, attempt),
    )


def still_failed(case: Case) -> status.ImageBuildStatus:
    """The build at hand failed for good, and nothing changed since."""
    failure = case.object.status.failure
    if failure is None:
        return case.object.status
    return say(case, conditions.stalled(failure.reason, conditions.sentence(failure)))


def still_succeeded(case: Case) -> status.ImageBuildStatus:
    """What the object asks for is there already."""
    before, changes = case.object.status, canceled(case)
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
    return say(case, ready, failure=None, **changes)


def invalid(case: Case, problems: tuple[Problem, ...]) -> status.ImageBuildStatus:
    """The spec can't be built: what is wrong, where, and how to mend it."""
    failure = status.Failure(
        reason=Reason.INVALID_SPEC,
        path=problems[0].path,
        message=_cut(" ".join(f"{problem.path}: {problem.what}." for problem in problems)),
        mend=_cut(" ".join(dict.fromkeys(p.mend for p in problems if p.mend)), longest=300) or None,
    )
    return say(
        case,
        conditions.stalled(failure.reason, conditions.sentence(failure)),
        failure=failure,
        **canceled(case),
    )


def canceled(case: Case) -> dict[str, Any]:
    """What changes when the build at hand is left behind; nothing where it is over."""
    if not case.under_way:
        return {}
    build = _finished(case, history.CANCELED, None)
    rows = stages.given_up(case.object.status.stages, failed=None)
    record = _recorded(case, build, reason="Superseded")
    return {"build": build, "history": record, **seen.columns(rows)}


def _ready(case: Case, images: tuple[status.PublishedImage, ...]) -> Word:
    reason = Reason.PUBLISHED if images else Reason.BUILT
    return Word("True", reason, published.words(case.object.spec, images))


def failure(case: Case, found: failures.Verdict, attempt: Attempt | None) -> status.Failure:
    """Why an attempt failed, with the mend and the command that shows more."""
    facts = found.facts
    container = "buildkitd" if found.reason in _LOG_OF_THE_DAEMON else "build"
    logs = f"kubectl logs -n {case.object.owner.namespace} job/{{}} -c {container}"
    return status.Failure(
        reason=found.reason,
        stage=facts.stage if facts else None,
        step=facts.step if facts else None,
        path=facts.path if facts else None,
        line=facts.line if facts else None,
        exit_code=facts.exit_code if facts else None,
        message=found.message,
        mend=found.mend or None,
        command=logs.format(attempt.job) if attempt and attempt.pod else None,
        log_tail=facts.log_tail or None if facts else None,
    )


def _finished(case: Case, result: str, attempt: Attempt | None) -> status.BuildStatus:
    at: datetime = (
        attempt.worker.at if attempt and attempt.worker and attempt.worker.at else case.now
    )
    assert case.build is not None  # noqa: S101  only a build under way comes to an end
    return history.finished(case.build, result, at)


def _recorded(
    case: Case, build: status.BuildStatus, *, reason: str, digest: str | None = None
) -> tuple[status.HistoryEntry, ...]:
    return history.with_build(
        case.object.status.history, build, reason=reason, digest=digest, limit=case.settings.history
    )


def _duration(build: status.BuildStatus) -> str | None:
    if build.started_at is None or build.finished_at is None:
        return None
    return history.duration((build.finished_at - build.started_at).total_seconds())


def _cut(text: str, longest: int = conditions.MAX_MESSAGE) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _doing(case: Case, build: status.BuildStatus | None) -> str:
    """The beginning of a sentence about what a build does."""
    if build is None:
        return "the build"
    name = f"build {build.number} ({build.reason})"
    attempt = build.attempt or 1
    return name if attempt == 1 else f"{name}, attempt {attempt} of {case.settings.attempts},"
