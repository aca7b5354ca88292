"""Where an image or a user that BuildKit speaks of stands in the Dockerfile.

Source: https://github.com/distribution/reference, what a name means that lacks host or tag.
"""

from collections.abc import Iterator

from imagebuild.worker.dockerfile.parsed import Dockerfile, Stage

_DEFAULT_HOST = "docker.io"


def line_of_image(dockerfile: Dockerfile, image: str) -> int | None:
    """The line of the first instruction that names an image; None where none does."""
    mention = of_image(dockerfile, image)
    return mention and mention[0]


def of_image(dockerfile: Dockerfile, image: str) -> tuple[int, str] | None:
    """The line of the first instruction that names an image, and the name there as written."""
    wanted = _whole(image)
    mentions = (
        (line, name)
        for stage in dockerfile.stages
        for line, name in _named(stage)
        if name and _whole(name) == wanted
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


def _whole(image: str) -> str:
    """The name with all that may be left out of it."""
    host, slash, path = image.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        host, path = _DEFAULT_HOST, image
    if host == _DEFAULT_HOST and "/" not in path:
        path = f"library/{path}"
    tagged = ":" in path or "@" in path
    return f"{host}/{path}" + ("" if tagged else ":latest")
