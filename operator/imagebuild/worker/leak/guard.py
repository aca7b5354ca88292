"""Searches the layout of an image for secrets, and says where one is.

Every file of the layout is searched as it is read, on both of a small machine's cores; only once
something was found the layout is looked at again, for the words in which to say it.
"""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker.leak import documents, entries, layout
from imagebuild.worker.leak.layout import Image
from imagebuild.worker.leak.search import Hit, Search
from imagebuild.worker.limits import Limits

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in an image: which, and where in words; ``step`` indexes ``image.history``."""

    hit: Hit
    where: str
    image: Image | None = None
    step: int | None = None


def search(directory: Path, search: Search, limits: Limits) -> Found | None:
    """The first that is found in the layout in this directory; raises what the limits raise."""
    images = layout.images(directory)
    for image in images:
        for where, step, told in documents.hits(search, image):
            return Found(told, where, image, step)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        look = functools.partial(_first, search, limits=limits)
        found = dict(zip(blobs := layout.blobs(directory), pool.map(look, blobs), strict=True))
    for blob in blobs:
        if (hit := found[blob]) is not None:
            return _placed(search, blob, hit, images)
    return None


def _first(search: Search, blob: Path, *, limits: Limits) -> Hit | None:
    return next(search.of_stream(_within(limits, blob)), None)


def _within(limits: Limits, blob: Path) -> Iterator[bytes]:
    for chunk in layout.unpacked(blob):
        limits.check()
        yield chunk


def _placed(search: Search, blob: Path, hit: Hit, images: tuple[Image, ...]) -> Found:
    digest = layout.digest_of(blob)
    for image in images:
        if digest in image.layers:
            index = image.layers.index(digest)
            entry = entries.first(search, layout.unpacked(blob)) or entries.Entry(hit)
            where = f"layer {index + 1} of {len(image.layers)} ({digest})"
            parts = (where, entry.part, f"file {entry.file}" if entry.file else "")
            return Found(entry.hit, ", ".join(filter(None, parts)), image, image.step_of(index))
    return Found(hit, documents.place(search, blob, images))
