"""Brings one commit of a git repository into a plain directory.

A failure's words hold URL, ref, commit or path, and begin with one of those in ``refusal``.
"""

import functools
import re
import shutil
from pathlib import Path, PurePosixPath

from imagebuild.contract import order
from imagebuild.contract.source import Source
from imagebuild.worker.contexts import bounds, gitauth, gitdir, gitrefs, gittree, hosts, refusal
from imagebuild.worker.contexts.gitserver import Server
from imagebuild.worker.contexts.worktree import Part, WorkTree
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_REF = re.compile(r"(?!-)[^\x00-\x20\x7f~^:?*\[\\]+")
# A commit may say any time; this is the last one of year 9999, after which dates have no name.
_LATEST = 253_402_300_799
_MEND = "name a part of the repository with paths or subPath"


def check_out(
    name: str, source: order.Git, *, directory: Path, workspace: Workspace, limits: Limits
) -> tuple[Path, Source]:
    """Writes the files of ``source`` below ``directory``, at their paths in the repository.

    ``name`` is that of the context. Answers with the context's root, and what it is of. Raises
    FailedError with Cause.CONTEXT.
    """
    _refuse(source, schemes=workspace.git_schemes)
    part = _part(source)
    place = workspace.repositories / name
    place.mkdir(parents=True)
    credentials = _credentials(name, source, workspace, limits)
    reach = functools.partial(Server, workspace=workspace, limits=limits, credentials=credentials)
    signed = ".git.secretRef" if credentials else ".git.url"
    with (
        refusal.at(".git.commit", word="CommitNot"),
        refusal.at(".git.url", word="Unreachable"),
        refusal.at(signed, word="GitAuth"),
    ):
        with refusal.at(".git.url"):
            server = reach(source.url, place / "main")
        head, found = _resolve(name, source, server)
    tally = bounds.Tally(mend=_MEND)
    tree = WorkTree(place=place, tally=tally, submodules=source.submodules, reach=reach)
    commit = gittree.Commit(server.repository, found.commit, source.url)
    tree.write(commit, part, directory=directory)
    root = directory / part.root
    if source.keep_git_dir:
        if found.tag:
            server.fetch_tag(found.tag)
        branch = head.branch if head and head.commit == found.commit else ""
        gitdir.make(server.repository, found, url=source.url, branch=branch, part=part)
        for file in server.repository.directory.rglob("*"):
            tally.add(file.stat().st_size)
        server.repository.directory.rename(root / gitdir.NAME)
    shutil.rmtree(place)
    return root, found


def _credentials(
    name: str, source: order.Git, workspace: Workspace, limits: Limits
) -> gitauth.Credentials | None:
    if source.secret is None:
        return None
    with refusal.at(".git.secretRef"):
        return gitauth.read(
            source.secret, source.url, name=name, workspace=workspace, limits=limits
        )


def _resolve(name: str, source: order.Git, server: Server) -> tuple[gitrefs.Head | None, Source]:
    """Fetches what the source asks for; the ref that it is of, and all that is known of it."""
    by_id = source.commit is not None and source.ref is None
    refs = server.refs(source.ref, only_tags=by_id)
    head = refs.head()
    if head is None and not by_id:
        words = f"{source.url} has no branch or tag {source.ref or 'HEAD'}"
        raise refusal.of("RefNotFound", words, field=".git.ref")
    if source.commit and head and head.commit != source.commit:
        server.require_on(head, source.commit)
    commit = server.fetch(source.commit, head)
    named = head.tag if head and head.commit == commit else ""
    return head, Source(
        name,
        commit=commit,
        ref=source.ref or "",
        branch=head.branch if head else "",
        tag=named or refs.tag_of(commit),
        time=min(int(server.repository.must("log", "-1", "--format=%ct", commit)), _LATEST),
    )


def _refuse(source: order.Git, *, schemes: tuple[str, ...]) -> None:
    """Refuses what no git command may see."""
    with refusal.at(".git.url"):
        hosts.split(source.url, schemes=schemes)
    ref = source.ref
    if ref is not None and (not _REF.fullmatch(ref) or ".." in ref or "@{" in ref):
        words = f"{ref!r} is no name that a branch or tag can have"
        raise refusal.of("RefNotFound", words, field=".git.ref")
    if source.commit is not None and not gitrefs.COMMIT.fullmatch(source.commit):
        words = f"{source.commit!r} is no full commit id"
        raise refusal.of("CommitNotFound", words, field=".git.commit")


def _part(source: order.Git) -> Part:
    with refusal.at(".git.subPath"):
        root = _path(source.sub_path or ".")
    with refusal.at(".git.paths"):
        return Part(root, tuple(map(_path, source.paths)))


def _path(text: str) -> str:
    """A path in the repository, "" for its root."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\0" in text:
        raise refusal.of("PathRefused", f"path {text!r} leaves the repository")
    return "/".join(path.parts)
