"""What there is to see of a build: grows with all that becomes known, and is drawn any time."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from imagebuild.contract import plain
from imagebuild.contract.order import Lint, Order
from imagebuild.contract.picture import Phase, Picture, Stage
from imagebuild.contract.report import Cause, Failure
from imagebuild.contract.source import Source
from imagebuild.worker import dockerfile, lint
from imagebuild.worker.dockerfile import pinned
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.solve import cache_export, finding, readable, trace
from imagebuild.worker.solve.backend import Backend
from imagebuild.worker.solve.bases import Bases
from imagebuild.worker.solve.lines import Lines
from imagebuild.worker.solve.manifests import Layers
from imagebuild.worker.solve.stages import Stages
from imagebuild.worker.solve.warned import Warned
from imagebuild.worker.solve.weights import Stock, Weights

# Of the text of a step.
_TEXT_CHARACTERS = 100


class Drawing:
    """The build of one order, as far as it has come.

    ``mask`` hides credentials; ``phase``, ``sources`` and ``pushed`` are set by whoever gets there.
    """

    def __init__(self, order: Order) -> None:
        self.phase = Phase.CONTEXT
        self.sources: dict[str, Source] = {}
        self.pushed = 0
        self.mask: Callable[[str], str] = str
        self.warned = Warned()
        self._order = order
        self._lines = Lines.of(order)
        self._stages = Stages(order.stages, platforms=order.platforms)
        self._witness = finding.Witness()
        self._bases = Bases()
        self._backend = Backend()
        self._weights = Weights(order)
        self._cache_export = cache_export.CacheExport()
        self._pulled: dict[str, int] = {}
        self._needed = Dockerfile()
        self._targets: dict[str, tuple[int, ...]] = {}

    def read(self, text: str) -> Dockerfile:
        """Takes in the Dockerfile; it has no stages where BuildKit will refuse it, and say why."""
        order = self._order
        try:
            found = dockerfile.read(text, order.args, platforms=order.platforms)
        except ValueError:
            return Dockerfile()
        self._weights.know(found)
        contexts = {context.name for context in order.contexts}
        stages = dockerfile.order_stages(found, path=order.dockerfile_path)
        self._lines = Lines.of(order, stages)
        built = dockerfile.needed_stages(found, [target.stage for target in order.targets])
        on_contexts = {
            stage.name
            for stage in found.stages
            if not stage.parents and stage.base.removesuffix(":latest") in contexts
        }
        # A context of a stage's name takes its place.
        self._needed = Dockerfile(tuple(stage for stage in built if stage.name not in contexts))
        needed = {stage.name for stage in self._needed.stages}
        for index, target in enumerate(order.targets):
            for name in dockerfile.needed(found, [target.stage]):
                self._targets[name] = (*self._targets.get(name, ()), index)
        # Of two stages with one name, the one that nothing needs would be taken for the other.
        known = (
            shown
            for stage, shown in zip(found.stages, stages, strict=True)
            if stage in built or stage.name not in needed
        )
        names = {stage.name for stage in found.stages}
        # Of a target that is not there nobody knows what it would have needed.
        lost = any(t.stage is not None and t.stage.lower() not in names for t in order.targets)
        self._stages.know(
            order.stages or tuple(known),
            skipped=() if lost else names - needed,
            on_contexts=on_contexts,
            pinned=pinned.pinned(found),
        )
        if order.lint is not Lint.IGNORE:
            published = [target.stage for target in order.targets if target.published]
            advice = lint.warnings(found, published=published, contexts=contexts)
            self.warned.take(advice, self._lines)
        return found

    def take(self, event: trace.Event, *, target: int) -> None:
        """Takes in what BuildKit says in the solve of the target of this index."""
        if isinstance(event, trace.Warning):
            if self._order.lint is not Lint.IGNORE:
                self.warned.take((event,), self._lines)
            return
        if isinstance(event, trace.Blob):
            known = self._pulled.get(event.digest, 0)
            self._pulled[event.digest] = max(event.received, known)
            return
        self._witness.take(event)
        if isinstance(event, trace.Vertex):
            self._bases.take(event, self._needed, target=target)
            if event.started is not None and event.name.startswith(finding.EXPORT):
                self.phase = Phase.PUBLISH
                self._stages.end_solve(target)
            self._stages.take(event)
            self._weights.take(event)
            self._cache_export.take(event)

    def learn(self, backend: Backend) -> None:
        """Takes in what the daemon says of itself."""
        self._backend = backend
        if backend.warning:
            self.warned.note("NativeSnapshotter", backend.warning)

    def images(self) -> frozenset[tuple[str, str]]:
        """The digests of the images that the build began with, each with its platform."""
        return self._weights.images(next(iter(self._backend.platforms), ""))

    def weigh(self, stock: Stock, published: Mapping[int, Layers]) -> None:
        """Takes in what the daemon keeps, and the layers of what was published, by target."""
        self._weights.weigh(self._stages.ends(), stock, published)

    def end_solve(self, target: int) -> None:
        """The target of this index was solved, whatever became of its cache."""
        self._stages.end_solve(target)
        for message in self._cache_export.warnings:
            self.warned.note("CacheExportFailed", self.mask(message))

    def end(self, failed_stage: str | None, *, on: str | None = None) -> None:
        """Nothing more comes; ``failed_stage`` is where it failed, ``on`` this platform."""
        targets = len(self._order.targets)
        self._stages.end(targets=targets, failed_stage=failed_stage, on=on)
        self.phase = Phase.DONE

    @property
    def lines(self) -> Lines:
        """The places of the Dockerfile's lines."""
        return self._lines

    @property
    def finding(self) -> finding.Finding:
        """What makes a Failure of all that was seen."""
        return finding.Finding(self._lines, self._witness, self._stages.placed, self._needed)

    def failure(self, output: str) -> Failure:
        """Why a solve failed; ``output`` is the end of what buildctl wrote."""
        found = self.finding.of_solve(output)
        return self.warned.placed(found) if found.cause is Cause.LINT else found

    def picture(self) -> Picture:
        """All of it at this moment."""
        return Picture(
            phase=self.phase,
            stages=tuple(map(self._shown, self._stages.pictures())),
            sources=tuple(self.sources.values()),
            warnings=tuple(
                replace(found, message=self.mask(found.message)) for found in self.warned.shown
            ),
            solving=self._stages.solving,
            unwarned=self.warned.beyond,
            bases=tuple(replace(b, image=self.mask(b.image)) for b in self._bases.shown),
            snapshotter=self._backend.snapshotter,
            platforms=self._order.platforms or self._backend.platforms[:1],
            pulled=sum(self._pulled.values()),
            pushed=self.pushed,
        )

    def _shown(self, stage: Stage) -> Stage:
        unpacked = self._weights.unpacked(stage.name, stage.platform)
        targets = self._targets.get(stage.name, ()) if unpacked else ()
        text = self._quoted(stage.text)
        return replace(stage, text=text, unpacked=unpacked, targets=targets)

    def _quoted(self, instruction: str) -> str:
        """Its first line as far as there is room; masked as a whole, since half hides nothing."""
        first, *_ = self.mask(plain.plain(readable.readable(instruction))).splitlines() or [""]
        return " ".join(first.split())[:_TEXT_CHARACTERS]
