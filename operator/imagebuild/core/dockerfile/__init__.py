"""The stages as one Dockerfile, and for each of its instructions the place in the spec.

One file holds all stages and serves all targets. It must mean what the spec says whatever a spec
holds: the first line is a comment of our own, after which no parser directive counts, and what
follows is written by ``instructions``.

Source: https://docs.docker.com/reference/dockerfile/
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from imagebuild.api.rules import rule
from imagebuild.api.spec import Arg, ImageBuildSpec, Stage
from imagebuild.contract import facts, order
from imagebuild.core import graph
from imagebuild.core.dockerfile import instructions, quoting

# The second line ends the comment: BuildKit else takes it for that of the instruction after it.
HEADER = ("# Rendered by imagebuild; each instruction comes from a field of the ImageBuild.", "#")
COUNTED = frozenset({"WORKDIR", "COPY", "ADD", "RUN"})
# What stands for a value that only the build knows: fit to be a repository, a tag and a word.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The file's text, and its stages with the line and the spec path of each instruction.

    ``files``: what `file` steps write, for the context ``order.FILES_CONTEXT``, by name: 1-3 is of
    ``spec.stages[1].steps[3]``. There are only those that some target needs.
    """

    text: str
    stages: tuple[order.Stage, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction before it has a line: its text, which may span several, and its place."""

    text: str
    path: str
    step: int | None = None
    counted: bool = False


def render(spec: ImageBuildSpec) -> Rendered:
    """The Dockerfile of a spec that ``api.validate`` has no problem with; the same for the same."""
    of_all = (f"ARG {arg.name}={quoting.literal(_default(arg))}" for arg in spec.args)
    blocks = [*HEADER, *of_all, ""]
    line = len(blocks) + 1
    stages: list[order.Stage] = []
    for index, node in enumerate(graph.nodes(spec)):
        placed: list[order.Instruction] = []
        for found in _stage(node, index):
            placed.append(order.Instruction(line, found.path, found.step, found.counted))
            blocks.append(found.text)
            line += found.text.count("\n") + 1
        blocks.append("")
        line += 1
        stages.append(order.Stage(node.stage.name, tuple(placed)))
    return Rendered("\n".join(blocks), tuple(stages), _files(spec))


def _default(arg: Arg) -> str:
    """The value where it is known, else one of which BuildKit does not warn in `FROM`.

    What the build passes wins over it.
    """
    if arg.value is None:
        return UNKNOWN
    return facts.expand(arg.value, dict.fromkeys(facts.NAMES, UNKNOWN))


def _stage(node: graph.Node, index: int) -> Iterator[Instruction]:
    stage, path = node.stage, f"spec.stages[{index}]"
    yield from _base(node, f"{path}.from")
    yield from _said(instructions.STATE, stage, path)
    yield from _steps(stage, index)
    # Last, so that a change of what the image says of itself runs no step again.
    yield from _said(instructions.IMAGE, stage, path)


def _base(node: graph.Node, path: str) -> Iterator[Instruction]:
    """FROM; a context of files is copied into the empty image.

    BuildKit knows a FROM such files by their session alone: each further solve would run all that
    stands on them again, and publish another run than the one that was tested.
    """
    if not node.of_files:
        yield Instruction(instructions.base(node.stage, node.stage.from_), path, counted=node.pulls)
        return
    yield Instruction(instructions.base(node.stage, graph.SCRATCH), path)
    yield _instruction(instructions.whole(node.base), path)


def _said(
    table: Mapping[str, Callable[[Any], instructions.Texts]], stage: Stage, path: str
) -> Iterator[Instruction]:
    for field, texts in table.items():
        value = _value(stage, field)
        for part, text in () if value is None else texts(value).items():
            yield _instruction(text, f"{path}.{field}{part}")


def _steps(stage: Stage, index: int) -> Iterator[Instruction]:
    shell = stage.shell or instructions.SHELL
    for number, step in enumerate(stage.steps):
        path = f"spec.stages[{index}].steps[{number}]"
        beside = instructions.Beside(step, shell, _file_name(index, number))
        for field in step.instructions:
            for part, text in _done(field, beside).items():
                yield _instruction(text, f"{path}.{field}{part}" if part else path, number)


def _done(field: str, beside: instructions.Beside) -> instructions.Texts:
    value = _value(beside.step, field)
    if field in instructions.STEPS:
        return instructions.STEPS[field](value, beside)
    return instructions.STATE[field](value)


def _value(source: object, field: str) -> Any:
    return getattr(source, rule.attribute(field))


def _instruction(text: str, path: str, step: int | None = None) -> Instruction:
    return Instruction(text, path, step, counted=text.partition(" ")[0] in COUNTED)


def _files(spec: ImageBuildSpec) -> Mapping[str, str]:
    needed = graph.needed(spec)
    return {
        _file_name(index, number): step.file.content
        for index, stage in enumerate(spec.stages)
        if stage.name in needed
        for number, step in enumerate(stage.steps)
        if step.file is not None
    }


def _file_name(stage: int, step: int) -> str:
    return f"{stage}-{step}"
