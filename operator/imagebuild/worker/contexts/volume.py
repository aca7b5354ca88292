"""Contexts that are volumes: used where they are mounted, or copied without what is ignored."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from imagebuild.worker.contexts import bounds, ignore, refusal
from imagebuild.worker.limits import Limits

_SUB_PATH = ".persistentVolumeClaim.subPath"
_MEND = "name a directory of the volume with subPath, or what is not needed with ignore"


def measure(volume: Path, *, limits: Limits) -> None:
    """Counts what a volume holds; FailedError ("TooLarge: ...", "PathNotFound: ...").

    The volume's content is foreign: a link in the way to the context's directory may lead out of
    it, to the credentials of this pod say.
    """
    _require(volume)
    tally = bounds.Tally(mend=_MEND)
    for entry, _ in ignore.entries(volume, ()):
        limits.check()
        tally.add(_size(entry))


def copy(volume: Path, directory: Path, *, patterns: Sequence[str], limits: Limits) -> None:
    """Copies what the patterns do not ignore; FailedError as ``measure``, and for a bad pattern.

    Links are copied as links. What is neither file, directory nor link is left out, as BuildKit
    leaves it out.
    """
    _require(volume)
    tally = bounds.Tally(mend=_MEND)
    for entry, verdict in ignore.entries(volume, patterns):
        limits.check()
        if verdict is not ignore.Verdict.KEPT:
            continue
        target = directory / os.path.relpath(entry.path, volume)
        target.parent.mkdir(parents=True, exist_ok=True)
        tally.add(_size(entry))
        if entry.is_dir(follow_symlinks=False):
            target.mkdir(exist_ok=True)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            shutil.copy2(entry.path, target, follow_symlinks=False)


def _size(entry: os.DirEntry[str]) -> int:
    """Its content's size; that of a directory is what is in it."""
    if entry.is_dir(follow_symlinks=False):
        return 0
    return entry.stat(follow_symlinks=False).st_size


def _require(volume: Path) -> None:
    if not volume.is_dir():
        raise refusal.of("PathNotFound", "the volume has no such directory", field=_SUB_PATH)
    if volume.resolve() != volume:
        words = "a link stands in the way to its directory in the volume"
        raise refusal.of("PathRefused", words, field=_SUB_PATH)
