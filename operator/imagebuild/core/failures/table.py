"""What was said of a failure as one reason.

One ordered table holds what the worker, BuildKit, git and registries say; the first row that fits
decides. What no row knows is ``BuildFailed`` with the raw words, so nothing is hidden. The texts
are those of BuildKit 0.34 and git 2.39; each row has a test with a recorded one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure

# The kernel's words for a program of another processor, as runc, shells and programs print them.
_FOREIGN = re.compile(r"\bexec format error\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """``pattern`` is searched in what was said of a failure that has one of ``causes``."""

    causes: frozenset[Cause]
    pattern: str
    reason: Reason


def _row(causes: str, pattern: str, reason: Reason) -> Row:
    return Row(frozenset(Cause(name) for name in causes.split()), pattern, reason)


# What the worker's words about a context begin with.
_CONTEXT: Mapping[str, Reason] = {
    "UrlRefused|PathRefused|HostRefused|FactInvalid": Reason.INVALID_SPEC,
    "RefNotFound": Reason.REF_NOT_FOUND,
    "CommitNotFound": Reason.COMMIT_NOT_FOUND,
    "CommitNotOnRef": Reason.COMMIT_NOT_ON_REF,
    "PathNotFound": Reason.PATH_NOT_FOUND,
    "TooLarge": Reason.CONTEXT_TOO_LARGE,
    "Unreachable": Reason.GIT_UNREACHABLE,
    "DownloadFailed": Reason.DOWNLOAD_FAILED,
    "ChecksumMismatch": Reason.CHECKSUM_MISMATCH,
    "ContextInvalid": Reason.CONTEXT_INVALID,
    "ImageNotFound": Reason.IMAGE_NOT_FOUND,
    "RegistryAuth|CredentialInvalid": Reason.REGISTRY_AUTH,
    "RegistryUnreachable": Reason.REGISTRY_UNREACHABLE,
    "DockerfileNotFound": Reason.DOCKERFILE_NOT_FOUND,
    # Only files of a user's volume can be of others: all else was written by the worker.
    "ContextUnreadable(?=: [^\n]*Permission denied)": Reason.CONTEXT_INVALID,
    "ContextUnreadable": Reason.INTERNAL_ERROR,
}
_ANY = " ".join(Cause)
TABLE: tuple[Row, ...] = (
    _row("Timeout", r"", Reason.TIMEOUT),
    _row("Context Internal Solve Push", r"(?i)no space left on device", Reason.DISK_FULL),
    _row("Internal", r"", Reason.INTERNAL_ERROR),
    _row("Order", r"", Reason.INTERNAL_ERROR),
    *(_row("Context", rf"^({word}): ", reason) for word, reason in _CONTEXT.items()),
    _row("Archive", r"", Reason.ARCHIVE_FAILED),
    _row("Lint", r"", Reason.LINT_FAILED),
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
    _row("Solve", r"no match for platform in manifest", Reason.PLATFORM_MISMATCH),
    _row("Solve", r"failed to resolve source metadata for .*not found", Reason.IMAGE_NOT_FOUND),
    _row("Solve", r"invalid reference format", Reason.IMAGE_NOT_FOUND),
    _row(
        "Solve",
        r"(?i)failed to (?:resolve source metadata|do request|copy).*(?:connection refused|"
        r"i/o timeout|no route to host|unreachable|x509|HTTP response|5\d\d)",
        Reason.REGISTRY_UNREACHABLE,
    ),
    # What BuildKit itself fetches: `add`, and ADD of a user's own Dockerfile.
    _row("Solve", r"digest mismatch|expected checksum to match", Reason.CHECKSUM_MISMATCH),
    _row("Solve", r"repository does not contain ref", Reason.REF_NOT_FOUND),
    _row("Solve", r"git subpath .* contains non-directory", Reason.PATH_NOT_FOUND),
    _row("Solve", r"failed to fetch remote", Reason.GIT_UNREACHABLE),
    _row(
        "Solve",
        r"invalid response status|(?:^|failed to solve: |load cache key: )(?:Get|Head) \"",
        Reason.DOWNLOAD_FAILED,
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
        r"unknown flag|failed to process|circular dependency|no build stage in current context|"
        r"unterminated heredoc|file with no instructions|invalid escape token|"
        r"unsupported mount type|for mount type '|base name \(.*\) should not be blank",
        Reason.DOCKERFILE_INVALID,
    ),
    _row("Solve", r"unable to find (?:user|group) \S+: no matching entries", Reason.INVALID_SPEC),
    _row("Solve", r"did not complete successfully: exit code: \d+", Reason.STEP_FAILED),
    _row("Solve", r"exec format error", Reason.PLATFORM_MISMATCH),
    _row(_ANY, r"", Reason.BUILD_FAILED),
)


def classify(failure: Failure) -> Reason:
    """The reason in the first row of TABLE that fits.

    A step that ended with an exit code failed by that, whatever its script or its log says, which
    BuildKit quotes; but for a program that could not begin, which only the log tells.
    """
    if failure.cause is Cause.SOLVE and failure.exit_code is not None:
        foreign = _FOREIGN.search(failure.log_tail)
        return Reason.PLATFORM_MISMATCH if foreign else Reason.STEP_FAILED
    text = (
        f"{failure.error}\n{failure.log_tail}" if failure.cause is Cause.DAEMON else failure.error
    )
    for row in TABLE:
        if failure.cause in row.causes and re.search(row.pattern, text, re.DOTALL):
            return row.reason
    return Reason.BUILD_FAILED
