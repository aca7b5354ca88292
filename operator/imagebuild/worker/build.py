"""The way of a build: contexts, the Dockerfile, solves, published images."""

import contextlib
import functools
from collections import deque
from collections.abc import Collection

from imagebuild.contract.order import MAIN_CONTEXT, Lint, Order, Target
from imagebuild.contract.picture import Phase
from imagebuild.contract.report import Image
from imagebuild.worker import child, dockerfile, policy, trust
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.failure import FailedError
from imagebuild.worker.hidden import Hidden
from imagebuild.worker.inquiries import Inquiries
from imagebuild.worker.leak.guarded import Guarded
from imagebuild.worker.limits import Limits
from imagebuild.worker.publish import publication
from imagebuild.worker.publish.work import Work
from imagebuild.worker.scene import Scene
from imagebuild.worker.sink import Sink
from imagebuild.worker.solve import (
    archives,
    buildctl,
    filled,
    inputs,
    mountable,
    recap,
    registry_auth,
    targets,
    trace,
)
from imagebuild.worker.solve.extract import Extraction
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

# Of what buildctl writes, the end holds its error and the place in the Dockerfile.
_KEPT_LINES = 60


class Build:
    """One order on its way; ``drawing`` is what there is to see of it."""

    def __init__(self, order: Order, *, sink: Sink, workspace: Workspace, limits: Limits) -> None:
        self.drawing = Drawing(order)
        self.inquiries = Inquiries(self.drawing, workspace=workspace, limits=limits)
        self._order = order
        self._sink = sink
        self._workspace = workspace
        self._limits = limits
        self._solves = 0
        self._dockerfile = Dockerfile()
        self._given: Inputs | None = None
        self._uncached: frozenset[str] = frozenset()

    def images(self) -> tuple[Image, ...]:
        """Goes the whole way; what was published, by target.

        Raises FailedError where that can't be, and what the limits raise.
        """
        self._sink.show(self.drawing.picture)
        guarded = Guarded(self._order)
        with guarded.watched() if self._order.leak_guard else contextlib.nullcontext():
            return self._published(guarded)

    def _published(self, guarded: Guarded) -> tuple[Image, ...]:
        self._sign_in()
        archives.prepare(self._order)
        self._given = given = self._gather()
        buildctl.wait_for_daemon(self._workspace, self._limits)
        self.inquiries.begin()
        self.drawing.phase = Phase.BUILD
        return publication.images(
            Work(
                self._order,
                self._dockerfile,
                self.drawing,
                self.inquiries,
                self._workspace,
                self._limits,
                solve=functools.partial(self._solve, given),
                guarded=guarded,
            )
        )

    @property
    def scene(self) -> Scene:
        """Where it has come to."""
        return Scene(self._order, self._given, self._workspace, self._limits)

    @property
    def solved(self) -> bool:
        """Whether buildctl was called."""
        return self._solves > 0

    def log(self, line: str) -> None:
        """Shows people a line, without what nobody may read."""
        if 'msg="tracing logs to ' not in line:
            self._sink.log(self.drawing.mask(line))

    def _sign_in(self) -> None:
        self.drawing.mask = Hidden(self._order)
        if self._workspace.authorities is not None:
            trust.write(self._order.ca_certificates, self._workspace.authorities)
        entries = registry_auth.merge(self._order.registry_secrets)
        registry_auth.write(entries, self._workspace.docker_config)
        mountable.lay(self._order, workspace=self._workspace, limits=self._limits)

    def _gather(self) -> Inputs:
        """Brings the contexts, reads the Dockerfile, and fills in what both tell."""
        given = self._order.dockerfile.text
        read = self.drawing.read(given) if given is not None else None
        brought = inputs.bring(
            self._order, workspace=self._workspace, limits=self._limits, log=self.log
        )
        sources = {name: found.source for name, found in brought.items() if found.source}
        self.drawing.sources = sources
        policy.require_ref(self._order, sources.get(MAIN_CONTEXT))
        self._sink.show(self.drawing.picture)
        platform = self._order.platforms[0] if self._order.platforms else None
        extraction = Extraction(platform, self._workspace, limits=self._limits, log=self.log)
        gathered = inputs.lay(
            self._order,
            brought,
            extract=extraction.of,
            workspace=self._workspace,
            limits=self._limits,
        )
        self._dockerfile = read or self.drawing.read(gathered.text)
        targets.check(self._order, self._dockerfile)
        self._uncached = self._standing_on(self._order.no_cache)
        self._order = filled.filled(self._order, sources.get(MAIN_CONTEXT), self._dockerfile)
        return gathered

    def _standing_on(self, stages: Collection[str]) -> frozenset[str]:
        """These stages, and all that are built from or with them."""
        if not stages:
            return frozenset()
        return frozenset(
            stage.name
            for stage in self._dockerfile.stages
            if not dockerfile.needed(self._dockerfile, [stage.name]).isdisjoint(stages)
        )

    def _solve(self, given: Inputs, index: int, outputs: tuple[str, ...]) -> buildctl.Solve:
        """Solves a target; where it left word."""
        solve = self._next(self._order.targets[index], outputs)
        output: deque[str] = deque(maxlen=_KEPT_LINES)
        recapped = recap.Recap()

        def hear_output(line: str) -> None:
            if recapped.cut(line):
                return
            output.append(line)
            self.log(line)

        def hear_trace(line: str) -> None:
            for event in trace.read(line):
                self._refuse_to_begin(event)
                self.drawing.take(event, target=index)

        exit_code = child.run(
            buildctl.command(self._order, solve, workspace=self._workspace, inputs=given),
            environment=buildctl.environment(self._workspace),
            limits=self._limits,
            listener=child.Listener(
                output=hear_output,
                fifo_path=solve.trace,
                fifo=hear_trace,
                tick=self._tick,
            ),
        )
        if exit_code:
            # A pod that is being deleted loses its daemon too: then that is not the reason.
            self._limits.check()
            raise FailedError(self.drawing.failure("\n".join(output)))
        self.drawing.end_solve(index)
        self._refuse_warned()
        return solve

    def _next(self, target: Target, outputs: tuple[str, ...]) -> buildctl.Solve:
        """The next call of buildctl, with files of its own."""
        self._solves += 1
        needed = dockerfile.needed(self._dockerfile, [target.stage])
        # Only once in a build: what is tested later, or published, is what was made then.
        no_cache = self._uncached & needed
        self._uncached -= needed
        return buildctl.Solve(
            target,
            no_cache=tuple(sorted(no_cache)),
            outputs=outputs,
            trace=self._workspace.root / f"trace-{self._solves}",
            metadata=self._workspace.root / f"metadata-{self._solves}.json",
            ref=self._workspace.root / f"ref-{self._solves}",
        )

    def _tick(self) -> None:
        self.inquiries.look()
        self._sink.show(self.drawing.picture)

    def _refuse_to_begin(self, event: trace.Event) -> None:
        """Ends a solve before its first step costs anything: all its warnings came before."""
        if isinstance(event, trace.Vertex) and event.started and trace.step_of(event.name):
            self._refuse_warned()

    def _refuse_warned(self) -> None:
        if self._order.lint is Lint.FAIL and self.drawing.warned:
            raise FailedError(self.drawing.warned.failure())
