"""The picture: how far a build is, whole, as one line of JSON.

The worker appends a line to a file whenever something changed, at most once a second; the
``progress`` container prints them, and the controller reads the newest. Container runtimes cut
log lines at 16 KiB, so a line is never longer than ``MAX_BYTES``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from imagebuild.contract import wire
from imagebuild.contract.source import Source

VERSION = 3
MAX_BYTES = 12 * 1024

T = TypeVar("T")


class Phase(StrEnum):
    """What the worker is at."""

    CONTEXT = "Context"
    BUILD = "Build"
    PUBLISH = "Publish"
    DONE = "Done"


class State(StrEnum):
    """The state of a stage."""

    PENDING = "Pending"
    RUNNING = "Running"
    CACHED = "Cached"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"
    SKIPPED = "Skipped"


FINAL = frozenset(State) - {State.PENDING, State.RUNNING}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage on the platform that it is for ("" where there is only one).

    ``started`` is in milliseconds since the epoch, ``duration`` in milliseconds: the union of the
    times in which any of its steps ran. ``text`` is the instruction at which it is, in one line and
    cut, "" where it is at none.
    ``unpacked`` is what its files take in bytes, those of its base among them; 0: not known. With
    it come ``targets``: indexes in ``Order.targets`` of what is made from this stage.
    """

    name: str
    state: State = State.PENDING
    platform: str = ""
    steps: int = 0
    done: int = 0
    cached: int = 0
    started: int | None = None
    duration: int = 0
    text: str = ""
    unpacked: int = 0
    targets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """An image that a stage is from, as its user wrote it, and the digest that it resolved to.

    ``targets``: indexes in ``Order.targets`` of what is made from that stage.
    """

    image: str
    digest: str
    targets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001  the word of the status; Python's own is none of this room's
    """Something that is better done otherwise, by BuildKit's checks or by ours.

    ``path`` is the spec path, ``line`` that of the user's own Dockerfile.
    """

    rule: str
    message: str
    path: str = ""
    line: int | None = None
    stage: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole of a build at one moment.

    ``sources``: what contexts resolved to. ``solving`` is how long BuildKit has been at work in
    milliseconds, from its first vertex to its last. ``omitted`` and ``unwarned`` count stages and
    warnings that did not fit into a line. ``snapshotter`` is BuildKit's word for how it keeps
    layers, "" while it is not known. ``platforms``: what the images are for. ``pulled`` and
    ``pushed``: bytes so far, from and to registries.
    """

    phase: Phase = Phase.CONTEXT
    stages: tuple[Stage, ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[Warning, ...] = ()
    solving: int = 0
    omitted: int = 0
    unwarned: int = 0
    bases: tuple[Base, ...] = ()
    snapshotter: str = ""
    platforms: tuple[str, ...] = ()
    pulled: int = 0
    pushed: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line holds: stages as rows, since a hundred objects would not fit.

    A row is the values of a Stage's fields, without those at its end that are empty; its state and
    its platform are indexes in ``names``, its start is counted from ``began``, beginning with 1.
    """

    phase: Phase
    began: int = 0
    names: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    sources: tuple[Source, ...] = ()
    warnings: tuple[Warning, ...] = ()
    solving: int = 0
    omitted: int = 0
    unwarned: int = 0
    bases: tuple[Base, ...] = ()
    snapshotter: str = ""
    platforms: tuple[str, ...] = ()
    pulled: int = 0
    pushed: int = 0
    version: int = VERSION


def to_line(picture: Picture) -> str:
    """One line without its end, at most MAX_BYTES.

    Where it must, the texts of steps give way, then the last warnings, bases, stages and sources.
    """
    while True:
        line = json.dumps(wire.encode(_packed(picture)), ensure_ascii=False, separators=(",", ":"))
        excess = len(line.encode()) - MAX_BYTES
        if excess <= 0:
            return line
        picture = _smaller(picture, part=excess / len(line))


def _smaller(picture: Picture, *, part: float) -> Picture:
    """Without some of what may give way, so that whoever repeats it comes to an end."""
    if any(stage.text for stage in picture.stages):
        return replace(picture, stages=tuple(replace(s, text="") for s in picture.stages))
    if picture.warnings:
        kept = _fewer(picture.warnings, part)
        beyond = picture.unwarned + len(picture.warnings) - len(kept)
        return replace(picture, warnings=kept, unwarned=beyond)
    if picture.bases:
        return replace(picture, bases=_fewer(picture.bases, part))
    if not picture.stages:
        return replace(picture, sources=_fewer(picture.sources, part))
    stages = _fewer(picture.stages, part / 2)
    omitted = picture.omitted + len(picture.stages) - len(stages)
    return replace(picture, stages=stages, omitted=omitted)


def _fewer(items: tuple[T, ...], part: float) -> tuple[T, ...]:
    return items[: len(items) - max(1, int(len(items) * part))]


def _packed(picture: Picture) -> _Line:
    names = tuple(dict.fromkeys(n for s in picture.stages for n in (s.platform, s.state.value)))
    began = min((s.started for s in picture.stages if s.started is not None), default=0)
    rows = []
    for stage in picture.stages:
        row: list[Any] = [stage.name, names.index(stage.state), names.index(stage.platform)]
        row += [stage.steps, stage.done, stage.cached, stage.duration]
        row += [0 if stage.started is None else stage.started - began + 1]
        row += [stage.unpacked, stage.targets, stage.text]
        while row[-1] in {0, "", ()}:
            row.pop()
        rows.append(tuple(row))
    return _Line(
        phase=picture.phase,
        began=began,
        names=names,
        rows=tuple(rows),
        **{name: getattr(picture, name) for name in _PLAIN},
    )


_ROW = (
    *("name", "state", "platform", "steps", "done", "cached", "duration", "started"),
    *("unpacked", "targets", "text"),
)
_PLAIN = (
    *("sources", "warnings", "solving", "omitted", "unwarned"),
    *("bases", "snapshotter", "platforms", "pulled", "pushed"),
)


def from_line(line: str) -> Picture | None:
    """The picture in a line; None for what is none (an empty or cut line is no news)."""
    try:
        read = wire.decode(_Line, json.loads(line))
        stages = tuple(_stage(read, row) for row in read.rows)
    except (ValueError, TypeError, IndexError):
        return None
    if read.version != VERSION:
        return None
    plain = {name: getattr(read, name) for name in _PLAIN}
    return Picture(phase=read.phase, stages=stages, **plain)


def _stage(line: _Line, row: Sequence[Any]) -> Stage:
    fields = dict(zip(_ROW, row, strict=False))
    fields["state"] = line.names[fields.get("state", 0)]
    fields["platform"] = line.names[fields.get("platform", 0)]
    started = fields.pop("started", 0)
    return replace(
        wire.decode(Stage, fields), started=line.began + started - 1 if started else None
    )
