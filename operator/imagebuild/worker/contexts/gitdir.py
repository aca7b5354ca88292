"""A ``.git`` for a context: of one commit, and the same for the same commit.

Nothing in it knows of the build pod: no times of files, no fetch, no setting of ours.
"""

import os

from imagebuild.contract.source import Source
from imagebuild.worker.contexts.gitcmd import Repository
from imagebuild.worker.contexts.gitrefs import HEADS, TAGS
from imagebuild.worker.contexts.worktree import Part

NAME = ".git"


def make(repository: Repository, source: Source, *, url: str, branch: str, part: Part) -> None:
    """Makes a fetched bare repository one that may lie in a directory as its ``.git``.

    In the directory lies ``part`` of the commit of ``source``. ``branch`` is the one whose head
    that is, or empty.
    """
    for name in ("FETCH_HEAD", "index"):
        (repository.directory / name).unlink(missing_ok=True)
    repository.must("update-ref", "--no-deref", "HEAD", source.commit)
    if branch:
        repository.must("update-ref", f"{HEADS}{branch}", source.commit)
        repository.must("symbolic-ref", "HEAD", f"{HEADS}{branch}")
    if (
        source.tag
        and repository.ask("rev-parse", "--verify", "--quiet", f"{TAGS}{source.tag}").code
    ):
        repository.must("update-ref", f"{TAGS}{source.tag}", source.commit)
    repository.must("read-tree", source.commit)
    if part.root:
        # No file lies where the commit says: of what there is git then says nothing.
        _hide(repository, shown=())
        (repository.directory / "info").mkdir()
        (repository.directory / "info" / "exclude").write_text("*\n")
    elif part.within:
        _hide(repository, shown=part.within)
    for key, value in (
        ("core.bare", "false"),
        ("remote.origin.url", url),
        ("remote.origin.fetch", f"+{HEADS}*:refs/remotes/origin/*"),
    ):
        repository.must("config", "--file", str(repository.directory / "config"), key, value)


def _hide(repository: Repository, *, shown: tuple[str, ...]) -> None:
    """Has git take all else for what nobody wanted, rather than for deleted."""
    listed, hidden = repository.directory / "listed", repository.directory / "hidden"
    repository.must("ls-files", "-z", stdout=listed)
    prefixes = tuple(os.fsencode(f"{path}/") for path in shown)
    names = (name for name in listed.read_bytes().split(b"\0") if name)
    hidden.write_bytes(b"\0".join(s for s in names if not (s + b"/").startswith(prefixes)))
    # It asks for a work tree, but looks at none.
    work_tree = f"--work-tree={repository.directory}"
    repository.must(work_tree, "update-index", "-z", "--skip-worktree", "--stdin", stdin=hidden)
    listed.unlink()
    hidden.unlink()
