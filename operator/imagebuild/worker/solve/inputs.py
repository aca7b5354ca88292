"""What BuildKit is given: where each context lies, and a Dockerfile in a directory of its own."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from imagebuild.contract.order import MAIN_CONTEXT, Context, Order
from imagebuild.worker import contexts, dockerfile, policy
from imagebuild.worker.contexts import Brought, ignore, refusal
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

# Beside a Dockerfile its name and this is the .dockerignore of whoever builds with it.
_IGNORE = ".dockerignore"

# Lays the files of a context, by its name, that is this image into a directory.
Extract = Callable[[str, str], Path]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The contexts, by name: those with a directory, those that are images, and the main one.

    ``dockerfile`` is the name of the Dockerfile in ``Workspace.dockerfile``, ``text`` what is in
    it.
    """

    main: Path
    directories: Mapping[str, Path]
    references: Mapping[str, str]
    dockerfile: str
    text: str


def bring(
    order: Order, *, workspace: Workspace, limits: Limits, log: contexts.Log
) -> dict[str, Brought]:
    """Where each context is now, by name, the main one always among them.

    The Dockerfile in one of them is still there, though it may be ignored.
    """
    for context in order.contexts:
        policy.require_source(order, context)
    named = {MAIN_CONTEXT: Context(MAIN_CONTEXT)} | {c.name: c for c in order.contexts}
    if order.dockerfile.path is not None and order.dockerfile.context in named:
        holder = named[order.dockerfile.context]
        named[holder.name] = replace(holder, ignore=_sparing(holder.ignore, order.dockerfile.path))
    return contexts.bring_all(named.values(), workspace=workspace, limits=limits, log=log)


def lay(
    order: Order,
    brought: Mapping[str, Brought],
    *,
    extract: Extract,
    workspace: Workspace,
    limits: Limits,
) -> Inputs:
    """Lays the Dockerfile apart, and says where all the rest lies.

    ``extract`` is for what must be files: the main context, one of which something is ignored, and
    the one that holds the Dockerfile. Raises FailedError, "DockerfileNotFound: ..." say.
    """
    as_files = {MAIN_CONTEXT, *(context.name for context in order.contexts if context.ignore)}
    holder = order.dockerfile.context if order.dockerfile.path is not None else MAIN_CONTEXT
    named = {context.name: context for context in order.contexts}
    directories = {}
    for name, found in brought.items():
        if found.directory:
            directories[name] = found.directory
        elif name in {*as_files, holder}:
            with refusal.within(named[name]):
                directories[name] = extract(name, found.reference or "")
    name, text = _lay_dockerfile(order, directories[holder], workspace.dockerfile)
    for context in order.contexts:
        found = brought[context.name]
        if context.ignore and (found.reference or context.name == holder):
            with refusal.within(context):
                ignore.delete(directories[context.name], context.ignore, limits=limits)
    references = {
        name: found.reference
        for name, found in brought.items()
        if found.reference and name not in as_files
    }
    others = {n: d for n, d in directories.items() if n != MAIN_CONTEXT and n not in references}
    return Inputs(directories[MAIN_CONTEXT], others, references, name, text)


def _lay_dockerfile(order: Order, context: Path, directory: Path) -> tuple[str, str]:
    name, text, ignored = order.dockerfile.path, order.dockerfile.text, None
    if name is not None:
        try:
            text, ignored = dockerfile.read_file(context, name), _ignored(context, name)
        except FailedError as error:
            raise FailedError(replace(error.failure, path=order.dockerfile_path)) from None
    name, text = name or "Dockerfile", text or ""
    file = directory / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8", newline="")
    if ignored is not None:
        file.with_name(file.name + _IGNORE).write_text(ignored, encoding="utf-8", newline="")
    return name, text


def _ignored(context: Path, name: str) -> str | None:
    """The .dockerignore of this Dockerfile alone, None where it has none."""
    if not os.path.lexists(context / (name + _IGNORE)):
        return None
    return dockerfile.read_file(context, name + _IGNORE)


def _sparing(patterns: tuple[str, ...], path: str) -> tuple[str, ...]:
    """Patterns that leave the Dockerfile there, and what is ignored by its name."""
    if not patterns:
        return ()
    literal = re.sub(r"([*?\[\\])", r"\\\1", path)
    return (*patterns, f"!{literal}", f"!{literal}{_IGNORE}")
