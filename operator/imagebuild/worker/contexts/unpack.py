"""Archives: tar, plain or compressed by gzip, bzip2, xz or zstd, and zip.

What a file is, its content says: a download's name is whatever its server calls it.
"""

import bz2
import calendar
import contextlib
import gzip
import importlib
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from imagebuild.worker.contexts.filetree import FileTree

_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LONGEST_MAGIC = 6

# Formats such as .jar and .whl are zip files as well, and wanted as they are.
_KIND = re.compile(r"\.(?P<kind>[a-z][a-z0-9]*)$", re.IGNORECASE)
_ZSTD_TAR = re.compile(r"\.(tar\.zst|tzst)$", re.IGNORECASE)

# tarfile reads the headers of long names at once, whatever they say how long they are.
_LONGEST_READ = 16 * 1024 * 1024
_LONGEST_TARGET = 4096

_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # a zip file with a password, or compressed in a way that Python doesn't know
    ValueError,
)


def unpack(file: Path, *, name: str, tree: FileTree) -> bool:
    """Unpacks an archive; False for a file that is none.

    ``name`` is what people call it. Raises FailedError ("ContextInvalid: ...") for one that is
    broken or holds what it may not.
    """
    with file.open("rb") as opened, _breaking(name, tree):
        magic = opened.read(_LONGEST_MAGIC)
        opened.seek(0)
        if magic.startswith(_ZIP):
            kind = _KIND.search(name)
            if kind and kind["kind"].lower() != "zip":
                return False
            _unpack_zip(opened, tree)
            return True
        stream = _plain(opened, magic, name=name, tree=tree)
        if stream is None or not _is_tar(stream):
            return False
        _unpack_tar(stream, tree)
        return True


@contextlib.contextmanager
def _breaking(name: str, tree: FileTree) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise tree.refused(f"{name}: {error}") from None
    except OSError as error:
        # The decompressors say so too; an error of the system has a number.
        if error.errno is not None:
            raise
        raise tree.refused(f"{name}: {error}") from None


def _plain(opened: IO[bytes], magic: bytes, *, name: str, tree: FileTree) -> IO[bytes] | None:
    """What is compressed in the file, or the file; None where this Python can't tell."""
    decompressors: dict[bytes, Callable[[IO[bytes]], Any]] = {
        _GZIP: lambda file: gzip.GzipFile(fileobj=file),
        _BZIP2: bz2.BZ2File,
        _XZ: lzma.LZMAFile,
    }
    for begin, decompressor in decompressors.items():
        if magic.startswith(begin):
            return cast("IO[bytes]", decompressor(opened))
    if not magic.startswith(_ZSTD):
        return opened
    try:
        zstd = importlib.import_module("compression.zstd")
    except ImportError:
        if _ZSTD_TAR.search(name):
            mend = "compress it by gzip, bzip2 or xz"
            raise tree.refused(f"{name}: zstd is not known to this builder; {mend}") from None
        return None
    return cast("IO[bytes]", zstd.ZstdFile(opened))


def _is_tar(stream: IO[bytes]) -> bool:
    try:
        block = stream.read(tarfile.BLOCKSIZE)
        stream.seek(0)
        tarfile.TarInfo.frombuf(block, tarfile.ENCODING, "surrogateescape")
    except _BROKEN:
        return False
    except OSError as error:
        if error.errno is not None:
            raise
        return False
    return True


class _Bounded:
    """A stream of which nobody reads more at once than memory has room for."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, size: int) -> bytes:
        if size > _LONGEST_READ:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self._stream.read(size)


def _unpack_tar(stream: IO[bytes], tree: FileTree) -> None:
    bounded = cast("IO[bytes]", _Bounded(stream))
    with tarfile.open(fileobj=bounded, mode="r:", errorlevel=2) as archive:
        for member in archive:
            _unpack_member(archive, member, tree)
            # It keeps all that it has seen, which nobody asks for.
            archive.members = []  # type: ignore[attr-defined]
        stream.seek(archive.offset)
        if stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
            raise tarfile.ReadError(f"broken at byte {archive.offset}")


def _unpack_member(archive: tarfile.TarFile, member: tarfile.TarInfo, tree: FileTree) -> None:
    name = member.name
    if member.isdir():
        tree.directory(name, time=member.mtime)
    elif member.issym():
        tree.link(name, member.linkname)
    elif member.islnk():
        tree.same(name, member.linkname)
    elif member.isreg() and (content := archive.extractfile(member)) is not None:
        tree.file(name, content, size=member.size, mode=member.mode, time=member.mtime)
    else:
        raise tree.refused(f"{name} is neither file, directory nor link")


def _unpack_zip(opened: IO[bytes], tree: FileTree) -> None:
    with zipfile.ZipFile(opened) as archive:
        for member in archive.infolist():
            name, mode = member.filename, member.external_attr >> 16
            time = calendar.timegm((*member.date_time, 0, 0, 0))
            if member.is_dir():
                tree.directory(name, time=time)
                continue
            with archive.open(member) as content:
                if stat.S_ISLNK(mode):
                    tree.link(name, content.read(_LONGEST_TARGET).decode())
                else:
                    size = member.file_size
                    tree.file(name, content, size=size, mode=mode or 0o644, time=time)
