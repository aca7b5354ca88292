"""Writes what a foreign archive says into a directory, and nowhere else.

What may be in an archive is what Python's "data" filter lets through: no path with ``..``, none
that passes through a link, no link that leads out, no device. Owners are not kept; of modes only
what of them makes sense in a context. Times are, so that the same archive gives the same image.

Source: https://docs.python.org/3/library/tarfile.html#tarfile.data_filter
"""

import os
import stat
from pathlib import Path, PurePosixPath
from typing import Protocol

from imagebuild.worker.contexts import refusal
from imagebuild.worker.contexts.bounds import Tally
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits

_CHUNK = 1024 * 1024
_LONGEST_NAME = 255
_DEEPEST = 250


class Readable(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""


class FileTree:
    """A directory to which an archive, or several, are added.

    All that it refuses is a FailedError: "ContextInvalid: ..." or "TooLarge: ...".
    """

    def __init__(self, directory: Path, *, tally: Tally, limits: Limits) -> None:
        self._directory = directory
        self._tally = tally
        self._limits = limits
        self._made = {directory}
        self._links: dict[Path, str] = {}
        self._times: dict[Path, float] = {}

    def directory(self, name: str, *, time: float) -> None:
        """Makes a directory, or finds it made."""
        path = self._path(name)
        self._make(path, name)
        self._times[path] = time

    def file(
        self, name: str, content: Readable, *, size: int, mode: int = 0o644, time: float = 0
    ) -> None:
        """Writes a file of at most ``size`` bytes; one that is there already gives way."""
        path = self._place(name, size)
        with path.open("xb") as file:
            while size and (chunk := content.read(min(size, _CHUNK))):
                self._limits.check()
                file.write(chunk)
                size -= len(chunk)
        executable = 0o755 if mode & stat.S_IXUSR else 0o644
        path.chmod(mode & executable | 0o600)
        os.utime(path, (time, time))

    def link(self, name: str, to: str) -> None:
        """Makes a symbolic link; where it leads is looked at in the end."""
        path = self._place(name, 0)
        if not to or "\0" in to:
            raise self.refused(f"the link {name} leads nowhere")
        path.symlink_to(to)
        self._links[path] = to

    def same(self, name: str, of: str) -> None:
        """Makes a file another name of one that is there."""
        original = self._path(of)
        self._require_way(original, of)
        if original.is_symlink() or not original.is_file():
            raise self.refused(f"{name} is to be the same as {of}, which is no file before it")
        path = self._place(name, 0)
        if path != original:
            path.hardlink_to(original)

    def finish(self) -> None:
        """Looks where links lead, once all is there that they may lead through."""
        root = os.path.realpath(self._directory)
        for path, to in self._links.items():
            self._limits.check()
            leads = os.path.realpath(path)
            if leads != root and not leads.startswith(f"{root}/"):
                shown = path.relative_to(self._directory)
                raise self.refused(f"the link {shown} -> {to} leads out of it")
        for path, time in sorted(self._times.items(), reverse=True):
            os.utime(path, (time, time))

    def refused(self, why: str) -> FailedError:
        """The failure of an archive that cannot be unpacked."""
        return refusal.of("ContextInvalid", why)

    def _place(self, name: str, size: int) -> Path:
        """Where a new file goes: its directory is there, and nothing in its way."""
        self._limits.check()
        self._tally.add(size)
        path = self._path(name)
        if path in self._made:
            raise self.refused(f"{name or '.'} is a directory and something else")
        self._make(path.parent, name)
        if os.path.lexists(path):
            path.unlink()
            self._links.pop(path, None)
        return path

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name.lstrip("/")).parts
        if ".." in parts or "\0" in name:
            raise self.refused(f"the path {name!r} leaves it")
        if any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
            raise self.refused(f"the path {name[:100]!r}... has a name that is too long")
        if len(parts) > _DEEPEST:
            raise self.refused(f"the path {name[:100]!r}... is nested too deep")
        return self._directory.joinpath(*parts)

    def _make(self, path: Path, name: str) -> None:
        """Makes a directory and those above it, none of which may be anything else."""
        missing = []
        while path not in self._made:
            missing.append(path)
            path = path.parent
        for directory in reversed(missing):
            if os.path.lexists(directory):
                between = directory.relative_to(self._directory)
                raise self.refused(f"{name} lies behind {between}, which is no directory")
            self._tally.add(0)
            directory.mkdir(mode=0o755)
            self._made.add(directory)

    def _require_way(self, path: Path, name: str) -> None:
        if path.parent not in self._made:
            raise self.refused(f"{name} lies in no directory of it")
