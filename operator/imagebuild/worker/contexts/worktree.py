"""Writes a commit's files into a directory, with those of its submodules.

Submodules are fetched as their repository is: each is a foreign address that is looked at first,
and what they hold counts as the context's own. Those on the repository's own server are signed in
to as that is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker.contexts import gittree, refusal, submodules
from imagebuild.worker.contexts.bounds import Tally
from imagebuild.worker.contexts.gitserver import Server

_MAX_SUBMODULES = 200
_MAX_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Part:
    """``root``, a directory of a commit, "" for all; in it only what lies at ``paths``, if any.

    ``paths`` count from the commit's own root. Raises FailedError ("PathRefused: ...") where none
    of them lies in the root.
    """

    root: str = ""
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.paths and not self.within:
            raise refusal.of("PathRefused", f"none of paths lies in subPath {self.root}")

    @property
    def within(self) -> tuple[str, ...]:
        """What is to be written; empty for all."""
        if "" in (self.paths or ("",)):
            return (self.root,) if self.root else ()
        if any(_holds(path, self.root) for path in self.paths):
            return (self.root,)
        return tuple(path for path in self.paths if _holds(self.root, path))


def _holds(directory: str, path: str) -> bool:
    """Whether a path is the directory, or lies in it."""
    return directory in ("", path) or path.startswith(f"{directory}/")


# Of a repository, by its URL and the place where it is fetched to.
Reach = Callable[[str, Path], Server]


class WorkTree:
    """Where a context's files are written; ``place`` is for repositories of submodules.

    ``submodules``: whether they are wanted; then ``reach`` opens each.
    """

    def __init__(self, *, place: Path, tally: Tally, submodules: bool, reach: Reach) -> None:
        self._place = place
        self._tally = tally
        self._with_submodules = submodules
        self._reach = reach
        self._submodules = 0

    def write(self, commit: gittree.Commit, part: Part, *, directory: Path) -> None:
        """Writes a part of a commit at its place below ``directory``.

        Raises FailedError for a path that there is not, and for what submodules may not be.
        """
        with refusal.at(".git.paths"):
            self._sort(commit, part.paths)
        with refusal.at(".git.subPath"):
            self._sort(commit, (part.root,))
        self._write(commit, part.within, directory=directory, depth=0)
        root = directory / part.root
        if not root.is_dir() or root.resolve() != directory.resolve() / part.root:
            words = f"{commit} has no directory {part.root}"
            raise refusal.of("PathNotFound", words, field=".git.subPath")

    def _write(
        self, commit: gittree.Commit, paths: Sequence[str], *, directory: Path, depth: int
    ) -> None:
        own, inside = self._sort(commit, paths)
        here = (*own, *inside)
        some, links = gittree.measure(commit, here, tally=self._tally)
        if some:
            gittree.write(commit, here, directory=directory)
        if not links or not self._with_submodules:
            return
        with refusal.at(".git.submodules"):
            known = submodules.read(commit)
            for link in links:
                if link.path not in known:
                    words = f"for the submodule {link.path} of {commit} no address stands in"
                    raise refusal.of("ContextInvalid", f"{words} {submodules.FILE}")
                if not known[link.path].skipped:
                    whole = not paths or any(_holds(path, link.path) for path in own)
                    self._write_submodule(
                        link,
                        () if whole else inside[link.path],
                        url=known[link.path].url,
                        directory=directory,
                        depth=depth + 1,
                    )

    def _write_submodule(
        self, link: gittree.Link, paths: Sequence[str], *, url: str, directory: Path, depth: int
    ) -> None:
        self._submodules += 1
        if self._submodules > _MAX_SUBMODULES or depth > _MAX_DEPTH:
            bounds = f"more than {_MAX_SUBMODULES} submodules, or more than {_MAX_DEPTH} deep"
            raise refusal.of("TooLarge", f"{url}: {bounds}: name what is needed with paths")
        target = directory / link.path
        if target.resolve() != directory.resolve() / link.path:
            raise refusal.of("PathRefused", f"{url}: a link stands at the submodule {link.path}")
        place = self._place / str(self._submodules)
        server = self._reach(url, place)
        server.fetch(link.commit, None)
        commit = gittree.Commit(server.repository, link.commit, url)
        self._write(commit, paths, directory=target, depth=depth)
        server.repository.remove()

    def _sort(
        self, commit: gittree.Commit, paths: Sequence[str]
    ) -> tuple[tuple[str, ...], dict[str, list[str]]]:
        """Which paths the commit itself holds, and submodule -> those in it, from its root."""
        kinds = gittree.kinds(commit, paths)
        own: list[str] = []
        inside: dict[str, list[str]] = {}
        for path in paths:
            links = [p for p in gittree.parents(path) if gittree.is_submodule(kinds.get(p))]
            if links and self._with_submodules:
                inside.setdefault(links[0], []).append(path.removeprefix(f"{links[0]}/"))
            elif path in kinds:
                own.append(path)
            else:
                mend = f": set submodules, {links[0]} is one" if links else ""
                raise refusal.of("PathNotFound", f"{commit} has no {path}{mend}")
        return tuple(own), inside
