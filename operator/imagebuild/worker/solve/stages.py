"""From what BuildKit says of its vertexes to the state of every stage.

The rules, in the order in which they are asked:

- Skipped: no target needs it, which is known from the Dockerfile.
- Failed: a step of it failed by itself.
- Cached, Succeeded: its last step is done; Cached where every step but FROM came from the cache.
- Canceled: the build ended before it was done.
- Running: a step of it has started; else Pending.

A stage's first definitive state stays: a later solve of another target shows it as cached.
A step that two stages have in common (the same FROM, mostly) is one vertex and bears the name of
one of them, so a step that was never announced is done as soon as a later one of its stage is,
and a needed stage that was never announced at all is done with the build.

Stages of one name, which BuildKit allows, are told apart by how many steps they have; those that
have as many are one row, done when all of them are.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from imagebuild.contract import order, picture
from imagebuild.contract.picture import State
from imagebuild.worker.solve import crossing, trace
from imagebuild.worker.solve.stage import Stage


class Stages:
    """The state of all stages: fed with vertexes, asked for what they come to."""

    def __init__(
        self, known: Sequence[order.Stage] = (), *, several_platforms: bool = False
    ) -> None:
        self._several_platforms = several_platforms
        self._found: dict[tuple[str, int, str], Stage] = {}
        self._first: int | None = None
        self._last = 0
        self._solved: set[int] = set()
        self._rest = State.PENDING
        self._platforms: dict[str, str] = {}
        self._parked: dict[str, list[trace.Vertex]] = {}
        self.know(known)

    def know(
        self,
        known: Sequence[order.Stage],
        *,
        skipped: Collection[str] = (),
        on_contexts: Collection[str] = (),
    ) -> None:
        """What the Dockerfile says: its stages in order and, of these, two kinds by name.

        ``skipped``: what no target needs. ``on_contexts``: what begins with a context, which
        BuildKit counts as a step but never announces: the next one is its first.
        """
        rows = dict.fromkeys((s.name, sum(i.counted for i in s.instructions)) for s in known)
        times = Counter(name for name, _ in rows)
        self._ambiguous = frozenset(name for name in times if times[name] > 1)
        self._names = tuple(times)
        self._totals = {self._row(*row): row[1] for row in rows}
        self._skipped = frozenset(skipped)
        self._on_contexts = frozenset(on_contexts)

    def placed(self, step: trace.Step) -> trace.Step:
        """The step with its stage's name, which an only stage lacks, and its place in the count."""
        only = self._names[0] if len(self._names) == 1 else "stage-0"
        name = step.stage or only
        return replace(step, stage=name, index=step.index + (name in self._on_contexts))

    def _row(self, name: str, total: int) -> tuple[str, int]:
        """What tells a stage from others; a total alone may be another than the file says."""
        return name, total if name in self._ambiguous else 0

    def take(self, vertex: trace.Vertex) -> None:
        """Takes in what BuildKit says of one vertex."""
        if vertex.started is not None:
            self._first = min(vertex.started, self._first or vertex.started)
            self._last = max(vertex.completed or vertex.started, self._last)
        ahead = deque([vertex])
        while ahead:
            vertex = ahead.popleft()
            if (step := trace.step_of(vertex.name)) is not None:
                self._add(self.placed(step), vertex)
                if vertex.digest in self._platforms:
                    ahead.extend(self._parked.pop(vertex.digest, ()))

    def _add(self, step: trace.Step, vertex: trace.Vertex) -> None:
        platform = step.platform
        if self._several_platforms:
            if not platform:
                # RUN on top of scratch names none: it has that of the step before it.
                before = next((d for d in vertex.inputs if d in self._platforms), None)
                if before is None and vertex.inputs and vertex.started is None:
                    self._parked.setdefault(vertex.inputs[0], []).append(vertex)
                    return
                platform = self._platforms[before] if before else ""
            self._platforms[vertex.digest] = platform
        key = (*self._row(step.stage, step.total), platform)
        self._found.setdefault(key, Stage(step.stage, platform)).take(step, vertex)

    def end_solve(self, target: int) -> None:
        """The target of this index was solved: whatever was announced for it is done."""
        self._solved.add(target)
        for stage in self._found.values():
            if stage.final is None:
                stage.settle()

    def end(self, *, targets: int, failed_stage: str | None = None) -> None:
        """Nothing more comes: of ``targets`` all were solved, or the next one failed.

        ``failed_stage``: where it failed, as far as that is known from elsewhere.
        """
        self._rest = State.SUCCEEDED if len(self._solved) >= targets else State.CANCELED
        if failed_stage in self._names and not any(n == failed_stage for n, *_ in self._found):
            row = next(row for row in self._totals if row[0] == failed_stage)
            self._found[*row, ""] = Stage(failed_stage, "")
        named = [stage for stage in self._found.values() if stage.name == failed_stage]
        if not any(stage.failed for stage in named):
            for stage in named:
                stage.final = stage.final or State.FAILED
        for stage in self._found.values():
            if stage.final is None and stage.is_done:
                stage.settle()
            stage.final = stage.final or State.CANCELED

    @property
    def solving(self) -> int:
        """How long BuildKit was at work by its own clock, in milliseconds."""
        return 0 if self._first is None else (self._last - self._first) // 1000

    def ends(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """The vertexes of each stage's last step, by the name and platform that a picture shows.

        Without stages of one name, which nothing tells apart there.
        """
        return {
            (stage.name, crossing.is_for(stage.platform)): stage.ends
            for stage in self._found.values()
            if stage.ends and stage.name not in self._ambiguous
        }

    def pictures(self) -> tuple[picture.Stage, ...]:
        """Every stage as a picture shows it, in the Dockerfile's order as far as it is known."""
        found: dict[tuple[str, int], list[Stage]] = {row: [] for row in self._totals}
        for (name, total, _), stage in sorted(self._found.items(), key=lambda item: item[0][2]):
            found.setdefault((name, total), []).append(stage)
        return tuple(shown for row, of in found.items() for shown in self._pictures(row, of))

    def _pictures(self, row: tuple[str, int], rows: Sequence[Stage]) -> Iterator[picture.Stage]:
        total = self._totals.get(row, 0)
        if not rows:
            yield self._unannounced(row[0], total)
        plain = {stage.platform: stage for stage in rows if not crossing.crosses(stage.platform)}
        left = {crossing.runs_on(s.platform) for s in rows if crossing.crosses(s.platform)}
        for stage in rows:
            if stage.platform in left and not stage.is_whole and not stage.failed:
                continue  # only what the others have in common, which is shown with each of them
            shared = plain.get(crossing.runs_on(stage.platform), stage)
            yield stage.picture({} if shared is stage else shared.steps, total=total)

    def _unannounced(self, name: str, total: int) -> picture.Stage:
        state = State.SKIPPED if name in self._skipped else self._rest
        done = total if state is State.SUCCEEDED else 0
        return picture.Stage(name=name, state=state, steps=total, done=done)
