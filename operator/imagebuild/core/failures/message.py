"""A failure in one sentence: where, at which registry with whose credentials, in whose words."""

import re

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core import texts
from imagebuild.core.failures.row import is_step
from imagebuild.core.failures.table import Found

MAX_MESSAGE = 900  # bytes
# BuildKit's way to an error through itself, which says nothing to who wrote the spec.
_WRAPPING = re.compile(
    r"(^error: )|failed to solve: |failed to compute cache key: |failed to load cache key: |"
    r"failed to calculate checksum of ref \S+: |^\S+: (?=failed to resolve source metadata for )"
)
# The worker's own word before what it says: the reason says it too. Of a context the place says
# which one it is.
_WORD = re.compile(r"^(?:[A-Z][a-z]+)+: ")
_BY_WORD = frozenset({Reason.SECRET_LEAKED, Reason.TAG_IMMUTABLE, Reason.TOO_MANY_LAYERS})
_THE_CONTEXT = "the context: "
# A step that no line of the Dockerfile holds: what the base's ONBUILD left for who builds on it.
_TRIGGER = re.compile(r"^\[[^\]]*\d+/\d+\] ONBUILD (?P<instruction>[^\n]{1,80})")
# Of whom a step takes files: a stage, an image or a context.
_FROM = re.compile(r"\[[^\]]*\] (?:COPY|ADD) (?:--\S+ )*--from=(?P<name>\S+) ")
_CACHING = re.compile(r"^(?:importing cache|exporting cache)|\bcache manifest\b")
# Where it counts who asked.
_BY_CREDENTIALS = frozenset({Reason.REGISTRY_AUTH, Reason.PUSH_DENIED, Reason.RATE_LIMITED})
_OF_A_REGISTRY = _BY_CREDENTIALS | {
    Reason.REGISTRY_TLS,
    Reason.REGISTRY_UNREACHABLE,
    Reason.NAME_NOT_RESOLVED,
    Reason.PUSH_FAILED,
}


def of(found: Found, failure: Failure, *, node: str | None = None) -> str:
    """The message; ``node`` is where it ran."""
    words = _words(found, failure)
    if trigger := _TRIGGER.search(failure.vertex or ""):
        words = f"{trigger['instruction']}, an ONBUILD trigger of its base: {words}"
    reason = found.row.reason
    if reason is Reason.OUT_OF_MEMORY:
        words = f"the build ran out of memory ({words})"
    if reason is Reason.DISK_FULL and is_step(failure):
        words = f"a file grew larger than one may be ({words})"
    if reason is Reason.NODE_UNSUPPORTED:
        words = f"{f'node {node}' if node else 'the node'} cannot build without root: {words}"
    if failure.registry and reason in _OF_A_REGISTRY:
        words = f"{_at_registry(failure, by_whom=reason in _BY_CREDENTIALS)}: {words}"
    if failure.hint:
        words = f"{words}; {failure.hint}"
    where = _where(failure)
    return texts.cut(f"{where}: {words}" if where else words, MAX_MESSAGE)


def _words(found: Found, failure: Failure) -> str:
    """The exit code with a line of the log for a step, else the error without its wrapping."""
    if is_step(failure):
        return f"exit code {failure.exit_code}: {_line(found, failure)}".rstrip(": ")
    if found.row.reason is Reason.NODE_UNSUPPORTED and failure.cause is Cause.DAEMON:
        return found.line
    words = " ".join(_WRAPPING.sub("", failure.error.strip()).split())
    if found.row.reason is Reason.SOURCE_NOT_FOUND:
        return words + _sought(failure)
    if found.row.reason in _BY_WORD:
        return _WORD.sub("", words)
    if failure.cause is not Cause.CONTEXT:
        return words
    words = _WORD.sub("", words)
    return words.removeprefix(_THE_CONTEXT) if failure.path else words


def _line(found: Found, failure: Failure) -> str:
    """The line of a step's log that tells; where the code alone did, the last one."""
    if found.row.pattern and found.line:
        return found.line
    lines = (line.strip() for line in reversed(failure.log_tail.splitlines()))
    return next(filter(None, lines), "")


def _sought(failure: Failure) -> str:
    """Where a file was looked for, if not in the context."""
    origin = _FROM.match(failure.vertex or "")
    return f" in {origin['name']}" if origin else ""


def _at_registry(failure: Failure, *, by_whom: bool) -> str:
    doing = "pull from"
    if _CACHING.search(failure.vertex or ""):
        doing = "cache at"
    elif failure.cause is Cause.PUSH:
        doing = "push to"
    place = f"{doing} {failure.registry} failed"
    if not by_whom:
        return place
    if failure.secret:
        return f"{place} with the credentials of Secret {failure.secret}"
    return f"{place}, and no Secret of spec.registrySecrets names that host"


def _where(failure: Failure) -> str:
    parts = [f"stage {failure.stage}" if failure.stage else ""]
    if failure.platform:
        parts.append(f"on {failure.platform}")
    if failure.step is not None:
        parts.append(f"step {failure.step}")
    place = failure.path or ""
    if failure.line is not None:
        place = f"{place} line {failure.line}".strip()
    parts.append(f"({place})" if place and any(parts) else place)
    return " ".join(p for p in parts if p)
