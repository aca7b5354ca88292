"""Contexts that users write down in objects of the cluster: ``files``, and ConfigMaps.

What these hold needs no bound: the API server takes no object over a few megabytes.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from imagebuild.worker.contexts import refusal

_MODE = 0o644  # what the API says of them, whatever umask the worker was given


def write(files: Mapping[str, str], directory: Path) -> None:
    """Writes path -> content below ``directory``; FailedError ("PathRefused: ...")."""
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or parts[0] == "/" or "\0" in name:
            words = f"{name!r} is no path within the context; name a file in it"
            raise refusal.of("PathRefused", words)
        path = directory.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
        path.chmod(_MODE)


def copy_mounted(mounted: Path, directory: Path) -> None:
    """Copies what the kubelet mounted: links into a directory of its own, whose name is ``..X``."""
    for source, name in _files(mounted):
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        target.chmod(source.stat().st_mode & 0o777 | 0o600)


def _files(mounted: Path) -> Iterator[tuple[Path, Path]]:
    """Each file in a mounted volume, where it really lies, and its name in the volume."""
    for entry in sorted(mounted.iterdir()):
        if entry.name.startswith(".."):
            continue
        if not entry.is_dir():
            yield entry, Path(entry.name)
            continue
        for folder, _, names in os.walk(entry):
            for name in names:
                path = Path(folder, name)
                yield path, path.relative_to(mounted)
