"""Where an image or a user that BuildKit speaks of stands in the Dockerfile."""

from collections.abc import Iterator

from imagebuild.contract import images
from imagebuild.worker.dockerfile.parsed import Dockerfile, Stage


def line_of_image(dockerfile: Dockerfile, image: str) -> int | None:
    """The line of the first instruction that names an image; None where none does."""
    mention = of_image(dockerfile, image)
    return mention and mention[0]


def of_image(dockerfile: Dockerfile, image: str) -> tuple[int, str] | None:
    """The line of the first instruction that names an image, and the name there as written."""
    wanted = images.whole(image)
    mentions = (
        (line, name)
        for stage in dockerfile.stages
        for line, name in _named(stage)
        if name and images.whole(name) == wanted
    )
    return next(mentions, None)


def line_of_user(dockerfile: Dockerfile, name: str, *, before: int) -> int | None:
    """The line of the last USER up to a line that says this name, be it of a user or a group."""
    lines = [
        instruction.line
        for stage in dockerfile.stages
        for instruction in stage.instructions
        if instruction.name == "USER"
        and instruction.line <= before
        and name in " ".join(instruction.words).strip("\"'").split(":")
    ]
    return max(lines, default=None)


def _named(stage: Stage) -> Iterator[tuple[int, str]]:
    """Each name of an image, or of a stage or context, with its line."""
    if stage.pulls:
        yield stage.line, stage.base
    for instruction in (*stage.inherited, *stage.instructions):
        for name in instruction.origins():
            yield instruction.line, name
