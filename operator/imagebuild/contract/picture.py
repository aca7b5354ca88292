"""The picture: how far a build is, whole, as one line of JSON.

The worker appends a line to a file whenever something changed, at most once a second; the
``progress`` container prints them, and the controller reads the newest. Container runtimes cut
log lines at 16 KiB, so a line is never longer than ``MAX_BYTES``.
"""

import json
from dataclasses import dataclass, replace
from enum import StrEnum

from imagebuild.contract import wire

VERSION = 1
MAX_BYTES = 12 * 1024


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
    """One stage on one platform ("" where there is only one).

    ``started`` is in milliseconds since the epoch, ``duration`` in milliseconds: the union of the
    times in which any of its steps ran.
    """

    name: str
    state: State = State.PENDING
    platform: str = ""
    steps: int = 0
    done: int = 0
    cached: int = 0
    started: int | None = None
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """The commit that a git context resolved to."""

    commit: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole of a build at one moment.

    ``solving`` is how long BuildKit has been at work in milliseconds, from its first vertex to
    its last. ``omitted`` counts stages that did not fit into a line.
    """

    phase: Phase = Phase.CONTEXT
    stages: tuple[Stage, ...] = ()
    source: Source | None = None
    solving: int = 0
    omitted: int = 0
    version: int = VERSION


def to_line(picture: Picture) -> str:
    """One line without its end, at most MAX_BYTES; the last stages give way where they must."""
    while True:
        line = json.dumps(wire.encode(picture), ensure_ascii=False, separators=(",", ":"))
        excess = len(line.encode()) - MAX_BYTES
        if excess <= 0:
            return line
        drop = max(1, excess * len(picture.stages) // (2 * len(line)))
        kept = picture.stages[: len(picture.stages) - drop]
        picture = replace(picture, stages=kept, omitted=picture.omitted + drop)


def from_line(line: str) -> Picture | None:
    """The picture in a line; None for what is none (an empty or cut line is no news)."""
    try:
        picture = wire.decode(Picture, json.loads(line))
    except ValueError:
        return None
    return picture if picture.version == VERSION else None
