"""From what BuildKit says of its vertexes to the state of every stage.

The rules, in the order in which they are asked:

- Skipped: no target needs it, which is known from the Dockerfile.
- Failed: a step of it failed by itself.
- Cached, Succeeded: its last step is done; Cached where every step but FROM came from the cache.
- Canceled: the build ended before it was done.
- Running: a step of it has started; else Pending.

A stage's first definitive state stays: a later solve of another target shows it as cached.
A step that two stages or platforms have in common (the same FROM, mostly) is one vertex and bears
the name of one of them. What a step stands on is its first input, so such a step counts for each;
where that can't be followed it is done as soon as a later one of its stage is. On a platform of
which no step bears the name a stage is as on the one whose name they bear, and a needed stage that
was never announced at all is done with the build.

Stages of one name, which BuildKit allows, are told apart by how many steps they have; those that
have as many are one row, done when all of them are.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from imagebuild.contract import order, picture
from imagebuild.contract.picture import State
from imagebuild.contract.platforms import normal
from imagebuild.worker.solve import crossing, trace
from imagebuild.worker.solve.stage import Stage, Step


class Stages:
    """The state of all stages: fed with vertexes, asked for what they come to.

    ``platforms``: those that the images are for.
    """

    def __init__(self, known: Sequence[order.Stage] = (), *, platforms: Sequence[str] = ()) -> None:
        # BuildKit names none where there is one.
        self._wanted = tuple(map(normal, platforms)) if len(platforms) > 1 else ()
        self._found: dict[tuple[str, int, str], Stage] = {}
        self._first: int | None = None
        self._last = 0
        self._solved: set[int] = set()
        self._rest = State.PENDING
        self._platforms: dict[str, str] = {}
        self._steps: dict[str, tuple[int, Step]] = {}
        self._below: dict[str, str] = {}
        self._parked: dict[str, list[trace.Vertex]] = {}
        self.know(known)

    def know(
        self,
        known: Sequence[order.Stage],
        *,
        skipped: Collection[str] = (),
        on_contexts: Collection[str] = (),
        pinned: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """What the Dockerfile says: its stages in order and, of these, three kinds by name.

        ``skipped``: what no target needs. ``on_contexts``: what begins with a context, which
        BuildKit counts as a step but never announces: the next one is its first. ``pinned``: what
        is the same for all platforms, by the one that it runs on.
        """
        rows = dict.fromkeys((s.name, sum(i.counted for i in s.instructions)) for s in known)
        times = Counter(name for name, _ in rows)
        self._ambiguous = frozenset(name for name in times if times[name] > 1)
        self._names = tuple(times)
        self._totals = {self._row(*row): row[1] for row in rows}
        self._skipped = frozenset(skipped)
        self._on_contexts = frozenset(on_contexts)
        self._pinned = {name: normal(platform) for name, platform in pinned.items()}

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
        if self._wanted:
            if not platform:
                # RUN on top of scratch names none: it has that of the step before it.
                before = next((d for d in vertex.inputs if d in self._platforms), None)
                if before is None and vertex.inputs and vertex.started is None:
                    self._parked.setdefault(vertex.inputs[0], []).append(vertex)
                    return
                platform = self._platforms[before] if before else ""
            self._platforms[vertex.digest] = platform
        key = (*self._row(step.stage, step.total), platform)
        stage = self._found.setdefault(key, Stage(step.stage, platform))
        stage.take(step, vertex)
        if step.index in stage.steps:
            self._steps.setdefault(vertex.digest, (step.index, stage.steps[step.index]))
        if vertex.inputs:
            self._below[vertex.digest] = vertex.inputs[0]

    def end_solve(self, target: int) -> None:
        """The target of this index was solved: whatever was announced for it is done."""
        self._solved.add(target)
        for stage in self._found.values():
            if stage.final is None:
                stage.settle()

    def end(self, *, targets: int, failed_stage: str | None = None, on: str | None = None) -> None:
        """Nothing more comes: of ``targets`` all were solved, or the next one failed.

        ``failed_stage`` and ``on``: where it failed and on which platform, as far as that is known
        from elsewhere.
        """
        self._rest = State.SUCCEEDED if len(self._solved) >= targets else State.CANCELED
        if failed_stage in self._names and not any(n == failed_stage for n, *_ in self._found):
            row = next(row for row in self._totals if row[0] == failed_stage)
            for platform in self._platforms_of(failed_stage):
                final = State.FAILED if on in (None, platform) else State.CANCELED
                self._found[*row, platform] = Stage(failed_stage, platform, final=final)
        named = [stage for stage in self._found.values() if stage.name == failed_stage]
        there = [stage for stage in named if crossing.is_for(stage.platform) == on]
        if not any(stage.failed for stage in named):
            for stage in there or named:
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
        """Those of one stage, one for each of its platforms from the beginning on."""
        total = self._totals.get(row, 0)
        left = {crossing.runs_on(s.platform) for s in rows if crossing.crosses(s.platform)}
        shown = {
            crossing.is_for(stage.platform): stage
            for stage in rows
            # Else only what the others have in common, which is shown with each of them.
            if stage.platform not in left or stage.is_whole or stage.failed
        }
        platforms = dict.fromkeys(self._platforms_of(row[0]))
        # Where a step names no platform, it is of each.
        alike = shown.pop("", None) if "" not in platforms else None
        alike = alike or next(iter(shown.values()), None)
        for platform in sorted(platforms | shown):
            stage = shown.get(platform, alike)
            if stage is None:
                yield self._unannounced(row[0], total, platform)
            else:
                yield stage.picture(self._shared(stage), total=total, platform=platform)

    def _platforms_of(self, name: str) -> tuple[str, ...]:
        """Those that it has a row for: the one that is not told where there is only that."""
        if not self._wanted or name in self._skipped:
            return ("",)
        return (self._pinned[name],) if name in self._pinned else self._wanted

    def _shared(self, stage: Stage) -> dict[int, Step]:
        """The steps below its first that bear the name of another stage or platform."""
        found: dict[int, Step] = {}
        first = min(stage.steps, default=0)
        tops = stage.steps[first].tops if first else ()
        for index in range(first - 1, 0, -1):
            below = (self._steps.get(self._below.get(digest, "")) for digest in tops)
            step = next((known[1] for known in below if known and known[0] == index), None)
            if step is None:
                break
            found[index], tops = step, step.tops
        return found

    def _unannounced(self, name: str, total: int, platform: str) -> picture.Stage:
        state = State.SKIPPED if name in self._skipped else self._rest
        done = total if state is State.SUCCEEDED else 0
        return picture.Stage(name=name, platform=platform, state=state, steps=total, done=done)
