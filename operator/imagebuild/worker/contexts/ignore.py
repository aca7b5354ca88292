"""What a context is not to hold, in the patterns of a .dockerignore file.

The last pattern that matches decides, ``!`` takes back in, and what matches a directory matches
all in it. Links are entries like others: they are never followed.

Source: https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

from e2b_dockerfile_utils import PatternMatcher

from imagebuild.worker.contexts import refusal
from imagebuild.worker.limits import Limits


class Verdict(Enum):
    """What becomes of an entry; a directory that is ``AROUND`` stays for what is kept in it."""

    KEPT = "kept"
    IGNORED = "ignored"
    AROUND = "around"


def delete(directory: Path, patterns: Sequence[str], *, limits: Limits) -> None:
    """Deletes what the patterns match; FailedError ("ContextInvalid: ...") for a bad pattern."""
    for entry, verdict in entries(directory, patterns):
        limits.check()
        if verdict is Verdict.AROUND:
            with contextlib.suppress(OSError):  # it is not empty
                Path(entry.path).rmdir()
        elif verdict is Verdict.IGNORED and entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif verdict is Verdict.IGNORED:
            Path(entry.path).unlink()


def excludes(patterns: Sequence[str], path: str) -> bool:
    """Whether the patterns match an entry; raises ValueError for a bad pattern."""
    return PatternMatcher(list(patterns)).matches(path)


def entries(directory: Path, patterns: Sequence[str]) -> Iterator[tuple[os.DirEntry[str], Verdict]]:
    """Each entry below a directory, none of one that is ignored as a whole.

    A directory comes before what is in it, one that is ``AROUND`` after. Raises FailedError
    ("ContextInvalid: ...") for a bad pattern.
    """
    try:
        matcher = PatternMatcher(list(patterns))
    except ValueError as error:
        words = f"{error}; write it as in a .dockerignore file"
        field = f".ignore[{_first_bad(patterns)}]"
        raise refusal.of("ContextInvalid", words, field=field) from None
    return _entries(str(directory), "", matcher)


def _first_bad(patterns: Sequence[str]) -> int:
    for index, pattern in enumerate(patterns):
        try:
            PatternMatcher([pattern])
        except ValueError:
            return index
    return 0


def _entries(
    directory: str, prefix: str, matcher: PatternMatcher
) -> Iterator[tuple[os.DirEntry[str], Verdict]]:
    with os.scandir(directory) as opened:
        found = list(opened)
    for entry in found:
        path = f"{prefix}{entry.name}"
        ignored = matcher.matches(path)
        inside = entry.is_dir(follow_symlinks=False) and (
            not ignored or matcher.may_match_under(path)
        )
        if not ignored or not inside:
            yield entry, Verdict.IGNORED if ignored else Verdict.KEPT
        if inside:
            yield from _entries(entry.path, f"{path}/", matcher)
        if ignored and inside:
            yield entry, Verdict.AROUND
