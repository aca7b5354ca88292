"""Where in a layer something is: its archive is read again for the name of the file."""

import functools
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imagebuild.worker.leak.search import Hit, Search
from imagebuild.worker.leak.tokens import Watch

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A hit and the file that it is in, ``file`` being its absolute path.

    ``part`` says which part of it, as "the name of a file", and is empty for what it contains.
    """

    hit: Hit
    file: str = ""
    part: str = ""


def first(search: Search, chunks: Iterable[bytes]) -> Entry | None:
    """The first hit in the archive of a layer; None where none lies in a file of it."""
    for archive, member in _members(chunks):
        for entry in _hits(search, archive, member):
            return entry
    return None


def tokens(chunks: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The files of a layer's archive in which something looks like a token, and by which rule."""
    for archive, member in _members(chunks):
        if content := archive.extractfile(member) if member.isreg() else None:
            watch = Watch()
            for _ in watch.over(iter(functools.partial(content.read, _CHUNK), b"")):
                pass
            for rule in watch.found:
                yield _path(member), rule


def _members(chunks: Iterable[bytes]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    with tarfile.open(fileobj=io.BufferedReader(_Stream(chunks), _CHUNK), mode="r|") as archive:
        for member in archive:
            yield archive, member
            # Else all that was read is kept.
            archive.members.clear()  # type: ignore[attr-defined]  # typeshed leaves it out


def _path(member: tarfile.TarInfo) -> str:
    return "/" + member.name.removeprefix("./").strip("/")


def _hits(search: Search, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[Entry]:
    named = _path(member)
    known = None
    for key, hit in search.of_texts(_texts(member)):
        part, _, name = key.partition(":")
        if part == "name":
            yield Entry(hit, part="the name of a file")
            return
        known = known or Entry(hit, named, f"{part} {name}".strip())
    if known:
        yield known
    if content := archive.extractfile(member) if member.isreg() else None:
        pieces = iter(functools.partial(content.read, _CHUNK), b"")
        yield from (Entry(hit, named) for hit in search.of_stream(pieces))


def _texts(member: tarfile.TarInfo) -> Mapping[str, bytes]:
    """What a tar says of a file beside its content; names come first."""
    found = {"name:": member.name, "the target of its link:": member.linkname}
    found |= {"its owner's name:": member.uname, "its group's name:": member.gname}
    attributes = {k: v for k, v in member.pax_headers.items() if k not in {"path", "linkpath"}}
    found["the name of an attribute:"] = "\0".join(attributes)
    for key, value in attributes.items():
        found[f"its attribute:{key.removeprefix('SCHILY.xattr.')}"] = value
    return {key: text.encode("utf-8", "surrogateescape") for key, text in found.items()}


class _Stream(io.RawIOBase):
    """What comes in pieces, as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fills what it can of the buffer; 0 at the end."""
        self._rest = self._rest or next((chunk for chunk in self._chunks if chunk), b"")
        view = memoryview(buffer)
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
