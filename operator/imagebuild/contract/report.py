"""The report: the worker's last word, in its termination message.

The kubelet keeps 4,096 bytes per container and 12 KiB per pod, and a killed container may leave
a half-written message, so the report is short, carries its own checksum and is the last line:
``imagebuild-report <crc32, 8 hex digits> <JSON>``. JSON holds no raw newline, so nothing that a
step printed into the report can pass for one.
"""

import json
import zlib
from dataclasses import dataclass, replace
from enum import StrEnum

from imagebuild.contract import facts, wire
from imagebuild.contract.source import Source

VERSION = 1
MAX_BYTES = 3000
# How many characters of a stage's name and of a spec path are kept. The API's own are shorter.
LONGEST_PLACE = 200
# To how many characters error and log tail give way: first to the one, then to the other.
_LEAST_WORDS = (200, 20)
_MARK = "imagebuild-report "


class Cause(StrEnum):
    """At what the worker failed; the controller makes a reason of it and of the text."""

    ORDER = "Order"
    CONTEXT = "Context"
    DAEMON = "Daemon"
    SOLVE = "Solve"
    PUSH = "Push"
    ARCHIVE = "Archive"
    LINT = "Lint"
    LEAK = "Leak"
    POLICY = "Policy"
    DISK = "Disk"
    PROCESSES = "Processes"
    TIMEOUT = "Timeout"
    STALLED = "Stalled"
    CANCELED = "Canceled"
    INTERNAL = "Internal"


@dataclass(frozen=True, slots=True)
class Image:
    """What one target (its index in ``Order.targets``) was published as.

    ``size`` is that of the compressed layers in bytes, as in the registry.
    """

    target: int
    digest: str
    size: int = 0
    layers: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was published: facts and raw words, with credentials masked.

    ``error`` is what BuildKit, git or the operating system said. ``path`` is the spec path of the
    instruction, ``line`` its line in the user's own Dockerfile. ``platform`` is that of the stage,
    None where there is one. ``registry`` is the host at which
    it failed, if any (docker.io for Docker Hub), ``secret`` the name of the Secret whose
    credentials that was given, None where none of them names it; of a leak, the Secret whose value
    was found. ``hint`` is what may have been
    meant, as "did you mean builder?".
    """

    cause: Cause
    error: str
    stage: str | None = None
    step: int | None = None
    path: str | None = None
    line: int | None = None
    vertex: str | None = None
    exit_code: int | None = None
    log_tail: str = ""
    registry: str | None = None
    secret: str | None = None
    hint: str = ""
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How the attempt ended: ``failure`` is None where it succeeded.

    ``source`` is what the main context resolved to, None where it is none that resolves, and
    after a failure; branch and tag arrive as they may stand in an image's tag.
    """

    images: tuple[Image, ...] = ()
    failure: Failure | None = None
    source: Source | None = None
    version: int = VERSION


def to_message(report: Report) -> str:
    """The termination message, at most MAX_BYTES.

    Of a failure the words give way, those first that tell least, and never where it was; of a
    success what is not needed to pull: the sizes, and what the spec says too. 24 digests, as many
    as a spec can publish, then fit.
    """
    if report.failure is not None:
        report = replace(report, failure=_placed(report.failure), source=None)
    elif report.source is not None:
        report = replace(report, source=_safe(report.source))
    while True:
        text = json.dumps(wire.encode(report), ensure_ascii=False, separators=(",", ":"))
        excess = len(text.encode()) - MAX_BYTES + len(_MARK) + 10
        if excess <= 0:
            return f"\n{_MARK}{zlib.crc32(text.encode()):08x} {text}"
        if report.failure is not None:
            report = replace(report, failure=_shorten(report.failure, excess))
        else:
            sizeless = tuple(Image(image.target, image.digest) for image in report.images)
            smaller = replace(
                report,
                images=sizeless,
                source=report.source and replace(report.source, ref=""),
            )
            if smaller == report:
                raise ValueError(f"{len(sizeless)} images do not fit into a report")
            report = smaller


def middle_cut(text: str, longest: int) -> str:
    """The text in at most ``longest`` characters (1 or more): both its ends, and … between."""
    if len(text) <= longest:
        return text
    head = longest // 2
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def _placed(failure: Failure) -> Failure:
    """With a place that leaves room for words; only what a Dockerfile says can be longer."""
    return replace(
        failure,
        stage=failure.stage and middle_cut(failure.stage, LONGEST_PLACE),
        path=failure.path and middle_cut(failure.path, LONGEST_PLACE),
        platform=failure.platform and middle_cut(failure.platform, LONGEST_PLACE),
        registry=failure.registry and middle_cut(failure.registry, LONGEST_PLACE),
    )


def _safe(source: Source) -> Source:
    """The source with branch and tag as they stand in tags, which is what they are needed for."""
    return replace(source, branch=facts.tag_safe(source.branch), tag=facts.tag_safe(source.tag))


def _shorten(failure: Failure, excess: int) -> Failure:
    """With fewer characters, so that whoever repeats it comes to an end.

    At the least everything fits: JSON needs six bytes for a character at most.
    """
    if failure.vertex is not None:
        return replace(failure, vertex=None)
    for least in _LEAST_WORDS:
        if least == _LEAST_WORDS[-1] and failure.hint:
            return replace(failure, hint="")
        if (length := len(failure.error)) > least:
            fewer = max(least, length - max(1, excess // 6))
            return replace(failure, error=middle_cut(failure.error, fewer))
        if (length := len(failure.log_tail)) > least:
            return replace(failure, log_tail=failure.log_tail[-max(least, length // 2) :])
    if failure.secret is not None:
        return replace(failure, secret=None)
    if failure.registry is not None:
        return replace(failure, registry=None)
    raise ValueError("a failure's numbers do not fit into a report")


def from_message(message: str) -> Report | None:
    """The report in the last line of a message; None where there is none, or only a part of it."""
    before, mark, rest = message.strip().rpartition("\n")[2].partition(_MARK)
    checksum, _, text = rest.partition(" ")
    if before or not mark or checksum != f"{zlib.crc32(text.encode()):08x}":
        return None
    try:
        report = wire.decode(Report, json.loads(text))
    except ValueError:
        return None
    return report if report.version == VERSION else None
