"""The stages as a graph: what each is made from, and which of them a build needs.

A stage uses only stages before it, so the order in which they are written is a build order and
there can be no cycle; ``api.validate`` holds specs to that.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from imagebuild.api import variables
from imagebuild.api.spec import ImageBuildSpec, Stage

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Node:
    """A stage and the names of the earlier stages that it uses, each once, in their order.

    ``base`` is what it starts from with build arguments filled in: a stage, an image or scratch.
    """

    stage: Stage
    base: str
    uses: tuple[str, ...] = ()

    @property
    def pulls(self) -> bool:
        """Whether it starts from an image, which BuildKit counts as a step."""
        return self.base != SCRATCH and self.base not in self.uses


def nodes(spec: ImageBuildSpec) -> tuple[Node, ...]:
    """All stages, in the spec's order."""
    values = {arg.name: arg.value for arg in spec.args}
    earlier: list[str] = []
    found: list[Node] = []
    for stage in spec.stages:
        base = base_of(stage, values)
        named = {base, *(step.from_ for step in stage.steps)}
        found.append(Node(stage, base, tuple(n for n in earlier if n in named)))
        earlier.append(stage.name)
    return tuple(found)


def base_of(stage: Stage, values: Mapping[str, str]) -> str:
    """What a stage starts from; ``values``: the build arguments. ValueError: no valid variable."""
    return variables.expand(variables.parse(stage.from_), values)


def targets(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The stages to solve: the published ones in order, else the last one. None where no stages."""
    if not spec.stages:
        return ()
    last = spec.stages[-1].name
    return tuple(p.stage or last for p in spec.publish) or (last,)


def needed(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The stages that some target needs, itself included, in the spec's order."""
    wanted = set(_closure(nodes(spec), targets(spec)))
    return tuple(stage.name for stage in spec.stages if stage.name in wanted)


def skipped(spec: ImageBuildSpec) -> tuple[str, ...]:
    """The stages that no target needs, in the spec's order: BuildKit never looks at them."""
    wanted = set(needed(spec))
    return tuple(stage.name for stage in spec.stages if stage.name not in wanted)


def _closure(graph: Iterable[Node], wanted: Iterable[str]) -> Iterator[str]:
    """Latest first: by then all that may need a stage have been seen."""
    seen = set(wanted)
    for node in reversed(tuple(graph)):
        if node.stage.name in seen:
            seen.update(node.uses)
            yield node.stage.name
