"""Why an attempt failed: facts and raw words in, one reason with its message out.

What the worker reports is read by ``table``, how Kubernetes ended its pod by ``taken``. Where both
have something to say, the pod's end goes before what it would have caused anyway.
"""

from dataclasses import dataclass, field, replace

from imagebuild.api import reasons
from imagebuild.api.reasons import Reason
from imagebuild.contract.picture import State
from imagebuild.contract.report import Cause, Failure
from imagebuild.core import texts
from imagebuild.core.failures import mending, message, table, taken
from imagebuild.core.failures.table import Found
from imagebuild.core.observe import Attempt

# What a pod that is being ended looks like from within.
_BY_ITS_END = frozenset({Reason.DAEMON_FAILED, Reason.SESSION_LOST, Reason.STEP_KILLED})
# What a stage brings about that runs at the end, though nobody was left to say so.
_OF_WHAT_RAN = frozenset({Reason.DISK_FULL, Reason.OUT_OF_MEMORY, Reason.TIMEOUT})
_OOM = "OOMKilled"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason, one message, and the worker's own facts where it left some."""

    reason: Reason
    message: str
    facts: Failure | None = None
    own_mend: str = field(default="", repr=False)

    @property
    def mend(self) -> str:
        """What to do about it."""
        return self.own_mend or reasons.mend(self.reason)


def final(reason: Reason) -> bool:
    """Whether another attempt would fail in the same way."""
    return reasons.terminal(reason)


def settled(attempt: Attempt) -> bool:
    """Whether all that could explain this failure is known.

    A daemon that was killed for its memory explains a killed step and a broken connection, and
    the end of the pod most of what its worker says at the last: both may be reported a moment
    after the worker's own end.
    """
    failure = attempt.report.failure if attempt.report else None
    if attempt.worker is None or attempt.pod_ending is not None:
        return True
    if failure is None or failure.cause is Cause.CANCELED:
        return attempt.worker.reason == _OOM
    if attempt.daemon is None and table.find(failure, oom=True).row.oom:
        return False
    return _found(attempt, failure).row.reason not in _BY_ITS_END - {Reason.STEP_KILLED}


def verdict(attempt: Attempt) -> Verdict:
    """Why this ended attempt failed."""
    failure = attempt.report.failure if attempt.report else None
    # A worker that was told to end knows no reason; whoever told it does.
    if failure is None or failure.cause is Cause.CANCELED:
        return _of_what_ran(_without_report(attempt), attempt)
    found = _found(attempt, failure)
    if found.row.reason in _BY_ITS_END and (ended := _by_its_end(attempt)) is not None:
        return _of_what_ran(ended, attempt)
    return Verdict(
        found.row.reason,
        message.of(found, failure, node=attempt.node),
        failure,
        mending.of(found.row, failure),
    )


def _found(attempt: Attempt, failure: Failure) -> Found:
    oom = attempt.daemon is not None and attempt.daemon.reason == _OOM
    return table.find(failure, oom=oom)


def _by_its_end(attempt: Attempt) -> Verdict | None:
    """What Kubernetes says of the pod's end; None where it says nothing of why."""
    row, pod = taken.find(attempt.pod_ending), attempt.pod_ending
    if row is None or pod is None:
        return None
    words = "the build pod did not end in time"
    if row.reason is not Reason.TIMEOUT:
        words = ": ".join(filter(None, (pod.reason, pod.message.strip())))
    if row.reason is Reason.NODE_UNSUPPORTED and attempt.node:
        words = f"node {attempt.node}: {words}"
    return Verdict(row.reason, texts.cut(words, message.MAX_MESSAGE), own_mend=row.mend)


def _of_what_ran(found: Verdict, attempt: Attempt) -> Verdict:
    """With its place: what the worker was at when it was told to end, else the only stage at work.

    Of several the picture doesn't tell which one it was.
    """
    if found.reason not in _OF_WHAT_RAN:
        return found
    facts = attempt.report.failure if attempt.report else None
    if facts is None or facts.stage is None:
        stages = attempt.picture.stages if attempt.picture else ()
        names = {stage.name for stage in stages if stage.state is State.RUNNING}
        facts = Failure(Cause.CANCELED, "", stage=names.pop()) if len(names) == 1 else None
    if facts is None:
        return found
    words = texts.cut(f"stage {facts.stage}: {found.message}", message.MAX_MESSAGE)
    return replace(found, message=words, facts=replace(facts, exit_code=None))


def _without_report(attempt: Attempt) -> Verdict:
    """The worker left no last word: what Kubernetes knows must do."""
    worker, pod = attempt.worker, attempt.pod_ending
    if worker is not None and worker.reason == _OOM:
        return Verdict(Reason.OUT_OF_MEMORY, "the build container ran out of memory")
    if (ended := _by_its_end(attempt)) is not None:
        return ended
    if attempt.lost:
        words = f"{pod.reason}: {pod.message}" if pod else "the build pod is gone"
        return Verdict(Reason.BUILDER_LOST, words)
    if attempt.report is not None:
        return Verdict(Reason.BUILDER_LOST, "the build was told to end")
    if worker is not None:
        words = f"the build container ended with exit code {worker.exit_code} and no report"
        return Verdict(Reason.INTERNAL_ERROR, f"{words} ({worker.reason}) {worker.message}".strip())
    words = f"{pod.reason}: {pod.message}" if pod else "the build pod ended before its worker began"
    return Verdict(Reason.BUILDER_LOST, words)
