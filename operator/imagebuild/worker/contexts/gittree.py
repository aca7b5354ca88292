"""The files of one commit: which there are, how much that is, and writing them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from imagebuild.worker.contexts.bounds import Tally
from imagebuild.worker.contexts.gitcmd import Repository

_ENTRY = re.compile(
    r"[0-7]{6} (?P<kind>[a-z]+) (?P<id>[0-9a-f]+)(?: +(?P<size>[0-9]+|-))?\t(?P<path>.+)"
)
_SUBMODULE = "commit"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was fetched into a repository from ``url``."""

    repository: Repository
    id: str
    url: str

    def __str__(self) -> str:
        return f"{self.url} at {self.id}"


@dataclass(frozen=True, slots=True)
class Link:
    """A submodule: where it belongs in the tree, and which commit of it."""

    path: str
    commit: str


def kinds(commit: Commit, paths: Iterable[str]) -> dict[str, str]:
    """What each of the paths and of the directories above is: "blob", "tree", "commit".

    A link is a blob, a submodule a commit; what there is not has no entry, and neither has what
    lies in a submodule.
    """
    asked = sorted({above for path in paths for above in (path, *parents(path))} - {""})
    found: dict[str, str] = {"": "tree"}

    def hear(line: str) -> None:
        if entry := _ENTRY.fullmatch(line):
            found[_unquoted(entry["path"])] = entry["kind"]

    if asked:
        command = ("ls-tree", "-t", "--full-tree", commit.id, "--", *asked)
        commit.repository.must(*command, hear=hear)
    return found


def parents(path: str) -> tuple[str, ...]:
    """The directories above a path, but for the root."""
    return tuple(str(above) for above in PurePosixPath(path).parents if above.parts)


def is_submodule(kind: str | None) -> bool:
    """Whether that is the kind of a submodule."""
    return kind == _SUBMODULE


def measure(commit: Commit, paths: Sequence[str], *, tally: Tally) -> tuple[bool, tuple[Link, ...]]:
    """Counts what lies at the paths, all for none, before it is written.

    Answers with whether there is anything, and with the submodules in it.
    """
    links: list[Link] = []
    before = tally.files

    def hear(line: str) -> None:
        if entry := _ENTRY.fullmatch(line):
            tally.add(int(entry["size"]) if entry["size"].isdecimal() else 0)
            if is_submodule(entry["kind"]):
                links.append(Link(_unquoted(entry["path"]), entry["id"]))

    command = ("ls-tree", "-r", "-l", "--full-tree", commit.id, "--", *paths)
    commit.repository.must(*command, hear=hear)
    return tally.files > before, tuple(links)


def write(commit: Commit, paths: Sequence[str], *, directory: Path) -> None:
    """Writes what lies at the paths, all for none, below ``directory``; submodules are empty."""
    work_tree = f"--work-tree={directory}"
    commit.repository.must(work_tree, "read-tree", commit.id)
    commit.repository.must(work_tree, "checkout", "--quiet", "--", *(paths or (".",)))


def _unquoted(path: str) -> str:
    """A path as git prints it: in quotes, and with escapes as in C, where it is an odd one."""
    if not path.startswith('"'):
        return path
    plain = path[1:-1].encode("ascii").decode("unicode_escape").encode("latin-1")
    return plain.decode("utf-8", "surrogateescape")
