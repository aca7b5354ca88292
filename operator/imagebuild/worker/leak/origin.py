"""Which instruction of a Dockerfile made a step of an image's history."""

from collections.abc import Iterator, Sequence

from imagebuild.worker.dockerfile.parsed import Dockerfile, Instruction, Stage
from imagebuild.worker.leak.guard import Found
from imagebuild.worker.leak.layout import Image
from imagebuild.worker.solve.lines import Lines, Place


def place(found: Found, target: str | None, dockerfile: Dockerfile, lines: Lines) -> Place:
    """The place of the instruction that brought something into the image of a target.

    For what came with the base image that is FROM.
    """
    if found.image is None or found.step is None:
        return Place()
    line = line_of(dockerfile, target, _made_by(found.image), found.step)
    if not line and (stage := base_of(found, target, dockerfile)) is not None:
        line = stage.line
    return lines.at_line(line) if line else Place()


def base_of(found: Found, target: str | None, dockerfile: Dockerfile) -> Stage | None:
    """The stage whose base image brought something into the image of a target, if one did.

    None too where the history and the Dockerfile do not fit to each other.
    """
    stages = _stages(dockerfile, target)
    if found.image is None or found.step is None or not stages or not stages[0].pulls:
        return None
    instructions, made_by = _chain(stages), _made_by(found.image)
    before = len(made_by) - len(instructions)
    fit = zip(instructions, made_by[max(before, 0) :], strict=False)
    is_it = found.step < before and all(_is(i, text) for i, text in fit)
    return stages[0] if is_it else None


def own_layers(image: Image, target: str | None, dockerfile: Dockerfile) -> Iterator[str]:
    """The digests of the layers that instructions of the Dockerfile made, its base's left out."""
    made_by = _made_by(image)
    for index, digest in enumerate(image.layers):
        step = image.step_of(index)
        if step is not None and line_of(dockerfile, target, made_by, step):
            yield digest


def line_of(dockerfile: Dockerfile, target: str | None, made_by: Sequence[str], step: int) -> int:
    """The line, counted from 1, of a step in the history of a target (None: the last stage).

    ``made_by`` are the texts of the history's ``created_by``: it ends with the instructions of the
    target's stage, before them stand those of the stage that it is from, and first those of their
    base. 0 where that is it, or where the two do not fit to each other.
    """
    instructions = _chain(_stages(dockerfile, target))
    at = step - len(made_by)
    fit = zip(reversed(instructions), reversed(made_by), strict=False)
    if -at > len(instructions) or not all(_is(i, text) for i, text in list(fit)[:-at]):
        return 0
    return instructions[at].line


def _made_by(image: Image) -> list[str]:
    return [str(entry.get("created_by", "")) for entry in image.history]


def _stages(dockerfile: Dockerfile, target: str | None) -> list[Stage]:
    """The target's stage, and before it those that it is from; the first is from an image."""
    stages = dockerfile.stages
    wanted = target.lower() if target is not None else stages[-1].name if stages else ""
    stage = next((stage for stage in reversed(stages) if stage.name == wanted), None)
    found: list[Stage] = []
    while stage is not None:
        found = [stage, *found]
        stage = _parent(dockerfile, stage)
    return found


def _chain(stages: Sequence[Stage]) -> list[Instruction]:
    return [i for stage in stages for i in (*stage.inherited, *stage.instructions)]


def _parent(dockerfile: Dockerfile, stage: Stage) -> Stage | None:
    # Where platforms differ in it, the history does not tell which one it was.
    return dockerfile.stages[stage.parents[0]] if len(stage.parents) == 1 else None


def _is(instruction: Instruction, text: str) -> bool:
    return text.split(" ", 1)[0] == instruction.name
