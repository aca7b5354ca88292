"""From what BuildKit said of a build that failed to a Failure of facts."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from imagebuild.contract.order import Instruction, Order, Stage
from imagebuild.contract.report import Cause, Failure, middle_cut
from imagebuild.worker import trace

# What the name of the vertex begins with that writes and pushes an image.
EXPORT = "exporting to "

# How much of a step's output is kept while it runs, and how much of it is shown at the end.
_KEPT_BYTES = 8192
_TAIL_LINES = 20

# How many characters of what was said a report is given.
_TAIL_CHARACTERS = 1500
_ERROR_CHARACTERS = 1200
_VERTEX_CHARACTERS = 200

# buildctl prints the place in the Dockerfile as "NAME:LINE" above a rule of dashes.
_PLACE = re.compile(r"^[^\n]+:(?P<line>\d+)\n-{20}$", re.MULTILINE)
_ERROR = re.compile(r"^error: (?P<text>.*)", re.MULTILINE | re.DOTALL)
# The last one counts: before it stands the whole script, which may say the same.
_EXIT_CODE = re.compile(
    r".*(?P<words>did not complete successfully: exit code: (?P<code>\d{1,10}))", re.DOTALL
)

# buildctl's words for a daemon that is not there any more, or never was.
_DAEMON_GONE = re.compile(r"code = Unavailable|dial unix|error reading from server|transport")


class FailedError(Exception):
    """The run can't go on; ``failure`` is what the report will say."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error)
        self.failure = failure


def brief(failure: Failure) -> Failure:
    """The failure with no more words than a report has room for.

    Credentials must be masked before: of one that is cut in two, no half is recognized.
    """
    return replace(
        failure,
        error=middle_cut(failure.error, _ERROR_CHARACTERS),
        vertex=failure.vertex and failure.vertex[:_VERTEX_CHARACTERS],
        log_tail=failure.log_tail[-_TAIL_CHARACTERS:],
    )


@dataclass(slots=True)
class _Kept:
    vertex: trace.Vertex
    log: bytes = b""


class Witness:
    """Remembers which vertexes run or failed, and the end of what they wrote."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def take(self, event: trace.Vertex | trace.Log) -> None:
        """Takes in one event of the trace."""
        if isinstance(event, trace.Log):
            if (kept := self._kept.get(event.digest)) is not None:
                kept.log = (kept.log + event.data)[-_KEPT_BYTES:]
        elif event.completed is not None and not event.error:
            self._kept.pop(event.digest, None)
        elif event.started is not None:
            self._kept.setdefault(event.digest, _Kept(event)).vertex = event

    def failed(self) -> trace.Vertex | None:
        """What failed first; a token request only where nothing else did."""
        failed = [kept.vertex for kept in self._kept.values() if kept.vertex.failed]
        failed.sort(key=lambda vertex: (vertex.name.startswith("[auth]"), vertex.completed))
        return failed[0] if failed else None

    def unfinished(self) -> trace.Vertex | None:
        """The step that has run longest among those that did not end by themselves."""
        steps = (kept.vertex for kept in self._kept.values() if not kept.vertex.failed)
        return min(
            (vertex for vertex in steps if trace.step_of(vertex.name)),
            key=lambda vertex: vertex.started or 0,
            default=None,
        )

    def tail(self, vertex: trace.Vertex | None) -> str:
        """The last lines that a vertex wrote."""
        if vertex is None or vertex.digest not in self._kept:
            return ""
        text = self._kept[vertex.digest].log.decode("utf-8", "replace").rstrip()
        return "\n".join(text.splitlines()[-_TAIL_LINES:])


@dataclass(frozen=True, slots=True)
class Finding:
    """Makes a Failure of what a witness saw; ``name_of`` gives the stage's name of a step."""

    order: Order
    witness: Witness
    name_of: Callable[[trace.Step], str]

    def of_solve(self, output: str) -> Failure:
        """Why a solve failed; ``output`` is the end of what buildctl wrote."""
        match = _ERROR.search(output)
        words = match["text"].strip() if match else output.strip()
        vertex = self.witness.failed()
        if vertex is None and _DAEMON_GONE.search(words):
            return self.of_interruption(Cause.DAEMON, words)
        pushing = vertex is not None and vertex.name.startswith(EXPORT)
        place = _PLACE.search(output)
        return self._at(
            vertex,
            cause=Cause.PUSH if pushing else Cause.SOLVE,
            error=words.removeprefix("failed to solve: ") or "buildctl ended without a word",
            line=int(place["line"]) if place else None,
        )

    def of_interruption(self, cause: Cause, error: str) -> Failure:
        """The build was ended from outside, with the step that ran longest."""
        return self._at(self.witness.unfinished(), cause=cause, error=error)

    def _at(
        self, vertex: trace.Vertex | None, *, cause: Cause, error: str, line: int | None = None
    ) -> Failure:
        step = trace.step_of(vertex.name) if vertex else None
        stage, instruction = self._place(step, line)
        exit_code = _EXIT_CODE.search(vertex.error) if vertex and vertex.failed else None
        in_users_own = not self.order.stages and (step or line) is not None
        own_path = self.order.dockerfile_path if in_users_own else None
        return Failure(
            cause=cause,
            # BuildKit's own words hold the whole script, which the spec has already.
            error=exit_code["words"] if exit_code else error,
            stage=stage.name if stage else (self.name_of(step) if step else None),
            step=instruction.step if instruction else None,
            path=instruction.path if instruction else own_path,
            line=None if self.order.stages else line,
            vertex=vertex.name if vertex else None,
            exit_code=int(exit_code["code"]) if exit_code else None,
            log_tail=self.witness.tail(vertex),
        )

    def _place(
        self, step: trace.Step | None, line: int | None
    ) -> tuple[Stage | None, Instruction | None]:
        """Where it is in a rendered Dockerfile: by its line, else by BuildKit's count."""
        if line is not None:
            for stage in reversed(self.order.stages):
                for instruction in reversed(stage.instructions):
                    if instruction.line <= line:
                        return stage, instruction
        for stage in self.order.stages if step else ():
            if step and stage.name == self.name_of(step):
                counted = [i for i in stage.instructions if i.counted]
                # With triggers of the base among them the steps are others than these.
                exact = step.total == len(counted)
                return stage, counted[step.index - 1] if exact else None
        return None, None
