"""The stages as a graph: what each is made from, and which of them a build needs.

A stage uses only stages before it, so the order in which they are written is a build order and
there can be no cycle; ``api.validate`` holds specs to that.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from imagebuild.api import arguments
from imagebuild.api.spec import ImageBuildSpec, Stage

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Node:
    """A stage and what it uses: earlier stages and contexts, each once and in the spec's order.

    ``base`` is what it starts from with build arguments filled in: a stage, a context, an image or
    scratch. Where an argument is known only to the build, it is the text as it stands, and so
    can only be an image. ``of_files``: it is a context that is no image.
    """

    stage: Stage
    base: str
    uses: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    of_files: bool = False

    @property
    def pulls(self) -> bool:
        """Whether it starts from an image or context, which BuildKit counts as a step."""
        return self.base != SCRATCH and self.base not in self.uses


def nodes(spec: ImageBuildSpec) -> tuple[Node, ...]:
    """All stages, in the spec's order."""
    values = arguments.known(spec.args)
    contexts = [context.name for context in spec.contexts]
    of_files = {c.name for c in spec.contexts if c.image_build is None and c.oci is None}
    earlier: list[str] = []
    found: list[Node] = []
    for stage in spec.stages:
        base = base_of(stage, values)
        named = {base, *_sources(stage)}
        uses = tuple(name for name in earlier if name in named)
        used = tuple(name for name in contexts if name in named)
        found.append(Node(stage, base, uses, used, of_files=base in of_files))
        earlier.append(stage.name)
    return tuple(found)


def base_of(stage: Stage, values: Mapping[str, str]) -> str:
    """What a stage starts from, by the build arguments that are known."""
    return arguments.resolved(stage.from_, values) or stage.from_


def _sources(stage: Stage) -> Iterator[str | None]:
    """What its steps take files from."""
    for step in stage.steps:
        yield step.from_
        for mount in step.mounts:
            yield from (kind.from_ for kind in (mount.cache, mount.bind) if kind is not None)


def targets(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The stages to solve, each once: the published ones in order, else the last; then the gates.

    None where there are no stages.
    """
    if not spec.stages:
        return ()
    last = spec.stages[-1].name
    published = tuple(p.stage or last for p in spec.publish) or (last,)
    return tuple(dict.fromkeys((*published, *spec.gates)))


def needed(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The stages that some target needs, itself included, in the spec's order."""
    return tuple(node.stage.name for node in _needed(spec))


def skipped(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The stages that no target needs, in the spec's order: BuildKit never looks at them."""
    wanted = set(needed(spec))
    return tuple(stage.name for stage in spec.stages if stage.name not in wanted)


def contexts(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The contexts of ``spec.contexts`` that some needed stage uses, in the spec's order."""
    used = {name for node in _needed(spec) for name in node.contexts}
    return tuple(context.name for context in spec.contexts if context.name in used)


def _needed(spec: ImageBuildSpec) -> tuple[Node, ...]:
    return tuple(_closure(nodes(spec), targets(spec)))[::-1]


def _closure(graph: Iterable[Node], wanted: Iterable[str]) -> Iterator[Node]:
    """Latest first: by then all that may need a stage have been seen."""
    seen = set(wanted)
    for node in reversed(tuple(graph)):
        if node.stage.name in seen:
            seen.update(node.uses)
            yield node
