"""Things made once and kept: `${XDG_CACHE_HOME:-~/.cache}/imagebuild/`.

`made/<name>/<key>/` holds what was made from the parts that `key` is the hash of. An entry appears
whole or not at all; an older key stays until two newer ones are there, so that going back and forth
between two branches makes nothing twice.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from testbed.say import Failure, note

HERE = Path(__file__).parent

_KEPT = 2


def root() -> Path:
    """Return the cache directory, made if missing."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = Path(base) / "imagebuild"
    path.mkdir(parents=True, exist_ok=True)
    return path


def logs() -> Path:
    """Return the directory of the logs, one file for each kind of step."""
    path = root() / "logs"
    path.mkdir(exist_ok=True)
    return path


def key(*parts: str | bytes | Path) -> str:
    """Hash what something is made from: texts, bytes, and files or trees by name and content."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()[:16]


def identity(path: Path) -> str:
    """Say which file this is: by its place if it is in the cache, by its content elsewhere."""
    return str(path.relative_to(root())) if path.is_relative_to(root()) else key(path)


def _pieces(part: str | bytes | Path) -> Iterator[bytes]:
    if isinstance(part, bytes):
        yield part
    elif isinstance(part, str):
        yield part.encode()
    elif part.is_dir():
        for path in sorted(part.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(part)).encode()
                yield path.read_bytes()
    else:
        yield part.read_bytes()


def entry(name: str, of: str, make: Callable[[Path], None]) -> Path:
    """Return the directory `made/<name>/<of>`; `make` fills it (an empty one) if it is missing."""
    shelf = root() / "made" / name
    path = shelf / of
    if path.is_dir():
        os.utime(path)
        return path
    shelf.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".making-", dir=shelf))
    try:
        make(draft)
        draft.chmod(0o755)
        draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _prune(shelf)
    return path


def _prune(shelf: Path) -> None:
    """Drop drafts that an interrupted run left, and all but the newest entries."""
    for draft in shelf.glob(".making-*"):
        shutil.rmtree(draft, ignore_errors=True)
    kept = sorted(
        (path for path in shelf.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
    )
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Hold the testbed for one run at a time; a second one waits and says so."""
    with (root() / "lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note("another run holds the testbed; waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def write(path: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text)
        draft.replace(path)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error}") from None
