"""From what BuildKit says of its vertexes to the state of every stage.

The rules, in the order in which they are asked:

- Failed: a step of it failed by itself.
- Cached, Succeeded: its last step is done; Cached where every step but FROM came from the cache.
- Canceled: announced, and the build ended before it was done.
- Running: a step of it has started; else Pending.
- Skipped: known from the order, but no target needed it. A stage that adds no step of its own
  (``FROM other`` and ``ENV``, say) is none of BuildKit's vertexes either: it Succeeded.

A stage's first definitive state stays: a later solve of another target shows it as cached.
A step that two stages have in common (the same FROM, mostly) is one vertex and bears the name of
one of them, so a step that was never announced is done as soon as a later one of its stage is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from imagebuild.contract import order, picture
from imagebuild.contract.picture import State
from imagebuild.worker import trace


@dataclass(slots=True)
class _Work:
    """What is known of one vertex of a step (``COPY --link`` has two)."""

    done: bool = False
    cached: bool = False
    running: bool = False

    def take(self, vertex: trace.Vertex, *, is_base: bool) -> None:
        self.running = vertex.started is not None and vertex.completed is None
        if vertex.completed is None or vertex.error:
            return
        # A FROM completes twice: resolved, then pulled or found in the cache.
        if is_base or not self.done:
            self.cached = vertex.cached
        self.done = True


@dataclass(slots=True)
class _Stage:
    """One stage on one platform, as far as it was announced."""

    name: str
    platform: str
    total: int = 0
    bases: set[int] = field(default_factory=set)
    works: dict[int, dict[str, _Work]] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    started: int | None = None
    final: State | None = None

    def take(self, step: trace.Step, vertex: trace.Vertex) -> None:
        if self.final is not None:
            return
        self.total = max(self.total, step.total)
        if step.is_base:
            self.bases.add(step.index)
        work = self.works.setdefault(step.index, {}).setdefault(vertex.digest, _Work())
        work.take(vertex, is_base=step.is_base)
        if vertex.started is not None:
            self.started = min(vertex.started, self.started or vertex.started)
            if vertex.completed is not None:
                self.spans.append((vertex.started, vertex.completed))
        if vertex.failed:
            self.final = State.FAILED
        # The end of a stage that is nothing but FROM shows only with the end of the solve.
        elif self.done == self.total and set(self.works) != self.bases:
            self.settle()

    def settle(self) -> None:
        """All of it is done."""
        self.final = State.CACHED if self.cached == self.total else State.SUCCEEDED

    @property
    def state(self) -> State:
        if self.final is not None:
            return self.final
        return State.PENDING if self.started is None else State.RUNNING

    @property
    def done(self) -> int:
        if self.final in (State.CACHED, State.SUCCEEDED):
            return self.total
        whole = {i for i, works in self.works.items() if all(w.done for w in works.values())}
        last = max(whole, default=0)
        return sum(i in whole or (i not in self.works and i < last) for i in self.steps)

    @property
    def cached(self) -> int:
        """How many steps came from the cache; FROM goes with the steps that stand on it."""
        own = {i: works for i, works in self.works.items() if i not in self.bases}
        hits = {i for i, works in self.works.items() if all(w.cached for w in works.values())}
        if own and hits >= set(own):
            return self.done
        return len(hits)

    @property
    def steps(self) -> range:
        return range(1, self.total + 1)


class Stages:
    """The state of all stages: fed with vertexes, asked for what they come to."""

    def __init__(self, known: Sequence[order.Stage] = ()) -> None:
        """``known``: the order's stages, none where the Dockerfile is the user's own."""
        self._totals = {s.name: sum(i.counted for i in s.instructions) for s in known}
        self._names = tuple(self._totals)
        self._found: dict[tuple[str, str], _Stage] = {}
        self._first: int | None = None
        self._last = 0
        self._solved: set[int] = set()
        self._announced = False
        self._succeeded = False
        self._rest = State.PENDING

    def expect(self, names: Sequence[str]) -> None:
        """What the Dockerfile calls its stages, in its order: only those that come are shown."""
        self._names = tuple(names)

    def name_of(self, step: trace.Step) -> str:
        """The name of a step's stage: BuildKit leaves that of an only stage out."""
        return step.stage or (self._names[0] if len(self._names) == 1 else "stage-0")

    def take(self, vertex: trace.Vertex) -> None:
        """Takes in what BuildKit says of one vertex."""
        if vertex.started is not None:
            self._first = min(vertex.started, self._first or vertex.started)
            self._last = max(vertex.completed or vertex.started, self._last)
        step = trace.step_of(vertex.name)
        if step is None:
            return
        self._announced = True
        key = (self.name_of(step), step.platform)
        self._found.setdefault(key, _Stage(*key)).take(step, vertex)

    def end_solve(self, target: int) -> None:
        """The target of this index was solved: whatever was announced for it is done."""
        self._solved.add(target)
        self._announced = False
        for stage in self._found.values():
            if stage.final is None:
                stage.settle()

    def end(self, *, targets: int, failed_stage: str | None = None) -> None:
        """Nothing more comes: of ``targets`` all were solved, or the next one failed.

        ``failed_stage``: where it failed, as far as that is known from elsewhere.
        """
        self._succeeded = len(self._solved) >= targets
        last_announced = self._announced and len(self._solved) + 1 == targets
        self._rest = State.SKIPPED if self._succeeded or last_announced else State.CANCELED
        if failed_stage in self._totals and not any(n == failed_stage for n, _ in self._found):
            self._found[failed_stage, ""] = _Stage(failed_stage, "")
        for stage in self._found.values():
            rest = State.FAILED if stage.name == failed_stage else State.CANCELED
            stage.final = stage.final or rest

    @property
    def solving(self) -> int:
        """How long BuildKit was at work by its own clock, in milliseconds."""
        return 0 if self._first is None else (self._last - self._first) // 1000

    def pictures(self) -> tuple[picture.Stage, ...]:
        """Every stage as a picture shows it, in the Dockerfile's order as far as it is known."""
        return tuple(self._pictures())

    def _pictures(self) -> Iterator[picture.Stage]:
        unexpected = (name for name, _ in self._found)
        for name in dict.fromkeys((*self._names, *unexpected)):
            found = [stage for stage in self._found.values() if stage.name == name]
            for stage in sorted(found, key=lambda stage: stage.platform):
                yield _picture(stage, self._totals.get(name, 0))
            if not found and name in self._totals:
                yield self._unannounced(name)

    def _unannounced(self, name: str) -> picture.Stage:
        total = self._totals[name]
        without_steps = total == 0 and self._succeeded
        state = State.SUCCEEDED if without_steps else self._rest
        return picture.Stage(name=name, state=state, steps=total)


def _picture(stage: _Stage, known_total: int) -> picture.Stage:
    return picture.Stage(
        name=stage.name,
        state=stage.state,
        platform=stage.platform,
        steps=stage.total or known_total,
        done=stage.done,
        cached=stage.cached,
        started=None if stage.started is None else stage.started // 1000,
        duration=_union(stage.spans) // 1000,
    )


def _union(spans: Sequence[tuple[int, int]]) -> int:
    """The time that is covered by any of the spans."""
    covered, reached = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
