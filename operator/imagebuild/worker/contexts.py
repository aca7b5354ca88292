"""Brings every context of an order into a plain directory.

Errors begin with a word that tells them apart:

- ``PathRefused: `` a path that leaves the context
- ``ContextUnreadable: `` it can't be read or written here, a full disk say, in the system's words

and, from ``git``, ``UrlRefused: ``, ``RefNotFound: ``, ``CommitNotFound: ``, ``CommitNotOnRef: ``,
``PathNotFound: ``, ``TooLarge: `` and ``Unreachable: ``. What an order or a ConfigMap holds
needs no bound of its own: the API server takes no object over a few megabytes.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from imagebuild.contract import order
from imagebuild.contract.picture import Source
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import git
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace


def bring(
    context: order.Context,
    *,
    workspace: Workspace,
    limits: Limits,
    log: Callable[[str], None],
) -> tuple[Path, Source | None]:
    """Where the context's root now lies, and the commit where it came from git.

    Raises FailedError with Cause.CONTEXT.
    """
    try:
        return _bring(context, workspace=workspace, limits=limits, log=log)
    except OSError as error:
        words = f"ContextUnreadable: context {context.name}: {error}"
        raise FailedError(Failure(Cause.CONTEXT, words)) from None


def _bring(
    context: order.Context,
    *,
    workspace: Workspace,
    limits: Limits,
    log: Callable[[str], None],
) -> tuple[Path, Source | None]:
    directory = workspace.context(context.name)
    directory.mkdir(parents=True)
    if context.git is not None:
        workspace.repositories.mkdir(exist_ok=True)
        source = git.check_out(
            context.name, context.git, directory=directory, workspace=workspace, limits=limits
        )
        log(f"context {context.name}: {context.git.url} at {source.commit}")
        return directory / (context.git.sub_path or "."), source
    if context.directory is not None:
        _copy(Path(context.directory), directory)
    else:
        _write(context.files or {}, directory)
    return directory, None


def _write(files: Mapping[str, str], directory: Path) -> None:
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or parts[0] == "/" or "\0" in name:
            words = f"PathRefused: {name!r} is no path within the context; name a file in it"
            raise FailedError(Failure(Cause.CONTEXT, words))
        path = directory.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")


def _copy(mounted: Path, directory: Path) -> None:
    """Copies what the kubelet mounted: links into a directory of its own, whose name is ``..X``."""
    for source, name in _files(mounted):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        target.chmod(source.stat().st_mode & 0o777 | 0o600)


def _files(mounted: Path) -> Iterator[tuple[Path, Path]]:
    """Each file in a mounted volume, where it really lies, and its name in the volume."""
    for entry in sorted(mounted.iterdir()):
        if entry.name.startswith(".."):
            continue
        if not entry.is_dir():
            yield entry, Path(entry.name)
            continue
        for folder, _, names in os.walk(entry):
            for name in names:
                path = Path(folder, name)
                yield path, path.relative_to(mounted)
