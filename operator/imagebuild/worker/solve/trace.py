"""BuildKit's trace: the JSON lines that ``buildctl build --trace`` writes.

Source: ``SolveStatus`` in BuildKit's client/graph.go. A line holds any of ``vertexes``
(``{digest, inputs, name, started, completed, cached, error}``), ``logs`` (``{vertex, data}``),
``warnings`` (``{short, url, range: [{start: {line}}]}``) and ``statuses`` (``{id, vertex, current,
total}``: what a vertex is at, in bytes); data and short are in base64. A vertex or a status comes
again whenever something about it changed.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# "[linux/amd64->arm64 build  3/12] RUN ...": no platform unless there are several, no stage in
# a Dockerfile of one stage.
_STEP = re.compile(
    r"\[(?:(?P<platform>[^\s\]]+/[^\s\]]+) )?(?:(?P<stage>[^\s\]]+) )?"
    r" *(?P<index>\d+)/(?P<total>\d+)\] (?P<instruction>.*)",
    re.DOTALL,
)

# "UndefinedVar: Usage of undefined variable '$A' (line 3)": the range has the line as well.
_CHECK = re.compile(r"(?P<rule>[A-Z][A-Za-z]+): (?P<message>.*?)(?: \(line \d+\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of BuildKit's graph, at one moment; times are in microseconds since the epoch.

    ``inputs`` are the digests of what it is made from, for a step the step before it first.
    """

    digest: str
    name: str
    started: int | None = None
    completed: int | None = None
    cached: bool = False
    error: str = ""
    inputs: tuple[str, ...] = ()

    @property
    def canceled(self) -> bool:
        """It was ended because something else failed, or because the client went away."""
        return self.error.endswith("context canceled")

    @property
    def failed(self) -> bool:
        """It failed by itself."""
        return bool(self.error) and not self.canceled


@dataclass(frozen=True, slots=True)
class Log:
    """What a step wrote: a piece, not always whole lines."""

    digest: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - BuildKit's word for it
    """What one of BuildKit's checks found; ``line`` is that of the Dockerfile, 0 for none."""

    rule: str
    message: str
    url: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob on its way here from a registry: how many bytes of it have come.

    Whatever needs it first pulls it, be it a FROM or a step that a cache has; others say it again.
    """

    digest: str
    received: int


Event = Vertex | Log | Warning | Blob


@dataclass(frozen=True, slots=True)
class Step:
    """What a vertex's name says of the step it is: ``index`` counts from 1 to ``total``.

    ``stage`` is empty where the Dockerfile has one stage, ``platform`` where there is one.
    """

    index: int
    total: int
    instruction: str
    stage: str = ""
    platform: str = ""

    @property
    def is_base(self) -> bool:
        """It is a stage's FROM."""
        return self.instruction.startswith("FROM ")


def read(line: str) -> tuple[Event, ...]:
    """What a line tells, vertexes first; nothing for a line that is cut or of another kind."""
    try:
        data = json.loads(line)
        vertexes = [_vertex(plain) for plain in data.get("vertexes") or ()]
        logs = [
            Log(plain["vertex"], base64.b64decode(plain["data"]))
            for plain in data.get("logs") or ()
            if plain.get("data")
        ]
        warnings = [found for plain in data.get("warnings") or () if (found := _warning(plain))]
        # All else ("extracting sha256:...", "pushing layers") counts nothing.
        blobs = [
            Blob(plain["id"], plain.get("current", 0))
            for plain in data.get("statuses") or ()
            if plain["id"].startswith("sha256:")
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
    return (*vertexes, *logs, *warnings, *blobs)


def step_of(name: str) -> Step | None:
    """The step that a vertex of this name is; None for what belongs to no stage's count."""
    match = _STEP.match(name)
    if match is None:
        return None
    return Step(
        index=int(match["index"]),
        total=int(match["total"]),
        instruction=match["instruction"],
        stage=match["stage"] or "",
        platform=match["platform"] or "",
    )


def _vertex(plain: Mapping[str, Any]) -> Vertex:
    return Vertex(
        digest=plain["digest"],
        name=plain.get("name", ""),
        started=time_of(plain.get("started")),
        completed=time_of(plain.get("completed")),
        cached=bool(plain.get("cached")),
        error=plain.get("error", ""),
        inputs=tuple(plain.get("inputs") or ()),
    )


def _warning(plain: Mapping[str, Any]) -> Warning | None:
    """None for what none of the checks says."""
    said = _CHECK.fullmatch(base64.b64decode(plain["short"]).decode("utf-8", "replace"))
    if said is None:
        return None
    places = plain.get("range")
    line = places[0]["start"].get("line", 0) if places else 0
    return Warning(said["rule"], said["message"], url=plain.get("url", ""), line=line)


def time_of(text: str | None) -> int | None:
    """BuildKit's word for a moment in microseconds since the epoch; None for none."""
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000) if text else None
