"""Layers of images: reproducible tar files written entry by entry, without root or a chroot."""

import contextlib
import io
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path

from testbed import debian


class Layer:
    """A tar being written: everything belongs to root at one fixed time unless said otherwise."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def folder(self, name: str, *, mode: int = 0o755, owner: int = 0) -> None:
        """Add a directory."""
        entry = _entry(name, mode=mode, owner=owner)
        entry.type = tarfile.DIRTYPE
        self._tar.addfile(entry)

    def text(self, name: str, content: str, *, mode: int = 0o644) -> None:
        """Add a file from a text."""
        data = content.encode()
        entry = _entry(name, mode=mode)
        entry.size = len(data)
        self._tar.addfile(entry, io.BytesIO(data))

    def file(self, name: str, source: Path, *, mode: int = 0o755, capability: int = -1) -> None:
        """Add a file from this machine, if asked with one Linux capability (its number)."""
        entry = _entry(name, mode=mode)
        entry.size = source.stat().st_size
        if capability >= 0:
            entry.pax_headers = {"SCHILY.xattr.security.capability": _granted(capability)}
        with source.open("rb") as data:
            self._tar.addfile(entry, data)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        entry = _entry(name, mode=0o777)
        entry.type = tarfile.SYMTYPE
        entry.linkname = target
        self._tar.addfile(entry)

    def without(self, name: str) -> None:
        """Take away what a layer below has at `name`; a trailing slash empties a directory."""
        folder, _, last = name.rpartition("/")
        if not last:
            self.folder(folder)
        self.text(f"{folder}/.wh.{last}" if last else f"{folder}/.wh..wh..opq", "")


@contextlib.contextmanager
def layer(path: Path) -> Iterator[Layer]:
    """Open a new layer at `path`."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        yield Layer(tar)


def _entry(name: str, *, mode: int, owner: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.uid, entry.gid, entry.mtime = mode, owner, owner, debian.EPOCH
    return entry


def _granted(capability: int) -> str:
    """Return one permitted and effective capability as the kernel's vfs_cap_data, revision 2."""
    low, high = 1 << capability & 0xFFFFFFFF, 1 << capability >> 32
    return struct.pack("<5I", 0x02000001, low, 0, high, 0).decode("utf-8", "surrogateescape")
