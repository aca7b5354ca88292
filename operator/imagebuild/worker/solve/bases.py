"""The images that stages are from, and the digests that they resolved to, as BuildKit says them.

A named context and a stage have no vertex of this form, nor has scratch.
"""

import re
import sys
from dataclasses import dataclass, field

from imagebuild.contract import picture
from imagebuild.worker.dockerfile import mentions
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.solve import trace

# As in "FROM docker.io/library/golang:1.19@sha256:...": of a stage's FROM behind its place, of
# COPY --from and of a mount the whole name.
_FROM = re.compile(r"FROM (?P<image>\S+)@(?P<digest>sha256:[0-9a-f]{64})")

_OFFICIAL = "docker.io/library/"


@dataclass(slots=True)
class _Base:
    line: int
    written: str
    digest: str
    targets: set[int] = field(default_factory=set)


class Bases:
    """Takes in vertexes; ``shown`` are the bases that they tell of, in their author's words."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Base] = {}

    def take(self, vertex: trace.Vertex, dockerfile: Dockerfile, *, target: int) -> None:
        """Takes in a vertex of the solve of the target of this index, which needs what it is."""
        step = trace.step_of(vertex.name)
        match = _FROM.fullmatch(step.instruction if step else vertex.name)
        if match is None:
            return
        image, digest = match["image"], match["digest"]
        if (image, digest) not in self._found:
            self._found[image, digest] = _Base(*_written(dockerfile, image, digest), digest)
        self._found[image, digest].targets.add(target)

    @property
    def shown(self) -> tuple[picture.Base, ...]:
        """Each image once, in the Dockerfile's order: BuildKit has none."""
        return tuple(
            picture.Base(base.written, base.digest, tuple(sorted(base.targets)))
            for base in sorted(self._found.values(), key=lambda base: (base.line, base.written))
        )


def _written(dockerfile: Dockerfile, image: str, digest: str) -> tuple[int, str]:
    """The line that first names an image and the name there; BuildKit's where none does."""
    for name in (image, f"{image}@{digest}"):
        if (mention := mentions.of_image(dockerfile, name)) is not None:
            return mention
    return sys.maxsize, image.removeprefix(_OFFICIAL)
