"""One order from its beginning to its end: contexts, solves, published images, a report."""

import contextlib
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from imagebuild.contract.order import MAIN_CONTEXT, Context, Order, Target
from imagebuild.contract.picture import Phase, Picture
from imagebuild.contract.report import Cause, Failure, Image, Report
from imagebuild.contract.source import Source
from imagebuild.worker import buildctl, child, contexts, dockerfile, failure, registry_auth, trace
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.mask import mask
from imagebuild.worker.sink import Sink
from imagebuild.worker.stages import Stages
from imagebuild.worker.workspace import Workspace

# What fails there, buildctl has already said in the log.
_SAID = (Cause.SOLVE, Cause.PUSH)

# Of what buildctl writes, the end holds its error and the place in the Dockerfile.
_KEPT_LINES = 60


def run(order: Order, *, sink: Sink, workspace: Workspace, stop: threading.Event) -> Report:
    """Does what the order says; ``stop`` ends it within seconds.

    Whatever happens is in the report: no exception leaves here but those that end the program.
    """
    limits = Limits(time.monotonic() + order.timeout_seconds, stop)
    return _Run(order, sink=sink, workspace=workspace, limits=limits).report()


class _Run:
    def __init__(self, order: Order, *, sink: Sink, workspace: Workspace, limits: Limits) -> None:
        self._order = order
        self._sink = sink
        self._workspace = workspace
        self._limits = limits
        self._stages = Stages(order.stages)
        self._witness = failure.Witness()
        self._finding = failure.Finding(order, self._witness, self._stages.name_of)
        self._mask: Callable[[str], str] = str
        self._phase = Phase.CONTEXT
        self._sources: dict[str, Source] = {}
        self._solves = 0

    def report(self) -> Report:
        images: tuple[Image, ...] = ()
        failed: Failure | None = None
        try:
            images = self._build()
        except FailedError as error:
            failed = error.failure
        except TimedOutError:
            words = f"not done within {self._order.timeout_seconds} s"
            failed = self._finding.of_interruption(Cause.TIMEOUT, words)
        except StoppedError:
            failed = self._finding.of_interruption(Cause.CANCELED, "the build was told to end")
        except Exception as error:  # noqa: BLE001 - our own bug must reach the report as well
            failed = self._unforeseen(error)
        self._aside(lambda: self._say(failed))
        self._aside(lambda: self._end(failed))
        return Report(
            images=images,
            failure=failed and self._masked(failed),
            source=self._sources.get(MAIN_CONTEXT),
        )

    def _unforeseen(self, error: Exception) -> Failure:
        if isinstance(error, OSError) and self._phase is Phase.CONTEXT:
            return Failure(Cause.CONTEXT, f"ContextUnreadable: {error}")
        self._trace()
        return Failure(Cause.INTERNAL, f"{type(error).__name__}: {error}")

    def _aside(self, tell: Callable[[], None]) -> None:
        """Tells people what the report does not hang on."""
        try:
            tell()
        except Exception:  # noqa: BLE001 - whatever it is, the report must go out
            self._trace()

    def _trace(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(self._mask(traceback.format_exc()))

    def _say(self, failed: Failure | None) -> None:
        if failed and failed.cause not in _SAID:
            self._log(f"error: {failed.error}")

    def _build(self) -> tuple[Image, ...]:
        self._sink.show(self._picture)
        self._sign_in()
        roots = self._bring_contexts()
        self._lay_dockerfile(roots[MAIN_CONTEXT])
        self._phase = Phase.BUILD
        buildctl.wait_for_daemon(self._workspace, self._limits)
        targets = tuple(enumerate(self._order.targets))
        if len(targets) > 1:
            for index, target in targets:
                self._solve(replace(target, images=()), index=index, roots=roots)
        elif not targets[0][1].images:
            self._solve(targets[0][1], index=0, roots=roots)
        return tuple(
            self._publish(target, index=index, roots=roots)
            for index, target in targets
            if target.images
        )

    def _sign_in(self) -> None:
        auths = registry_auth.merge(self._order.registry_secrets)
        self._mask = mask(registry_auth.secrets(auths))
        registry_auth.write(auths, self._workspace.docker_config)

    def _bring_contexts(self) -> dict[str, Path]:
        roots: dict[str, Path] = {}
        named = {context.name: context for context in self._order.contexts}
        for name, context in ({MAIN_CONTEXT: Context(MAIN_CONTEXT)} | named).items():
            roots[name], source = contexts.bring(
                context, workspace=self._workspace, limits=self._limits, log=self._log
            )
            if source is not None:
                self._sources[name] = source
        return roots

    def _lay_dockerfile(self, context: Path) -> None:
        text = self._order.dockerfile.text
        if text is not None:
            self._workspace.dockerfile.mkdir()
            self._workspace.dockerfile.joinpath("Dockerfile").write_text(text, encoding="utf-8")
        if not self._order.stages:
            self._stages.expect(self._stage_names(context))

    def _stage_names(self, context: Path) -> tuple[str, ...]:
        text, path = self._order.dockerfile.text, self._order.dockerfile.path
        if text is not None:
            return dockerfile.stage_names(text)
        return dockerfile.stage_names_in(context, path or "")

    def _publish(self, target: Target, *, index: int, roots: dict[str, Path]) -> Image:
        metadata = self._solve(target, index=index, roots=roots)
        return buildctl.published(index, metadata, workspace=self._workspace, limits=self._limits)

    def _solve(self, target: Target, *, index: int, roots: dict[str, Path]) -> Path:
        """Solves a target, and publishes it where it has images; the file of metadata."""
        self._solves += 1
        solve = buildctl.Solve(
            stage=target.stage,
            images=target.images,
            trace=self._workspace.root / f"trace-{self._solves}",
            metadata=self._workspace.root / f"metadata-{self._solves}.json",
        )
        output: deque[str] = deque(maxlen=_KEPT_LINES)

        def hear_output(line: str) -> None:
            output.append(line)
            self._log(line)

        def hear_trace(line: str) -> None:
            for event in trace.read(line):
                self._take(event, target=index)

        exit_code = child.run(
            buildctl.command(self._order, solve, workspace=self._workspace, roots=roots),
            environment={
                **self._workspace.environment,
                "DOCKER_CONFIG": str(self._workspace.docker_config),
            },
            limits=self._limits,
            listener=child.Listener(
                output=hear_output,
                fifo_path=solve.trace,
                fifo=hear_trace,
                tick=lambda: self._sink.show(self._picture),
            ),
        )
        if exit_code:
            # A pod that is being deleted loses its daemon too: then that is not the reason.
            self._limits.check()
            raise FailedError(self._finding.of_solve("\n".join(output)))
        self._stages.end_solve(index)
        return solve.metadata

    def _take(self, event: trace.Vertex | trace.Log, *, target: int) -> None:
        self._witness.take(event)
        if isinstance(event, trace.Log):
            return
        if event.started is not None and event.name.startswith(failure.EXPORT):
            self._phase = Phase.PUBLISH
            self._stages.end_solve(target)
        self._stages.take(event)

    def _end(self, failed: Failure | None) -> None:
        solving = failed is not None and failed.cause is Cause.SOLVE
        self._stages.end(
            targets=len(self._order.targets),
            failed_stage=failed.stage if failed and solving else None,
        )
        self._phase = Phase.DONE
        self._sink.show(self._picture, last=True)

    def _picture(self) -> Picture:
        return Picture(
            phase=self._phase,
            stages=self._stages.pictures(),
            sources=tuple(self._sources.values()),
            solving=self._stages.solving,
        )

    def _log(self, line: str) -> None:
        if 'msg="tracing logs to ' not in line:
            self._sink.log(self._mask(line))

    def _masked(self, failed: Failure) -> Failure:
        masked = replace(
            failed,
            error=self._mask(failed.error),
            log_tail=self._mask(failed.log_tail),
            vertex=failed.vertex and self._mask(failed.vertex),
        )
        return failure.brief(masked)
