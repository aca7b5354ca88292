"""Why an attempt failed: facts and raw words in, one reason with its message out.

One ordered table holds what BuildKit, git and registries say; the first row that fits decides.
What no row knows is ``BuildFailed`` with the raw words, so nothing is hidden. The texts are those
of BuildKit 0.34 and git 2.39; each row has a test with a recorded one.
"""

import re
from dataclasses import dataclass

from imagebuild.api import reasons
from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core.endings import DEADLINE, OWN_USAGE
from imagebuild.core.observe import Attempt

MAX_MESSAGE = 900
# BuildKit's way to an error through itself, which says nothing to who wrote the spec.
_WRAPPING = re.compile(
    r"(^error: )|failed to solve: |failed to compute cache key: |"
    r"failed to calculate checksum of ref \S+: "
)
# 128 + SIGKILL from a shell or an init; runc's own 9; and what shells and compilers print.
_KILLED_CODES = frozenset({9, 137})
_KILLED_WORDS = re.compile(r"\bkilled\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """``pattern`` is searched in what was said of a failure that has one of ``causes``."""

    causes: frozenset[Cause]
    pattern: str
    reason: Reason


def _row(causes: str, pattern: str, reason: Reason) -> Row:
    return Row(frozenset(Cause(name) for name in causes.split()), pattern, reason)


_ANY = " ".join(Cause)
TABLE: tuple[Row, ...] = (
    _row("Timeout", r"", Reason.TIMEOUT),
    _row("Context Internal Solve Push", r"(?i)no space left on device", Reason.DISK_FULL),
    _row("Internal", r"", Reason.INTERNAL_ERROR),
    _row("Order", r"", Reason.INTERNAL_ERROR),
    _row("Context", r"^(UrlRefused|PathRefused): ", Reason.INVALID_SPEC),
    _row("Context", r"^RefNotFound: ", Reason.REF_NOT_FOUND),
    _row("Context", r"^CommitNotFound: ", Reason.COMMIT_NOT_FOUND),
    _row("Context", r"^CommitNotOnRef: ", Reason.COMMIT_NOT_ON_REF),
    _row("Context", r"^PathNotFound: ", Reason.PATH_NOT_FOUND),
    _row("Context", r"^TooLarge: ", Reason.CONTEXT_TOO_LARGE),
    _row("Context", r"^Unreachable: ", Reason.GIT_UNREACHABLE),
    _row("Context", r"^ContextUnreadable: ", Reason.INTERNAL_ERROR),
    _row("Context", r"^CredentialInvalid: ", Reason.REGISTRY_AUTH),
    _row(
        "Daemon",
        r"newuidmap|newgidmap|max_user_namespaces|apparmor_restrict|/proc/self/exe|"
        r"share mount point",
        Reason.NODE_UNSUPPORTED,
    ),
    _row("Daemon", r"", Reason.DAEMON_FAILED),
    _row(
        "Solve Push",
        r"error reading from server: EOF|connection refused.*buildkitd\.sock|"
        r"transport: Error while dialing",
        Reason.DAEMON_FAILED,
    ),
    _row(
        "Push",
        r"(?i)\b(401|403)\b|unauthorized|denied|insufficient_scope|no basic auth|forbidden",
        Reason.PUSH_DENIED,
    ),
    _row(
        "Push Solve",
        r"(?i)temporary failure in name resolution|no such host|server misbehaving",
        Reason.NAME_NOT_RESOLVED,
    ),
    _row(
        "Push",
        r"(?i)connection refused|i/o timeout|no route to host|network is unreachable|x509|"
        r"server gave HTTP response",
        Reason.REGISTRY_UNREACHABLE,
    ),
    _row("Push", r"", Reason.PUSH_FAILED),
    _row(
        "Solve",
        r"(?i)failed to (?:resolve source metadata|fetch|authorize).*"
        r"(?:unauthorized|401|403|denied|insufficient_scope)",
        Reason.REGISTRY_AUTH,
    ),
    _row("Solve", r"failed to resolve source metadata for .*not found", Reason.IMAGE_NOT_FOUND),
    _row("Solve", r"invalid reference format", Reason.IMAGE_NOT_FOUND),
    _row(
        "Solve",
        r"(?i)failed to (?:resolve source metadata|do request|copy).*(?:connection refused|"
        r"i/o timeout|no route to host|unreachable|x509|HTTP response|5\d\d)",
        Reason.REGISTRY_UNREACHABLE,
    ),
    _row("Solve", r"target stage .* could not be found", Reason.STAGE_NOT_FOUND),
    _row(
        "Solve",
        r"(?i)failed to (?:calculate checksum|compute cache key).*not found|"
        r"lstat /\S*: no such file or directory",
        Reason.SOURCE_NOT_FOUND,
    ),
    _row("Solve", r"failed to read dockerfile.*no such file", Reason.DOCKERFILE_NOT_FOUND),
    _row(
        "Solve",
        r"dockerfile parse error|unknown instruction|parse error on line|requires at least|"
        r"unknown flag|failed to process|circular dependency|no build stage in current context",
        Reason.DOCKERFILE_INVALID,
    ),
    _row("Solve", r"did not complete successfully: exit code: \d+", Reason.STEP_FAILED),
    _row("Solve", r"exec format error", Reason.PLATFORM_MISMATCH),
    _row(_ANY, r"", Reason.BUILD_FAILED),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason, one message, and the worker's own facts where it left some."""

    reason: Reason
    message: str
    facts: Failure | None = None


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


def classify(failure: Failure) -> Reason:
    """The reason in the first row of TABLE that fits.

    A step that ended with an exit code failed by that, whatever its script or its log says, which
    BuildKit quotes.
    """
    if failure.cause is Cause.SOLVE and failure.exit_code is not None:
        return Reason.STEP_FAILED
    text = (
        f"{failure.error}\n{failure.log_tail}" if failure.cause is Cause.DAEMON else failure.error
    )
    for row in TABLE:
        if failure.cause in row.causes and re.search(row.pattern, text, re.DOTALL):
            return row.reason
    return Reason.BUILD_FAILED


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
