"""Brings one commit of a git repository into a plain directory.

A failure's words hold URL, ref or commit, and begin with one of those that ``contexts`` lists.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from imagebuild.contract import order
from imagebuild.contract.report import Cause, Failure
from imagebuild.contract.source import Source
from imagebuild.worker.failure import FailedError
from imagebuild.worker.gitcmd import Repository
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

MAX_BYTES = 2 * 1024**3
MAX_FILES = 250_000

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"(?!-)[^\x00-\x20\x7f~^:?*\[\\]+")

# What `ls-remote --exit-code` ends with where the server answered and nothing matched.
_NO_MATCH = 2

# Servers that don't know the protocol for it, or forbid it, give a commit only as part of a ref.
_BY_ID_REFUSED = re.compile(r"unadvertised object|dumb http|not our ref|remote ref [0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class _Head:
    """A ref's full name at the server, and the commit it stands for."""

    name: str
    commit: str


def check_out(
    name: str, source: order.Git, *, directory: Path, workspace: Workspace, limits: Limits
) -> Source:
    """Writes the files of ``source`` below ``directory``, at their paths in the repository.

    ``name`` is that of the context. Raises FailedError with Cause.CONTEXT.
    """
    path = _refuse(source, schemes=workspace.git_schemes)

    def repository(suffix: str) -> Repository:
        place = workspace.repositories / f"{name}{suffix}"
        return Repository(place, url=source.url, workspace=workspace, limits=limits)

    fetched = repository(".git")
    head = _head(fetched, source) if source.ref or not source.commit else None
    if source.commit and head and head.commit != source.commit:
        _require_on_ref(repository(".history.git"), source, head)
    commit = _fetch(fetched, source, head)
    tree = f"{commit}:{path}"
    if fetched.ask("cat-file", "-t", tree).words != "tree":
        raise _failed("PathNotFound", f"{source.url} at {commit} has no directory {path}")
    if _measure(fetched, tree, name=name):
        work_tree = f"--work-tree={directory}"
        fetched.must(work_tree, "read-tree", commit)
        fetched.must(work_tree, "checkout", "--quiet", "--", path or ".")
    return Source(name, commit=commit, ref=source.ref or "")


def _refuse(source: order.Git, *, schemes: tuple[str, ...]) -> str:
    """Refuses what no git command may see; the path within the repository."""
    url = urlsplit(source.url)
    if url.scheme not in schemes:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        raise _failed("UrlRefused", f"{source.url} does not begin with {known}")
    if "@" in url.netloc:
        bare = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
        raise _failed("UrlRefused", f"a user or password stands in the URL of {bare}")
    ref = source.ref
    if ref is not None and (not _REF.fullmatch(ref) or ".." in ref or "@{" in ref):
        raise _failed("RefNotFound", f"{ref!r} is no name that a branch or tag can have")
    if source.commit is not None and not _COMMIT.fullmatch(source.commit):
        raise _failed("CommitNotFound", f"{source.commit!r} is no full commit id")
    path = PurePosixPath(source.sub_path or ".")
    if path.is_absolute() or ".." in path.parts:
        raise _failed("PathRefused", f"subPath {source.sub_path!r} leaves the repository")
    return "/".join(path.parts)


def _head(repository: Repository, source: order.Git) -> _Head:
    """What ``ref`` is at the server: a branch, else a tag; the default branch where it is unset."""
    ref = source.ref
    if ref is None:
        names = ["HEAD"]
    elif ref.startswith("refs/"):
        names = [f"{ref}^{{}}", ref]
    else:
        names = [f"refs/heads/{ref}", f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}"]
    answer = repository.ask("ls-remote", "--exit-code", "origin", *names)
    if answer.code not in (0, _NO_MATCH):
        raise _failed("Unreachable", f"{source.url}: {answer.words}")
    found = {name: commit for commit, _, name in (s.partition("\t") for s in answer.lines)}
    for name in names:
        if _COMMIT.fullmatch(found.get(name, "")):
            return _Head(name.removesuffix("^{}"), found[name])
    raise _failed("RefNotFound", f"{source.url} has no branch or tag {ref or 'HEAD'}")


def _require_on_ref(history: Repository, source: order.Git, head: _Head) -> None:
    """A server gives out a fork's commit too: one beside a ref has to be a part of that ref."""
    answer = history.ask("fetch", "--quiet", "--no-tags", "--filter=tree:0", "origin", head.name)
    if answer.code:
        raise _failed("Unreachable", f"{source.url}: {answer.words}")
    if history.ask("merge-base", "--is-ancestor", source.commit or "", head.commit).code:
        raise _failed("CommitNotOnRef", f"{source.url}: {source.commit} is not on {source.ref}")


def _fetch(repository: Repository, source: order.Git, head: _Head | None) -> str:
    """Fetches the commit, with history only where the server gives it in no other way."""
    commit = source.commit or (head.commit if head else "")
    answer = repository.ask("fetch", "--quiet", "--depth=1", "--no-tags", "origin", commit)
    if answer.code == 0:
        return commit
    if not _BY_ID_REFUSED.search("\n".join(answer.lines)):
        raise _failed("Unreachable", f"{source.url}: {answer.words}")
    refs = [head.name] if head else ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    answer = repository.ask("fetch", "--quiet", "--no-tags", "origin", *refs)
    if answer.code:
        raise _failed("Unreachable", f"{source.url}: {answer.words}")
    if source.commit is None:
        # The ref may have moved on since it was asked for: then it is what it is now.
        return repository.must("rev-parse", "FETCH_HEAD^{commit}")
    if repository.ask("cat-file", "-e", f"{commit}^{{commit}}").code:
        raise _failed("CommitNotFound", f"{source.url} has no commit {commit}")
    return commit


def _measure(repository: Repository, tree: str, *, name: str) -> int:
    """How many files the tree holds; refuses what is too much before it is written."""
    files = size = 0

    def count(line: str) -> None:
        nonlocal files, size
        files += 1
        number = line.partition("\t")[0].rpartition(" ")[2]
        size += int(number) if number.isdecimal() else 0

    repository.read("ls-tree", "-r", "-l", tree, hear=count)
    if size > MAX_BYTES or files > MAX_FILES:
        raise _failed(
            "TooLarge",
            f"context {name}: {files} files, {size} bytes; at most {MAX_FILES} files and "
            f"{MAX_BYTES} bytes are taken: name a directory of the repository with subPath",
        )
    return files


def _failed(word: str, rest: str) -> FailedError:
    return FailedError(Failure(Cause.CONTEXT, f"{word}: {rest}"))
