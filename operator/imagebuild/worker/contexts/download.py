"""Contexts that are downloaded: one file, of a known sum, which may be an archive."""

import contextlib
import hashlib
import http.client
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from imagebuild.contract import order
from imagebuild.contract.source import Source
from imagebuild.worker.contexts import bounds, hosts, refusal, unpack, web
from imagebuild.worker.contexts.filetree import FileTree
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_CHUNK = 1024 * 1024
_MAX_HOPS = 10
_LONGEST_NAME = 255
# What a file is called whose URL has no name for it.
_NAMELESS = "download"
_MEND = "a context holds no more; make the download smaller, or several of it"


def bring(
    name: str, source: order.Http, *, directory: Path, workspace: Workspace, limits: Limits
) -> Source:
    """Downloads what ``source`` names into ``directory``: the archive's content, else the file.

    ``name`` is that of the context. Raises FailedError: "DownloadFailed: ...",
    "ChecksumMismatch: ...", and what ``hosts``, ``bounds`` and ``unpack`` refuse.
    """
    file = workspace.downloads / name
    file.parent.mkdir(exist_ok=True)
    tally = bounds.Tally(mend=_MEND)
    with file.open("xb") as opened:
        found = hashlib.sha256()
        for chunk in _content(source, workspace, limits):
            tally.add(len(chunk), files=0)
            found.update(chunk)
            opened.write(chunk)
    if found.hexdigest() != source.sha256:
        words = f"{source.url}: its sha256 is {found.hexdigest()}, not {source.sha256}"
        raise refusal.of("ChecksumMismatch", words, field=_field(source, "sha256"))
    tree = FileTree(directory, tally=bounds.Tally(mend=_MEND), limits=limits)
    called = _name(source.url)
    if unpack.unpack(file, name=called, tree=tree):
        tree.finish()
        file.unlink()
    else:
        file.chmod(0o644)
        os.utime(file, (0, 0))
        file.rename(directory / called)
    return Source(name, digest=f"sha256:{source.sha256}")


def _field(source: order.Http, field: str) -> str:
    """A field of the context's; what Flux fetched has none to look at."""
    return ".flux" if source.flux else f".http.{field}"


def _content(source: order.Http, workspace: Workspace, limits: Limits) -> Iterator[bytes]:
    with refusal.at(_field(source, "url")):
        yield from pieces(source.url, workspace=workspace, limits=limits)


def pieces(url: str, *, workspace: Workspace, limits: Limits) -> Generator[bytes]:
    """What lies at the URL, or where its server sends on to, piece by piece.

    Raises FailedError: "DownloadFailed: URL: HTTP STATUS ..." for an answer that is no file.
    """
    to = asked = url
    for _ in range(_MAX_HOPS):
        with contextlib.ExitStack() as stack:
            try:
                answer = stack.enter_context(_get(to, of=url, workspace=workspace, limits=limits))
            except (OSError, http.client.HTTPException) as error:
                raise refusal.of("DownloadFailed", f"{asked}: {error}") from None
            place = answer.getheader("Location")
            if answer.status in web.REDIRECTS and place is not None:
                to = urljoin(to, place)
                asked = f"{url}, which sends on to {hosts.shown_url(to)}"
                continue
            if answer.status != http.client.OK:
                words = f"{asked}: HTTP {answer.status} {answer.reason}"
                raise refusal.of("DownloadFailed", words)
            yield from _read(answer, asked)
            return
    raise refusal.of("DownloadFailed", f"{url}: sends on to another place too often")


@contextlib.contextmanager
def _get(
    url: str, *, of: str, workspace: Workspace, limits: Limits
) -> Iterator[http.client.HTTPResponse]:
    """The answer at a URL to which that of another one may have sent on."""
    sent = refusal.about(f"{of} sends on to another place")
    with contextlib.ExitStack() as stack:
        with contextlib.nullcontext() if url == of else sent:
            answer = stack.enter_context(web.get(url, workspace=workspace, limits=limits))
        yield answer


def _read(answer: http.client.HTTPResponse, url: str) -> Iterator[bytes]:
    missing = answer.length
    while True:
        try:
            piece = answer.read(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise refusal.of("DownloadFailed", f"{url}: {error}") from None
        if not piece:
            break
        if missing is not None:
            missing -= len(piece)
        yield piece
    if missing:
        raise refusal.of("DownloadFailed", f"{url}: ended {missing} bytes early")


def _name(url: str) -> str:
    """The name of the file at a URL, which is one that a file here can have."""
    last = unquote(PurePosixPath(urlsplit(url).path or "/").name)
    unfit = not last or last in {".", ".."} or re.search(r"[/\x00-\x1f\x7f]", last)
    return _NAMELESS if unfit or len(os.fsencode(last)) > _LONGEST_NAME else last
