"""One stage on one platform, as BuildKit's vertexes tell of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from imagebuild.contract import picture
from imagebuild.contract.picture import State
from imagebuild.worker.solve import crossing, trace


@dataclass(slots=True)
class _Vertex:
    instruction: str
    done: bool = False
    cached: bool = False
    runs_since: int | None = None

    def take(self, vertex: trace.Vertex, *, is_base: bool) -> None:
        self.runs_since = vertex.started if vertex.completed is None else None
        if vertex.completed is None or vertex.error:
            return
        # A FROM completes twice: resolved, then pulled or found in the cache.
        if is_base or not self.done:
            self.cached = vertex.cached
        self.done = True


@dataclass(slots=True)
class Step:
    """What is known of one step; ``spans`` are the times, in microseconds, in which it ran."""

    is_base: bool = False
    vertexes: dict[str, _Vertex] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    started: int | None = None

    def take(self, vertex: trace.Vertex, instruction: str) -> None:
        """Takes in what BuildKit says of one of its vertexes: ``COPY --link`` has two."""
        known = self.vertexes.setdefault(vertex.digest, _Vertex(instruction))
        known.take(vertex, is_base=self.is_base)
        if vertex.started is not None:
            self.started = min(vertex.started, self.started or vertex.started)
            if vertex.completed is not None:
                self.spans.append((vertex.started, vertex.completed))

    @property
    def tops(self) -> tuple[str, ...]:
        """The vertexes that stand on the step before: of a link's two that which puts it there."""
        puts = [d for d, vertex in self.vertexes.items() if vertex.instruction.startswith("LINK ")]
        return tuple(puts or self.vertexes)

    @property
    def done(self) -> bool:
        """All of it is done."""
        return all(vertex.done for vertex in self.vertexes.values())

    @property
    def cached(self) -> bool:
        """All of it came from the cache."""
        return all(vertex.cached for vertex in self.vertexes.values())


@dataclass(slots=True)
class Stage:
    """One stage on one platform, as far as it was announced: ``steps`` by index, from 1."""

    name: str
    platform: str
    total: int = 0
    steps: dict[int, Step] = field(default_factory=dict)
    final: State | None = None
    _last: int = 0
    _open: set[int] = field(default_factory=set)

    def take(self, said: trace.Step, vertex: trace.Vertex) -> None:
        """Takes in what BuildKit says of one vertex of it, unless its end is known."""
        if self.final is not None:
            return
        self.total = max(self.total, said.total)
        self._last = max(self._last, said.index)
        step = self.steps.setdefault(said.index, Step(said.is_base))
        step.take(vertex, said.instruction)
        if step.done:
            self._open.discard(said.index)
        else:
            self._open.add(said.index)
        if vertex.failed:
            self.final = State.FAILED
        # The end of a stage that is nothing but FROM shows only with the end of the solve.
        elif self.is_done and not all(s.is_base for s in self.steps.values()):
            self.settle()

    @property
    def is_whole(self) -> bool:
        """Its last step was announced: it is more than what other platforms share with it."""
        return self._last >= self.total

    @property
    def is_done(self) -> bool:
        """Each of its steps was announced or is known to be done, and none is open."""
        return self.is_whole and not self._open

    @property
    def ends(self) -> tuple[str, ...]:
        """The digests of its last step's vertexes; none where that was not announced."""
        return tuple(self.steps[self.total].vertexes) if self.total in self.steps else ()

    @property
    def failed(self) -> bool:
        """A step of it failed."""
        return self.final is State.FAILED

    def settle(self) -> None:
        """All of it is done; FROM goes with the steps that stand on it."""
        cached = {index for index, step in self.steps.items() if step.cached}
        own = {index for index, step in self.steps.items() if not step.is_base}
        came_whole = own <= cached if own else len(cached) == self.total
        self.final = State.CACHED if came_whole else State.SUCCEEDED

    def picture(
        self, shared: Mapping[int, Step], *, total: int, platform: str | None = None
    ) -> picture.Stage:
        """As a picture shows it, of its own platform or of one on which it is the same.

        ``shared``: steps of it that bear the name of another stage or platform, being the same.
        ``total``: how many steps it has, as long as BuildKit said nothing of it.
        """
        steps = {**shared, **self.steps}
        began = [step.started for step in steps.values() if step.started is not None]
        done = {index for index, step in steps.items() if step.done}
        last = max(done, default=0)
        passed = len(done) + sum(i not in steps for i in range(1, min(last, self.total)))
        whole = self.final in (State.CACHED, State.SUCCEEDED)
        hits = sum(step.cached for step in steps.values())
        state = self.final or (State.RUNNING if began else State.PENDING)
        return picture.Stage(
            name=self.name,
            platform=crossing.is_for(self.platform) if platform is None else platform,
            state=state,
            steps=self.total or total,
            done=self.total if whole else min(passed, self.total),
            cached=self.total if self.final is State.CACHED else hits,
            started=min(began) // 1000 if began else None,
            duration=_union([span for step in steps.values() for span in step.spans]) // 1000,
            text=_newest(steps.values()) if state is State.RUNNING else "",
        )


def _newest(steps: Iterable[Step]) -> str:
    """The whole instruction that started last, of those that run."""
    running = [v for step in steps for v in step.vertexes.values() if v.runs_since is not None]
    newest = max(running, key=lambda vertex: vertex.runs_since or 0, default=None)
    return newest.instruction if newest else ""


def _union(spans: Sequence[tuple[int, int]]) -> int:
    """The time that is covered by any of the spans."""
    covered, reached = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
