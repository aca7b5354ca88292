"""How many layers an image would have, as far as its Dockerfile tells."""

from collections.abc import Iterator

from imagebuild.worker.dockerfile.parsed import Dockerfile, Stage

# containerd and Docker unpack no more: all directories of an overlay are named in one mount.
MOST = 127

# Each is a layer, whether or not it changes a file.
_LAYERED = frozenset({"WORKDIR", "COPY", "ADD", "RUN"})


def layers(dockerfile: Dockerfile, target: str | None) -> int:
    """The layers of a stage (None: of the last) and of those that it is built from.

    An image at their base counts once, however many layers it has itself.
    """
    return sum(map(_own, _line(dockerfile, target)))


def _line(dockerfile: Dockerfile, target: str | None) -> Iterator[Stage]:
    named = [s for s in dockerfile.stages if target is None or s.name == target.lower()]
    stage = named[-1] if named else None
    while stage is not None:
        yield stage
        # Where platforms differ in it, the first one stands for all.
        stage = dockerfile.stages[stage.parents[0]] if stage.parents else None


def _own(stage: Stage) -> int:
    made = (*stage.inherited, *stage.instructions)
    return stage.pulls + sum(instruction.name in _LAYERED for instruction in made)
