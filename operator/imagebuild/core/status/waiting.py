"""A build that has begun, waits for something or runs: more is going to happen by itself."""

from dataclasses import replace
from typing import Any

from imagebuild.api import status
from imagebuild.api.reasons import Reason
from imagebuild.contract.picture import Phase
from imagebuild.core import anew, failures
from imagebuild.core.attempt import absent, mounts
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.observe.obstacles import Obstacle
from imagebuild.core.status import bounds, conditions, said, seen, stages, taken

_VERBS = {
    Phase.CONTEXT: "brings its context",
    Phase.BUILD: "runs",
    Phase.PUBLISH: "publishes",
    Phase.DONE: "ends",
}
_WAITS = "waits for its pod to start"


def begun(case: Case, build: status.BuildStatus, /, **changes: Any) -> status.ImageBuildStatus:
    """An attempt of ``build`` has just been begun; why an earlier one failed stays in sight."""
    word = conditions.waiting(Reason.BUILDING, f"{said.doing(case, build)} {_WAITS}")
    rows = seen.rows(case, None)
    fresh = {
        "build": taken.at_its_beginning(case, build, rows.get("stages", ())),
        "source": None,
        "contexts": (),
        "duration": None,
        "current": seen.STARTING,
        **rows,
    }
    return said.say(case, word, **{"failure": None, **changes, **fresh})


def looked_at(case: Case, attempt: Attempt) -> status.ImageBuildStatus:
    """The build at hand waits for its worker, or runs."""
    changes = seen.progress(case, attempt)
    if attempt.obstacle and attempt.obstacle.reason is Reason.WAITING_FOR_SECRET:
        return obstructed(case, _awaited(case, attempt.obstacle), **changes)
    if attempt.obstacle:
        about = f"pod/{attempt.pod}" if attempt.pod else f"job/{attempt.job}"
        command = f"kubectl describe -n {case.object.owner.namespace} {about}"
        return obstructed(case, _placed(case, attempt.obstacle), command=command, **changes)
    if case.awaits_secret and not attempt.begun and not anew.due(case):
        # Its pod is as good as new: the kubelet has not said anything of it yet.
        return awaits(case, **changes)
    verb = _WAITS
    if attempt.begun:
        verb = _VERBS[attempt.picture.phase] if attempt.picture else "runs"
    word = conditions.waiting(Reason.BUILDING, f"{said.doing(case, case.build)} {verb}")
    before = case.object.status.failure
    keep = attempt.attempt > 1 and before and before.reason not in conditions.OBSTACLES
    changes["current"] = seen.current(attempt, changes["stages"], case.object.status.current)
    return said.say(case, word, failure=before if keep else None, **changes)


def _placed(case: Case, obstacle: Obstacle) -> Obstacle:
    """With the place in the spec of what it is about, while the pod was made of that spec."""
    if case.resolved is None or case.build is None or case.build.spec != case.spec:
        return obstacle
    path = mounts.path_in(case.resolved, obstacle.message)
    if path is None:
        return obstacle
    return replace(obstacle, path=path, message=f"{path}: {obstacle.message}")


def _awaited(case: Case, obstacle: Obstacle) -> Obstacle:
    """In words that name what is not there, while the pod was made of the spec at hand."""
    if case.resolved is None or case.build is None or case.build.spec != case.spec:
        return obstacle
    found = absent.of(case.resolved, obstacle.message)
    if not found:
        return obstacle
    words = "; ".join(f"{path}: {what}" for path, what in found)
    where = f"(namespace {case.object.owner.namespace})"
    message = f"{words} {where}; the build starts by itself as soon as there is"
    return replace(obstacle, path=found[0].path, message=message)


def awaits(case: Case, **changes: Any) -> status.ImageBuildStatus:
    """The build at hand waits for a Secret as before: its Job goes, or has just been made anew."""
    told = case.object.status.failure
    assert told is not None  # noqa: S101  that is how the case knows
    word = conditions.waiting(Reason.WAITING_FOR_SECRET, conditions.sentence(told))
    return said.say(case, word, **changes)


def obstructed(
    case: Case, obstacle: Obstacle, *, command: str | None = None, **changes: Any
) -> status.ImageBuildStatus:
    """Something keeps a build from beginning, which it does by itself as soon as that is gone.

    Where that is another attempt, why the one before failed gives way to it.
    """
    failure = status.Failure(
        reason=obstacle.reason,
        path=obstacle.path or None,
        message=bounds.cut(obstacle.message),
        mend=obstacle.mend or None,
        command=command,
    )
    word = conditions.waiting(obstacle.reason, conditions.sentence(failure))
    return said.say(case, word, **{**changes, "failure": failure})


def tried_again(case: Case, found: failures.Verdict, attempt: Attempt) -> status.ImageBuildStatus:
    """This attempt failed by no fault of what it builds, and another follows after a while."""
    told = said.failure(case, found, attempt)
    again = f"Attempt {attempt.attempt} of {case.settings.attempts} failed; another follows"
    words = f"{again}. {conditions.sentence(told)}"
    changes, at = seen.progress(case, attempt), said.ended_at(case, attempt)
    changes |= seen.columns(stages.given_up(changes["stages"], failed=told, at=at))
    return said.say(case, conditions.waiting(told.reason, words), failure=told, **changes)
