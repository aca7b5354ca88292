"""What every status has in common, however its build fares."""

from datetime import datetime
from typing import Any

from imagebuild.api import status
from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core import failures, history
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt, endings
from imagebuild.core.status import bounds, conditions, published, seen, stages
from imagebuild.core.status.conditions import Word

_LOG_OF_THE_DAEMON = (Reason.NODE_UNSUPPORTED, Reason.DAEMON_FAILED)

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
    rows = stages.given_up(case.object.status.stages, failed=None, at=case.now)
    record = recorded(case, build, reason=why)
    return {"build": build, "history": record, **seen.columns(rows)}


def failure(case: Case, found: failures.Verdict, attempt: Attempt | None) -> status.Failure:
    """Why an attempt failed, with the mend and the command that shows more."""
    facts = found.facts
    return status.Failure(
        reason=found.reason,
        stage=facts.stage if facts else None,
        platform=facts.platform if facts else None,
        step=facts.step if facts else None,
        path=_path(case, facts, found.reason) if facts else None,
        line=facts.line if facts else None,
        exit_code=facts.exit_code if facts else None,
        message=bounds.cut(found.message),
        mend=found.mend or None,
        command=_command(case, found, attempt) if attempt else None,
        log_tail=facts.log_tail or None if facts else None,
    )


def _path(case: Case, facts: Failure, reason: Reason) -> str | None:
    """Where in the spec it failed; of images and registry Secrets the worker knows names alone."""
    if facts.path is None and facts.cause is Cause.PUSH and case.object.spec:
        return published.path_in(case.object.spec, facts.error)
    if facts.path is None and facts.secret and reason is Reason.CREDENTIAL_INVALID:
        return _of_registry_secret(case, facts.secret)
    return facts.path


def _of_registry_secret(case: Case, name: str) -> str | None:
    """Where the spec names it; None for one that the operator's settings name."""
    spec = case.object.spec
    names = [entry.name for entry in spec.registry_secrets] if spec else []
    return f"spec.registrySecrets[{names.index(name)}]" if name in names else None


def _command(case: Case, found: failures.Verdict, attempt: Attempt) -> str:
    """What shows more, and answers: the log of the container that knows, where there is one.

    A pod that was taken away leaves its Job alone; of one that was evicted the node keeps no log;
    and no log says that the kernel killed something for its memory.
    """
    namespace = case.object.owner.namespace
    ended = attempt.pod_ending.reason if attempt.pod_ending else ""
    evicted = ended == endings.EVICTED
    deleted = attempt.lost or ended == endings.DEADLINE
    if attempt.pod is None or (deleted and not evicted):
        return f"kubectl describe -n {namespace} job/{attempt.job}"
    if attempt.started is None or evicted or found.reason is Reason.OUT_OF_MEMORY:
        return f"kubectl describe -n {namespace} pod/{attempt.pod}"
    container = "buildkitd" if found.reason in _LOG_OF_THE_DAEMON else "build"
    return f"kubectl logs -n {namespace} job/{attempt.job} -c {container}"


def finished(
    case: Case, build: status.BuildStatus, result: str, attempt: Attempt | None
) -> status.BuildStatus:
    """This build at its end, which was that of this attempt where it is known."""
    return history.finished(build, result, ended_at(case, attempt))


def ended_at(case: Case, attempt: Attempt | None) -> datetime:
    """When an attempt ended: its worker, else its pod, else now."""
    ends = (attempt.worker, attempt.pod_ending) if attempt else ()
    return next((end.at for end in ends if end and end.at), case.now)


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
