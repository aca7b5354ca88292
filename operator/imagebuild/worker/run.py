"""One order from its beginning to its end: a report, whatever happens."""

import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from imagebuild.contract import plain
from imagebuild.contract.order import MAIN_CONTEXT, Order
from imagebuild.contract.picture import Phase
from imagebuild.contract.report import Cause, Failure, Image, Report
from imagebuild.worker import failure, surroundings
from imagebuild.worker.build import Build
from imagebuild.worker.exceeded import What
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import ExceededError, Limits, StoppedError, TimedOutError
from imagebuild.worker.sink import Sink
from imagebuild.worker.workspace import Workspace

# What fails in a solve, buildctl has already said in the log.
_SAID = (Cause.SOLVE, Cause.PUSH, Cause.ARCHIVE)

# Of a build that was told to end no stage failed, whichever ran.
_EXCEEDED = {
    What.DISK: Cause.DISK,
    What.PROCESSES: Cause.PROCESSES,
    What.UNCOUNTED: Cause.DISK,
}
_AT_A_STAGE = (Cause.SOLVE, Cause.DAEMON, Cause.TIMEOUT, Cause.STALLED, *_EXCEEDED.values())


def run(order: Order, *, sink: Sink, workspace: Workspace, stop: threading.Event) -> Report:
    """Does what the order says; ``stop`` ends it within seconds.

    Whatever happens is in the report: no exception leaves here but those that end the program.
    """
    limits = Limits(time.monotonic() + order.timeout_seconds, stop, workspace.exceeded)
    space = surroundings.around(order, workspace)
    build = Build(order, sink=sink, workspace=space, limits=limits)
    images, failed = _outcome(build, timeout=order.timeout_seconds)
    failed = failed and _explained(build, failed)
    _aside(build, lambda: build.inquiries.end(succeeded=failed is None))
    _aside(build, lambda: _say(build, failed))
    _aside(build, lambda: _end(build, sink, failed))
    return Report(
        images=images,
        failure=failed and _masked(build, failed),
        source=build.drawing.sources.get(MAIN_CONTEXT),
    )


def _outcome(build: Build, *, timeout: int) -> tuple[tuple[Image, ...], Failure | None]:
    try:
        return build.images(), None
    except FailedError as error:
        return (), error.failure
    except TimedOutError:
        words = f"not done within {timeout} s"
        return (), build.drawing.finding.of_interruption(Cause.TIMEOUT, words)
    except ExceededError as error:
        cause = _EXCEEDED[error.exceeded.what]
        return (), build.drawing.finding.of_interruption(cause, str(error))
    except StoppedError:
        words = "the build was told to end"
        return (), build.drawing.finding.of_interruption(Cause.CANCELED, words)
    except Exception as error:  # noqa: BLE001 - our own bug must reach the report as well
        return (), _unforeseen(build, error)


def _unforeseen(build: Build, error: Exception) -> Failure:
    if isinstance(error, OSError) and build.drawing.phase is Phase.CONTEXT:
        return Failure(Cause.CONTEXT, f"ContextUnreadable: {error}")
    _trace(build)
    return Failure(Cause.INTERNAL, f"{type(error).__name__}: {error}")


def _explained(build: Build, failed: Failure) -> Failure:
    """With what else can be found out; where that fails itself, as it is."""
    try:
        from imagebuild.worker import explained  # noqa: PLC0415 - the worker's start is waited for

        return explained.explained(failed, build.scene)
    except Exception:  # noqa: BLE001 - whatever it is, the report must go out
        _trace(build)
        return failed


def _aside(build: Build, tell: Callable[[], None]) -> None:
    """Tells people what the report does not hang on."""
    try:
        tell()
    except Exception:  # noqa: BLE001 - whatever it is, the report must go out
        _trace(build)


def _trace(build: Build) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(build.drawing.mask(traceback.format_exc()))


def _say(build: Build, failed: Failure | None) -> None:
    if failed and not (failed.cause in _SAID and build.solved):
        build.log(f"error: {failed.error}")
    if failed and failed.hint:
        build.log(f"hint: {failed.hint}")


def _end(build: Build, sink: Sink, failed: Failure | None) -> None:
    if failed and failed.cause in _AT_A_STAGE:
        build.drawing.end(failed.stage, on=failed.platform)
    else:
        build.drawing.end(None)
    sink.show(build.drawing.picture, last=True)


def _masked(build: Build, failed: Failure) -> Failure:
    def mask(text: str) -> str:
        # A colour in its midst must not hide a credential that is whole without it.
        return build.drawing.mask(plain.plain(text))

    masked = replace(
        failed,
        error=mask(failed.error),
        log_tail=mask(failed.log_tail),
        hint=mask(failed.hint),
        vertex=failed.vertex and mask(failed.vertex),
    )
    return failure.brief(masked)
