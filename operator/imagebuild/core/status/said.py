"""What every status has in common, however its build fares."""

from datetime import datetime
from typing import Any

from imagebuild.api import status
from imagebuild.api.reasons import Reason
from imagebuild.core import failures, history
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.status import bounds, conditions, seen, stages
from imagebuild.core.status.conditions import Word

_LOG_OF_THE_DAEMON = (Reason.NODE_UNSUPPORTED, Reason.DAEMON_FAILED, Reason.OUT_OF_MEMORY)

# A build of inputs that are no longer asked for ends in the record alone; only a suspended object
# lets one run on.
SUSPENDED = Word(
    "Unknown", Reason.SUSPENDED, "a build is due, and starts when spec.suspend is false"
)


def say(case: Case, word: Word, **changes: Any) -> status.ImageBuildStatus:
    """The status of before with these conditions and changes.

    Nothing else moves but descriptions, whose change starts no build, and what is done just now.
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
        "current": None,
        "last_handled_reconcile_at": requested[-1]
        if requested
        else before.last_handled_reconcile_at,
        **changes,
    }
    return bounds.fit(before.model_copy(update=update))


def canceled(case: Case, why: Reason = Reason.CANCELED) -> dict[str, Any]:
    """What changes when the build at hand is left behind; nothing where it is over."""
    if case.build is None or not case.under_way:
        return {}
    build = finished(case, case.build, history.CANCELED, None)
    rows = stages.given_up(case.object.status.stages, failed=None)
    record = recorded(case, build, reason=why)
    return {"build": build, "history": record, **seen.columns(rows)}


def failure(case: Case, found: failures.Verdict, attempt: Attempt | None) -> status.Failure:
    """Why an attempt failed, with the mend and the command that shows more."""
    facts = found.facts
    return status.Failure(
        reason=found.reason,
        stage=facts.stage if facts else None,
        step=facts.step if facts else None,
        path=facts.path if facts else None,
        line=facts.line if facts else None,
        exit_code=facts.exit_code if facts else None,
        message=bounds.cut(found.message),
        mend=found.mend or None,
        command=_command(case, found, attempt) if attempt and attempt.pod else None,
        log_tail=facts.log_tail or None if facts else None,
    )


def _command(case: Case, found: failures.Verdict, attempt: Attempt) -> str:
    """What shows more: the log of the container that knows, or why there never was one."""
    if attempt.started is None:
        return f"kubectl describe -n {case.object.owner.namespace} pod/{attempt.pod}"
    container = "buildkitd" if found.reason in _LOG_OF_THE_DAEMON else "build"
    return f"kubectl logs -n {case.object.owner.namespace} job/{attempt.job} -c {container}"


def finished(
    case: Case, build: status.BuildStatus, result: str, attempt: Attempt | None
) -> status.BuildStatus:
    """This build at its end, which was that of its worker where it is known."""
    worker = attempt.worker if attempt else None
    at: datetime = worker.at if worker and worker.at else case.now
    return history.finished(build, result, at)


def recorded(
    case: Case, build: status.BuildStatus, *, reason: str, digest: str | None = None
) -> tuple[status.HistoryEntry, ...]:
    """The history with this finished build in it."""
    return history.with_build(
        case.object.status.history, build, reason=reason, digest=digest, limit=case.settings.history
    )


def duration(build: status.BuildStatus) -> str | None:
    """How long a finished build took."""
    if build.started_at is None or build.finished_at is None:
        return None
    return history.duration((build.finished_at - build.started_at).total_seconds())


def doing(case: Case, build: status.BuildStatus | None) -> str:
    """The beginning of a sentence about what a build does."""
    if build is None:
        return "the build"
    name = f"build {build.number} ({build.reason})"
    attempt = build.attempt or 1
    return name if attempt == 1 else f"{name}, attempt {attempt} of {case.settings.attempts},"
