"""BuildKit's trace: the JSON lines that ``buildctl build --trace`` writes.

Source: ``SolveStatus`` in BuildKit's client/graph.go. A line holds any of ``vertexes``
(``{digest, name, started, completed, cached, error}``), ``logs`` (``{vertex, data}``, data in
base64), ``statuses`` and ``warnings``. A vertex comes again whenever something about it changed.
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


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of BuildKit's graph, at one moment; times are in microseconds since the epoch."""

    digest: str
    name: str
    started: int | None = None
    completed: int | None = None
    cached: bool = False
    error: str = ""

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


def read(line: str) -> tuple[Vertex | Log, ...]:
    """What a line tells, vertexes first; nothing for a line that is cut or of another kind."""
    try:
        data = json.loads(line)
        vertexes = [_vertex(plain) for plain in data.get("vertexes") or ()]
        logs = [
            Log(plain["vertex"], base64.b64decode(plain["data"]))
            for plain in data.get("logs") or ()
            if plain.get("data")
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
    return (*vertexes, *logs)


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
        started=_time(plain.get("started")),
        completed=_time(plain.get("completed")),
        cached=bool(plain.get("cached")),
        error=plain.get("error", ""),
    )


def _time(text: str | None) -> int | None:
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000) if text else None
