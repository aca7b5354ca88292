"""Brings every context of an order to where BuildKit takes it from.

What goes wrong is a FailedError as in ``refusal``. Each kind of context is loaded where it is
met: most builds have one or two kinds, and the worker's start is waited for.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path

from imagebuild.contract import order
from imagebuild.contract.source import Source
from imagebuild.worker.contexts import ignore, refusal, written
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

# So many at once: more would only share the same network and disk.
_AT_ONCE = 4

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Brought:
    """Where a context is now; of ``directory`` and ``reference`` exactly one is set.

    ``directory`` holds its files, without what ``ignore`` names. ``reference`` is an image by
    digest, REPOSITORY@sha256:..., of which nothing was ignored. ``source`` is what the context
    resolved to, None where it is none that resolves.
    """

    directory: Path | None = None
    reference: str | None = None
    source: Source | None = None


def bring_all(
    contexts: Iterable[order.Context], *, workspace: Workspace, limits: Limits, log: Log
) -> dict[str, Brought]:
    """Name -> where it is, of several contexts at once.

    Raises FailedError for the first that fails, in time; the others are given up.
    """
    given_up = _Stop(limits.stop)
    within = Limits(limits.ends_at, given_up)
    speaking = threading.Lock()

    def say(line: str) -> None:
        with speaking:
            log(line)

    with futures.ThreadPoolExecutor(_AT_ONCE, "context") as pool:
        coming = {
            pool.submit(bring, context, workspace=workspace, limits=within, log=say): context.name
            for context in contexts
        }
        try:
            brought = {coming[done]: done.result() for done in futures.as_completed(coming)}
        except BaseException:
            given_up.set()
            raise
    return {name: brought[name] for name in coming.values()}


def bring(context: order.Context, *, workspace: Workspace, limits: Limits, log: Log) -> Brought:
    """Where the context now is. Raises FailedError with Cause.CONTEXT."""
    with refusal.within(context):
        try:
            return _bring(context, workspace=workspace, limits=limits, log=log)
        except OSError as error:
            raise refusal.of("ContextUnreadable", str(error)) from None
        except RecursionError:
            words = "its directories are nested too deep"
            raise refusal.of("ContextInvalid", words) from None


class _Stop(threading.Event):
    """Is set where the outer one is, too."""

    def __init__(self, outer: threading.Event) -> None:
        super().__init__()
        self._outer = outer

    def is_set(self) -> bool:
        return super().is_set() or self._outer.is_set()


def _bring(context: order.Context, *, workspace: Workspace, limits: Limits, log: Log) -> Brought:
    if context.image is not None:
        digest = context.image.rpartition("@")[2]
        return Brought(reference=context.image, source=Source(context.name, digest=digest))
    if context.volume is not None and not context.ignore:
        from imagebuild.worker.contexts import volume

        volume.measure(Path(context.volume), limits=limits)
        return Brought(Path(context.volume))
    brought = _copy(context, workspace=workspace, limits=limits, log=log)
    if brought.directory is not None and context.volume is None and context.ignore:
        ignore.delete(brought.directory, context.ignore, limits=limits)
    return brought


def _copy(context: order.Context, *, workspace: Workspace, limits: Limits, log: Log) -> Brought:
    name, called = context.name, refusal.called(context.name)
    directory = workspace.context(name)
    if context.oci is not None:
        from imagebuild.worker.contexts import oci

        reference, source = oci.bring(
            name, context.oci, directory=directory, workspace=workspace, limits=limits
        )
        log(f"{called}: {context.oci} at {source.digest}")
        return Brought(None if reference else directory, reference, source)
    directory.mkdir(parents=True)
    found: Source | None = None
    if context.git is not None:
        from imagebuild.worker.contexts import git

        directory, found = git.check_out(
            name, context.git, directory=directory, workspace=workspace, limits=limits
        )
        log(f"{called}: {context.git.url} at {found.commit}")
    elif context.http is not None:
        from imagebuild.worker.contexts import download

        found = download.bring(
            name, context.http, directory=directory, workspace=workspace, limits=limits
        )
        log(f"{called}: {context.http.url} of {found.digest}")
    elif context.volume is not None:
        from imagebuild.worker.contexts import volume

        volume.copy(Path(context.volume), directory, patterns=context.ignore, limits=limits)
    elif context.directory is not None:
        written.copy_mounted(Path(context.directory), directory)
    else:
        written.write(context.files or {}, directory)
    return Brought(directory, source=found)
