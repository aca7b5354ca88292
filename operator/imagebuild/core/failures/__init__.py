"""Why an attempt failed: facts and raw words in, one reason with its message out."""

import re
from dataclasses import dataclass

from imagebuild.api import reasons
from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core.failures.table import classify
from imagebuild.core.observe import Attempt
from imagebuild.core.observe.endings import DEADLINE, OWN_USAGE

MAX_MESSAGE = 900
# BuildKit's way to an error through itself, which says nothing to who wrote the spec.
_WRAPPING = re.compile(
    r"(^error: )|failed to solve: |failed to compute cache key: |"
    r"failed to calculate checksum of ref \S+: "
)
# 128 + SIGKILL from a shell or an init; runc's own 9; and what shells and compilers print.
_KILLED_CODES = frozenset({9, 137})
# What BuildKit says where a Dockerfile makes errors of its checks; spec.lint changes nothing then.
_CHECKS = re.compile(r"^lint violation found for rules: ")
_CHECKS_MEND = (
    "Change what the warnings name, or take error=true out of the Dockerfile's line `# check=`."
)
# A step that no line of the Dockerfile holds: what the base's ONBUILD left for who builds on it.
_TRIGGER = re.compile(r"^\[[^\]]*\d+/\d+\] ONBUILD (?P<instruction>[^\n]{1,80})")
_KILLED_WORDS = re.compile(r"\bkilled\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason, one message, and the worker's own facts where it left some."""

    reason: Reason
    message: str
    facts: Failure | None = None

    @property
    def mend(self) -> str:
        """What to do about it."""
        if self.reason is Reason.LINT_FAILED and self.facts and _CHECKS.search(self.facts.error):
            return _CHECKS_MEND
        return reasons.mend(self.reason)


def settled(attempt: Attempt) -> bool:
    """Whether all that could explain this failure is known.

    A daemon that was killed for its memory explains an exit code of 137 and a broken connection,
    but its end may be reported a moment after the worker's.
    """
    failure = attempt.report.failure if attempt.report else None
    if attempt.worker is None or attempt.daemon is not None or attempt.pod_ending is not None:
        return True
    return failure is not None and not _may_be_memory(failure)


def final(reason: Reason) -> bool:
    """Whether another attempt would fail in the same way."""
    return reasons.terminal(reason)


def verdict(attempt: Attempt) -> Verdict:
    """Why this ended attempt failed."""
    failure = attempt.report.failure if attempt.report else None
    # A worker that was told to end knows no reason; whoever told it does.
    if failure is None or failure.cause is Cause.CANCELED:
        return _without_report(attempt)
    reason = classify(failure)
    oom = attempt.daemon is not None and attempt.daemon.reason == "OOMKilled"
    if oom and _may_be_memory(failure):
        reason = Reason.OUT_OF_MEMORY
    return Verdict(reason, _message(reason, failure), failure)


def _may_be_memory(failure: Failure) -> bool:
    """Whether a kill for lack of memory would explain it."""
    if failure.exit_code is None:
        return classify(failure) is Reason.DAEMON_FAILED
    killed = _KILLED_WORDS.search(failure.log_tail[-200:])
    return failure.exit_code in _KILLED_CODES or killed is not None


def _without_report(attempt: Attempt) -> Verdict:
    """The worker left no last word: what Kubernetes knows must do."""
    worker, pod = attempt.worker, attempt.pod_ending
    if worker is not None and worker.reason == "OOMKilled":
        return Verdict(Reason.OUT_OF_MEMORY, "the build container ran out of memory")
    if attempt.lost:
        words = f"{pod.reason}: {pod.message}" if pod else "the build pod is gone"
        return Verdict(Reason.BUILDER_LOST, words)
    if pod is not None and pod.reason == DEADLINE:
        return Verdict(Reason.TIMEOUT, "the build pod did not end in time")
    if pod is not None and pod.reason == "Evicted" and re.search(OWN_USAGE, pod.message):
        return Verdict(Reason.DISK_FULL, pod.message)
    if attempt.report is not None:
        return Verdict(Reason.BUILDER_LOST, "the build was told to end")
    if worker is not None:
        words = f"the build container ended with exit code {worker.exit_code} and no report"
        return Verdict(Reason.INTERNAL_ERROR, f"{words} ({worker.reason}) {worker.message}".strip())
    words = f"{pod.reason}: {pod.message}" if pod else "the build pod ended before its worker began"
    return Verdict(Reason.BUILDER_LOST, words)


def _message(reason: Reason, failure: Failure) -> str:
    where = _where(failure)
    words = _words(failure)
    if trigger := _TRIGGER.search(failure.vertex or ""):
        words = f"{trigger['instruction']}, an ONBUILD trigger of its base: {words}"
    if reason is Reason.OUT_OF_MEMORY:
        words = f"the build ran out of memory ({words})"
    return f"{where}: {words}"[:MAX_MESSAGE] if where else words[:MAX_MESSAGE]


def _where(failure: Failure) -> str:
    parts = [f"stage {failure.stage}" if failure.stage else ""]
    if failure.step is not None:
        parts.append(f"step {failure.step}")
    place = failure.path or ""
    if failure.line is not None:
        place = f"{place} line {failure.line}".strip()
    parts.append(f"({place})" if place and any(parts) else place)
    return " ".join(p for p in parts if p)


def _words(failure: Failure) -> str:
    """The exit code with the log's last line for a step, else the error without its wrapping."""
    last = next((t for t in reversed(failure.log_tail.splitlines()) if t.strip()), "")
    if failure.exit_code is not None:
        return f"exit code {failure.exit_code}: {last.strip()}".rstrip(": ")
    text = _WRAPPING.sub("", failure.error.strip())
    return " ".join(text.split())
