"""What a context holds in place of a file that is not in it."""

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker import suggestion
from imagebuild.worker.contexts import beneath, ignore
from imagebuild.worker.contexts.ignore import Verdict

# How many entries of a context are looked at.
_MOST = 5000
_LONGEST_IGNORE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns of what is not sent to BuildKit, and the file that they stand in."""

    name: str = ".dockerignore"
    patterns: tuple[str, ...] = ()


def ignored(directory: Path, name: str = ".dockerignore") -> Ignore | None:
    """What a file of this name in a directory says, None where it can't be read."""
    try:
        text = beneath.read(directory, name, limit=_LONGEST_IGNORE).decode("utf-8-sig", "replace")
    except (OSError, ValueError, RuntimeError, beneath.TooLargeError):
        return None
    return Ignore(name, tuple(text.splitlines()))


def hint(path: str, directory: Path, *, called: str, leaving: Ignore) -> str:
    """Why ``path`` is not found in a context that people call ``called``; empty where unsure.

    ``path`` is relative to the context's ``directory``, from which ``leaving`` is left out.
    Raises FailedError for a bad pattern, OSError where a directory can't be read.
    """
    if os.path.lexists(directory / path):
        excluded = ignore.excludes(leaving.patterns, path)
        return f"{leaving.name} excludes it from {called}" if excluded else ""
    there = list(itertools.islice(_kept(directory, leaving.patterns), _MOST))
    if not there:
        return f"{called} holds no files"
    return suggestion.did_you_mean(_meant(path, there))


def _kept(directory: Path, patterns: Sequence[str]) -> Iterator[str]:
    """The path of each entry that can be copied, as it may be shown."""
    for entry, verdict in ignore.entries(directory, patterns):
        path = os.path.relpath(entry.path, directory)
        if verdict is Verdict.KEPT and path.isprintable():
            yield path


def _meant(path: str, there: Sequence[str]) -> list[str]:
    """The same in another case, a file of this name elsewhere, or a path that looks like it."""
    same = [found for found in there if found.lower() == path.lower()]
    name = os.path.basename(path).lower()  # noqa: PTH119 - a text, of a context
    elsewhere = [found for found in there if os.path.basename(found).lower() == name]  # noqa: PTH119
    elsewhere.sort(key=lambda found: (found.count("/"), found))
    return (same or elsewhere or suggestion.near(path, there, most=1))[:1]
