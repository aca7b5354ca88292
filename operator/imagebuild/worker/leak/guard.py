"""Searches the layout of an image for secrets, and says where one is.

Every file of the layout is searched as it is read, on both of a small machine's cores; only once
something was found the layout is looked at again, for the words in which to say it.
"""

import functools
import itertools
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker.leak import documents, entries, layout
from imagebuild.worker.leak.layout import Image
from imagebuild.worker.leak.search import Hit, Search
from imagebuild.worker.leak.tokens import Token, Watch
from imagebuild.worker.limits import Limits

_AT_ONCE = 2
# More of them say nothing new, and are sought for long.
_MOST_TOKENS = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in an image: which, and where in words; ``step`` indexes ``image.history``."""

    hit: Hit
    where: str
    image: Image | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What is in a layout: the first secret that was found, and what looks like a token.

    Tokens are looked for in some layers alone, and until something was found.
    """

    found: Found | None = None
    tokens: tuple[Token, ...] = ()


def search(
    directory: Path, search: Search, limits: Limits, *, own: AbstractSet[str] = frozenset()
) -> Result:
    """Searches the layout in this directory; ``own`` are the layers that may hold no token.

    Raises what the limits raise.
    """
    images = layout.images(directory)
    for image in images:
        for where, step, told in documents.hits(search, image):
            return Result(Found(told, where, image, step))
    blobs = layout.blobs(directory)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        look = functools.partial(_look, search, limits=limits, own=own)
        looked = dict(zip(blobs, pool.map(look, blobs), strict=True))
    for blob in blobs:
        if (hit := looked[blob].hit) is not None:
            return Result(_placed(search, blob, hit, images))
    suspicious = (blob for blob in blobs if looked[blob].rules)
    tokens = (token for blob in suspicious for token in _tokens(blob, limits))
    return Result(None, tuple(itertools.islice(tokens, _MOST_TOKENS)))


@dataclass(frozen=True, slots=True)
class _Looked:
    hit: Hit | None
    rules: tuple[str, ...] = ()


def _look(search: Search, blob: Path, *, limits: Limits, own: AbstractSet[str]) -> _Looked:
    chunks = _within(limits, blob)
    if layout.digest_of(blob) not in own:
        return _Looked(next(search.of_stream(chunks), None))
    watch = Watch()
    hit = next(search.of_stream(watch.over(chunks)), None)
    return _Looked(hit, tuple(watch.found))


def _tokens(blob: Path, limits: Limits) -> Iterator[Token]:
    for file, rule in entries.tokens(_within(limits, blob)):
        yield Token(rule, f"file {file} (layer {layout.digest_of(blob)})")


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
