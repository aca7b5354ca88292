"""What was said of a failure as one reason.

One ordered table holds what the worker, BuildKit, git, runc and registries say; the first row that
fits decides. What no row knows is ``BuildFailed`` with the raw words, so nothing is hidden. Each
row has a test with a recorded text.
"""

from dataclasses import dataclass

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core.failures import (
    limits,
    nodes,
    policy,
    published,
    registries,
    sources,
    steps,
    words,
)
from imagebuild.core.failures.row import Row, said

_CHECKS_MEND = (
    "Change what the warnings name, or take error=true out of the Dockerfile's line `# check=`."
)
_GONE = (
    r"error reading from server: EOF|connection refused.*buildkitd\.sock|"
    r"transport: Error while dialing"
)
_DOCKERFILE: tuple[Row, ...] = (
    said("Solve", r"target stage .* could not be found", Reason.STAGE_NOT_FOUND),
    said(
        "Solve",
        r"(?i)failed to (?:calculate checksum|compute cache key).*not found|"
        r"lstat /\S*: no such file or directory",
        Reason.SOURCE_NOT_FOUND,
    ),
    said("Solve", r"failed to read dockerfile.*no such file", Reason.DOCKERFILE_NOT_FOUND),
    said(
        "Solve",
        r"dockerfile parse error|unknown instruction|parse error on line|requires at least|"
        r"unknown flag|failed to process|circular dependency|no build stage in current context|"
        r"unterminated heredoc|file with no instructions|invalid escape token|"
        r"unsupported mount type|for mount type '|base name \(.*\) should not be blank",
        Reason.DOCKERFILE_INVALID,
    ),
    said("Solve", r"unable to find (?:user|group) \S+: no matching entries", Reason.INVALID_SPEC),
    said("Solve", r"did not complete successfully: exit code: \d+", Reason.STEP_FAILED),
    said("Solve", r"exec format error", Reason.PLATFORM_MISMATCH),
)
TABLE: tuple[Row, ...] = (
    *steps.TABLE,
    said("Timeout Stalled", r"failed to kill process in container", Reason.LEAKED_PROCESS),
    said("Timeout", r"", Reason.TIMEOUT),
    said("Stalled", r"", Reason.NO_PROGRESS),
    # Whoever told the worker to end knows why; this is for when nobody can be asked.
    said("Canceled", r"", Reason.BUILDER_LOST),
    *limits.BUILD,
    *registries.FULL,
    said("Context Internal Solve Push", words.FULL, Reason.DISK_FULL),
    said("Internal Order", r"", Reason.INTERNAL_ERROR),
    *policy.TABLE,
    *sources.CONTEXT,
    said("Archive", r"", Reason.ARCHIVE_FAILED),
    # A user's own Dockerfile may make errors of its checks; spec.lint changes nothing then.
    said("Lint", r"^lint violation found for rules: ", Reason.LINT_FAILED, mend=_CHECKS_MEND),
    said("Lint", r"", Reason.LINT_FAILED),
    *nodes.DAEMON,
    *nodes.BUILD,
    said("Solve Push Daemon", r"no active sessions?\b", Reason.SESSION_LOST),
    said("Daemon", r"", Reason.OUT_OF_MEMORY, oom=True),
    said("Daemon", r"", Reason.DAEMON_FAILED),
    said("Solve Push", _GONE, Reason.OUT_OF_MEMORY, oom=True),
    said("Solve Push", _GONE, Reason.DAEMON_FAILED),
    *published.TABLE,
    *registries.PUSH,
    *sources.FETCHED,
    *registries.PULL,
    *_DOCKERFILE,
    said(" ".join(Cause), r"", Reason.BUILD_FAILED),
)


@dataclass(frozen=True, slots=True)
class Found:
    """The row that fits, and the line in which it was said."""

    row: Row
    line: str


def find(failure: Failure, *, oom: bool = False) -> Found:
    """The first row of TABLE that fits; ``oom`` as in a row."""
    for row in TABLE:
        line = row.told_by(failure, oom=oom)
        if line is not None:
            return Found(row, line)
    raise AssertionError(f"no row for {failure}")
