"""From what BuildKit said of its vertexes, and buildctl at its end, to a Failure of facts."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from imagebuild.contract import plain
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import failure
from imagebuild.worker.dockerfile import mentions
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.solve import crossing, trace
from imagebuild.worker.solve.lines import Lines, Place

# What the name of the vertex begins with that writes an image, to a registry or to a file.
EXPORT = "exporting to "
_ARCHIVING = "exporting to oci image format"
_IMPORT = "importing cache manifest from "

# How much of a step's output is kept while it runs, and how much of it is shown at the end.
_KEPT_BYTES = 8192
_TAIL_LINES = 20

# buildctl prints the place in the Dockerfile as "NAME:LINE" above a rule of dashes.
_PLACE = re.compile(r"^[^\n]+:(?P<line>\d+)\n-{20}$", re.MULTILINE)
# The last one counts: before it stands the whole script, which may say the same.
_EXIT_CODE = re.compile(
    r".*(?P<words>did not complete successfully: exit code: (?P<code>\d{1,10}))", re.DOTALL
)

# An image that could not be had; buildctl prints a place only where FROM names it.
_UNRESOLVED = re.compile(r"failed to resolve source metadata for (?P<image>\S+): ")

# Said of the step that runs first as a user, and after its whole script.
_NO_USER = re.compile(
    r".*(?P<words>unable to find (?:user|group) (?P<name>[^\s:]+): .*)", re.DOTALL
)
_USER_MEND = "make it in a step before, or say a number, which needs no /etc/passwd"

# A program of another platform does not even begin: runc says that in the step's log, and ends
# with this code. A script that runs such a program ends with one of its own.
_NEVER_BEGAN = ("255",)
_FOREIGN = re.compile(r"(?:^|\n)(?P<words>exec [^\n]+: exec format error)$")


@dataclass(slots=True)
class _Kept:
    """A vertex as it is now, and as it was when it failed: that may begin again, to be canceled."""

    vertex: trace.Vertex
    failed: trace.Vertex | None = None
    log: bytes = b""


class Witness:
    """Remembers which vertexes run or failed, and the end of what they wrote."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def take(self, event: trace.Event) -> None:
        """Takes in one event of the trace."""
        if isinstance(event, (trace.Warning, trace.Blob)):
            return
        if isinstance(event, trace.Log):
            if (kept := self._kept.get(event.digest)) is not None:
                kept.log = (kept.log + event.data)[-_KEPT_BYTES:]
        elif event.completed is not None and not event.error:
            self._kept.pop(event.digest, None)
        elif event.started is not None:
            kept = self._kept.setdefault(event.digest, _Kept(event))
            kept.vertex = event
            kept.failed = kept.failed or (event if event.failed else None)

    def failed(self) -> trace.Vertex | None:
        """What failed first; a token request only where nothing else did.

        A cache that can't be read fails no build.
        """
        vertexes = (kept.failed for kept in self._kept.values())
        failed = [v for v in vertexes if v and not v.name.startswith(_IMPORT)]
        failed.sort(key=lambda vertex: (vertex.name.startswith("[auth]"), vertex.completed or 0))
        return failed[0] if failed else None

    def unfinished(self) -> trace.Vertex | None:
        """The step that has run longest among those that did not end by themselves."""
        steps = (kept.vertex for kept in self._kept.values() if not kept.failed)
        return min(
            (vertex for vertex in steps if trace.step_of(vertex.name)),
            key=lambda vertex: vertex.started or 0,
            default=None,
        )

    def tail(self, vertex: trace.Vertex | None) -> str:
        """The last lines that a vertex wrote."""
        if vertex is None or vertex.digest not in self._kept:
            return ""
        text = plain.plain(self._kept[vertex.digest].log.decode("utf-8", "replace")).rstrip()
        return "\n".join(text.splitlines()[-_TAIL_LINES:])


@dataclass(frozen=True, slots=True)
class Finding:
    """Makes a Failure of what a witness saw; ``placed`` completes a step as ``Stages`` does.

    ``dockerfile`` are the stages that something is built from.
    """

    lines: Lines
    witness: Witness
    placed: Callable[[trace.Step], trace.Step]
    dockerfile: Dockerfile = field(default_factory=Dockerfile)

    def of_solve(self, output: str) -> Failure:
        """Why a solve failed; ``output`` is the end of what buildctl wrote."""
        said = failure.of_output(output)
        vertex = self.witness.failed()
        if vertex is None and said.cause is Cause.DAEMON:
            return self.of_interruption(Cause.DAEMON, said.error)
        place = _PLACE.search(output)
        line = int(place["line"]) if place else self._line_of_image(said.error)
        return self._at(vertex, cause=_cause(vertex, said), error=said.error, line=line)

    def of_interruption(self, cause: Cause, error: str) -> Failure:
        """The build was ended from outside, with the step that ran longest."""
        return self._at(self.witness.unfinished(), cause=cause, error=error)

    def _line_of_image(self, error: str) -> int | None:
        unresolved = _UNRESOLVED.search(error)
        return mentions.line_of_image(self.dockerfile, unresolved["image"]) if unresolved else None

    def _at(
        self, vertex: trace.Vertex | None, *, cause: Cause, error: str, line: int | None = None
    ) -> Failure:
        place = self._place(vertex, line)
        tail = self.witness.tail(vertex)
        ended = _EXIT_CODE.search(vertex.error) if vertex and vertex.failed else None
        unknown = _NO_USER.match(error) if not ended else None
        if unknown:
            error = f"{unknown['words']}; {_USER_MEND}"
            named = mentions.line_of_user(self.dockerfile, unknown["name"], before=line or 0)
            place = self.lines.at_line(named) if named else place
        foreign = _FOREIGN.search(tail) if ended and ended["code"] in _NEVER_BEGAN else None
        if foreign:
            error = foreign["words"]
        elif ended:
            # BuildKit's own words hold the whole script, which the spec has already.
            error = ended["words"]
        return Failure(
            cause=cause,
            error=error,
            stage=place.stage,
            step=place.step,
            path=place.path,
            line=place.line,
            vertex=vertex.name if vertex else None,
            exit_code=int(ended["code"]) if ended and not foreign else None,
            log_tail=tail,
            platform=_platform(vertex),
        )

    def _place(self, vertex: trace.Vertex | None, line: int | None) -> Place:
        """By the line that buildctl prints, else by BuildKit's count."""
        step = trace.step_of(vertex.name) if vertex else None
        step = step and self.placed(step)
        if line is not None:
            place = self.lines.at_line(line)
            return place if place.stage or not step else replace(place, stage=step.stage)
        return self.lines.at_step(step) if step else Place()


def _platform(vertex: trace.Vertex | None) -> str | None:
    """The one that the step's stage is for, which only a build for several names."""
    step = trace.step_of(vertex.name) if vertex else None
    return crossing.is_for(step.platform) if step and step.platform else None


def _cause(vertex: trace.Vertex | None, said: Failure) -> Cause:
    if vertex is not None:
        if vertex.name.startswith(_ARCHIVING):
            return Cause.ARCHIVE
        if vertex.name.startswith(EXPORT):
            return Cause.PUSH
    return Cause.SOLVE if said.cause is Cause.DAEMON else said.cause
