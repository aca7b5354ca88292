"""What stages take unpacked: which of the records on BuildKit's disk is what a step made.

BuildKit does not say it. A record of a step describes it in words (descriptions.py) and lies on the
record of the step before; one of an image's layer names the image it was first pulled for, or
fits by the sizes of its compressed layers. Where several records can be it, or none, the size is
not known.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from imagebuild.worker.solve import descriptions, trace
from imagebuild.worker.solve.records import Disk, Record

# As in: [builder 1/4] FROM golang:1.19@sha256:... or [context base] golang:1.19@sha256:...
_IMAGE = re.compile(r"\[[^\]]+\] (?:FROM )?\S+@(?P<digest>sha256:[0-9a-f]{64})")


class Vertexes:
    """The vertexes of a build, as far as they are steps or what steps begin with, by digest."""

    def __init__(self) -> None:
        self.known: dict[str, trace.Vertex] = {}
        self.began: int | None = None

    def take(self, vertex: trace.Vertex) -> None:
        """Takes in what BuildKit says of one vertex."""
        if vertex.started is not None:
            self.began = min(vertex.started, self.began or vertex.started)
        if trace.step_of(vertex.name) is not None or vertex.name.startswith("[context "):
            self.known[vertex.digest] = vertex

    def images(self) -> Iterable[tuple[str, str]]:
        """The digests of the images that it begins with, each with its platform, "" for any."""
        for vertex in self.known.values():
            if (digest := image_of(vertex)) is not None:
                step = trace.step_of(vertex.name)
                yield digest, step.platform if step is not None else ""


def image_of(vertex: trace.Vertex) -> str | None:
    """The digest of the image that a vertex pulls; None for a vertex that pulls none."""
    match = _IMAGE.fullmatch(vertex.name)
    return match["digest"] if match else None


class Sizes:
    """What the steps of a build take on a disk.

    ``images``: the sizes of the compressed layers of those that it begins with, by digest.
    """

    def __init__(self, vertexes: Vertexes, disk: Disk, images: Mapping[str, Sequence[int]]) -> None:
        self._vertexes = vertexes
        self._disk = disk
        self._images = images
        self._upon: defaultdict[str, list[Record]] = defaultdict(list)
        self._merges: defaultdict[str, list[Record]] = defaultdict(list)
        for record in disk.records.values():
            if record.merges:
                self._merges[descriptions.instruction(record.description)].append(record)
            else:
                self._upon["".join(record.parents)].append(record)
        # All that is known of layers comes before anything is made of it.
        self._pulled = {image: self._image(image) for image in images}
        self._found: dict[str, tuple[Record, ...]] = {}

    def published(self, ends: Sequence[str], layers: Sequence[int]) -> None:
        """Takes in that what ended with one of these vertexes became an image of these layers."""
        if (last := self._last(ends)) is not None:
            made = self._records(last.digest) or self._newest(self._whole(last, layers))
            self._found[last.digest] = made
            if len(made) == 1:
                self._disk.hold(made[0], layers)

    def unpacked(self, ends: Sequence[str]) -> int:
        """What a stage takes in bytes whose last step is of these vertexes; 0: not known."""
        last = self._last(ends)
        made = self._records(last.digest) if last is not None else ()
        return self._disk.unpacked(made[0]) if len(made) == 1 else 0

    def _last(self, ends: Sequence[str]) -> trace.Vertex | None:
        """Of `COPY --link` one vertex brings files, and the last lays them on what is there."""
        known = [self._vertexes.known[end] for end in ends if end in self._vertexes.known]
        laying = [vertex for vertex in known if descriptions.linked(vertex.name) is not None]
        last = laying or known
        return last[0] if len(last) == 1 else None

    def _whole(self, last: trace.Vertex, layers: Sequence[int]) -> Iterator[Record]:
        """Of what came from a cache elsewhere, what can be the image of these layers."""
        said = descriptions.instruction(last.name)
        for record in self._disk.records.values():
            imported = record.description.startswith(descriptions.IMPORTED)
            possible = imported or descriptions.describes(record.description, said)
            if possible and self._disk.fits(record, layers):
                yield record

    def _records(self, digest: str) -> tuple[Record, ...]:
        """The records that can be what a vertex made: at best one."""
        path = [digest]
        while (vertex := self._vertexes.known.get(path[-1])) is not None and vertex.inputs:
            path.append(vertex.inputs[0])
        for step in reversed(path):
            if step not in self._found:
                self._found[step] = self._find(self._vertexes.known.get(step))
        return self._found[digest]

    def _find(self, vertex: trace.Vertex | None) -> tuple[Record, ...]:
        if vertex is None:
            return ()
        if (image := image_of(vertex)) is not None:
            return self._pulled.get(image, ())
        if (description := descriptions.of_context(vertex.name)) is not None:
            return self._newest(r for r in self._upon[""] if r.description == description)
        said = descriptions.instruction(vertex.name)
        possible = self._possible(vertex, said)
        by_name = [record for record in possible if record.description == vertex.name]
        by_words = (r for r in possible if descriptions.describes(r.description, said))
        return self._newest(by_name or by_words)

    def _possible(self, vertex: trace.Vertex, said: str) -> list[Record]:
        """The records that lie where those of this vertex must."""
        if descriptions.linked(vertex.name) is not None:
            return self._merges[said]
        below = self._found.get(vertex.inputs[0], ()) if vertex.inputs else ()
        possible = [upon for record in below for upon in self._upon[record.id]]
        # What stands on scratch names no more than what it takes files from.
        return possible + self._upon[""] if len(vertex.inputs) <= 1 else possible

    def _image(self, image: str) -> tuple[Record, ...]:
        layers = self._images[image]
        kinds = (descriptions.PULLED, descriptions.IMPORTED)
        fitting = [
            record
            for record in self._disk.records.values()
            if record.description.startswith(kinds) and self._disk.fits(record, layers)
        ]
        named = [record for record in fitting if record.description.endswith(f"@{image}")]
        found = self._newest(named or fitting)
        if len(found) == 1:
            self._disk.hold(found[0], layers)
        return found

    def _newest(self, records: Iterable[Record]) -> tuple[Record, ...]:
        """Of several those that this build made or used."""
        found = tuple(records)
        if len(found) <= 1:
            return found
        began = self._vertexes.began or 0
        return tuple(record for record in found if record.in_use or record.touched >= began)
