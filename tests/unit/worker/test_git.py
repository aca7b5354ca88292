"""git against real repositories on this machine, by file:// and by a dumb web server."""

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Quiet, commit, new
from tests.repositories import git as run

from imagebuild.contract.order import Context, Git
from imagebuild.contract.report import Cause
from imagebuild.contract.source import Source
from imagebuild.worker import contexts
from imagebuild.worker.contexts import bounds
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError
from imagebuild.worker.workspace import Workspace

ABSENT = "0123456789" * 4


@dataclass(frozen=True)
class Remote:
    """A repository: main has ``first`` and ``second``, tag v1 is ``first``, ``fork`` is apart."""

    directory: Path
    first: str
    second: str
    fork: str

    @property
    def url(self) -> str:
        return f"file://{self.directory}"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Remote:
    directory = new(tmp_path_factory.mktemp("remote") / "r")
    first = commit(directory, {"Dockerfile": "FROM one\n", "web/app/main": "1\n"})
    run(directory, "tag", "--annotate", "--message", "m", "v1")
    run(directory, "tag", "light")
    (directory / "out").symlink_to("/etc")
    (directory / "into").symlink_to("web")
    second = commit(directory, {"Dockerfile": "FROM two\n"})
    run(directory, "tag", "v2")
    run(directory, "checkout", "--quiet", "-b", "fork", first)
    fork = commit(directory, {"Dockerfile": "FROM fork\n"})
    run(directory, "update-ref", "refs/pull/1/head", fork)
    run(directory, "checkout", "--quiet", "main")
    run(directory, "update-server-info")
    return Remote(directory, first, second, fork)


@pytest.fixture
def served(remote: Remote) -> Iterator[str]:
    """The repository's URL at a server of plain files, which knows no git."""
    with repositories.serving_files(remote.directory / ".git") as url:
        yield f"{url}/"


def bring(source: Git, space: Workspace, within: Limits) -> tuple[Path, Source]:
    context = Context("context", git=source)
    brought = contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)
    assert brought.directory is not None
    assert brought.source is not None
    return brought.directory, brought.source


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        (None, ("second", "main", "v2")),
        ("HEAD", ("second", "main", "v2")),
        ("main", ("second", "main", "v2")),
        ("refs/heads/main", ("second", "main", "v2")),
        ("fork", ("fork", "fork", "")),
        ("v1", ("first", "", "v1")),
        ("refs/tags/v1", ("first", "", "v1")),
        ("light", ("first", "", "light")),
        ("refs/pull/1/head", ("fork", "", "")),
    ],
)
def test_a_ref_is_resolved_to_its_commit_branch_and_tag(
    remote: Remote, space: Workspace, within: Limits, ref: str | None, expected: tuple[str, ...]
) -> None:
    root, source = bring(Git(remote.url, ref=ref), space, within)
    name, branch, tag = expected
    commit = getattr(remote, name)
    time = int(run(remote.directory, "log", "-1", "--format=%ct", commit))
    assert source == Source("context", commit, ref or "", branch=branch, tag=tag, time=time)
    words = {"first": "one", "second": "two", "fork": "fork"}
    assert (root / "Dockerfile").read_text() == f"FROM {words[name]}\n"
    assert not list(root.rglob(".git"))


def test_a_commit_is_built_though_no_ref_ends_there(
    remote: Remote, space: Workspace, within: Limits
) -> None:
    root, source = bring(Git(remote.url, commit=remote.first), space, within)
    assert (source.commit, source.branch, source.ref) == (remote.first, "", "")
    assert source.tag == "v1"
    assert (root / "Dockerfile").read_text() == "FROM one\n"


@pytest.mark.parametrize(("ref", "branch"), [("main", "main"), ("v2", "")])
def test_a_commit_beside_its_ref_is_built(
    remote: Remote, space: Workspace, within: Limits, ref: str, branch: str
) -> None:
    _, source = bring(Git(remote.url, ref=ref, commit=remote.first), space, within)
    assert (source.commit, source.ref) == (remote.first, ref)
    assert (source.branch, source.tag) == (branch, "v1"), "the commit's own tag, not the ref's"


def test_a_commit_of_no_year_has_a_time_that_has_a_date(
    space: Workspace, within: Limits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@999999999999999 +0000")
    directory = new(tmp_path / "r")
    commit(directory, {"a": "1"})
    _, source = bring(Git(f"file://{directory}"), space, within)
    assert source.time is not None
    assert datetime.fromtimestamp(source.time, tz=UTC).year in {1970, 9999}


def test_a_repository_that_names_objects_by_sha256_is_built(
    space: Workspace, within: Limits, tmp_path: Path
) -> None:
    directory = new(tmp_path / "r", "--object-format=sha256")
    first = commit(directory, {"a": "1"})
    second = commit(directory, {"a": "2"})
    root, source = bring(Git(f"file://{directory}", ref="main", commit=first), space, within)
    assert source.commit == first != second
    assert (root / "a").read_text() == "1"


def test_sub_path_is_the_root_of_the_context(
    remote: Remote, space: Workspace, within: Limits
) -> None:
    root, _ = bring(Git(remote.url, sub_path="web/app/"), space, within)
    assert [path.name for path in root.iterdir()] == ["main"]
    assert not (root.parent.parent / "Dockerfile").exists()


@pytest.mark.parametrize("ref", [None, "main", "v1"])
def test_a_server_that_knows_no_git_serves_too(
    remote: Remote, served: str, space: Workspace, within: Limits, ref: str | None
) -> None:
    _, source = bring(Git(served, ref=ref), space, within)
    assert source.commit == (remote.first if ref == "v1" else remote.second)


REFUSED = [
    ("RefNotFound", {"ref": "nobranch"}),
    ("RefNotFound", {"ref": "--upload-pack=touch"}),
    ("RefNotFound", {"ref": "a..b"}),
    ("RefNotFound", {"ref": "ma*"}),
    ("CommitNotFound", {"commit": ABSENT}),
    ("CommitNotFound", {"commit": "main"}),
    ("CommitNotFound", {"commit": ABSENT[:12]}),
    ("CommitNotOnRef", {"ref": "main", "commit": "fork"}),
    ("CommitNotFound", {"commit": ABSENT, "ref": "main"}),
    ("CommitNotFound", {"commit": "d" * 64}),
    ("CommitNotFound", {"commit": "d" * 64, "ref": "main"}),
    ("PathNotFound", {"sub_path": "nowhere"}),
    ("PathNotFound", {"sub_path": "Dockerfile"}),
    ("PathNotFound", {"sub_path": "out"}),
    ("PathNotFound", {"sub_path": "into/app"}),
    ("PathRefused", {"sub_path": "../x"}),
    ("PathRefused", {"sub_path": "/etc"}),
    ("UrlRefused", {"url": "https://user:pw@git.example/x"}),
    ("GitAuth", {"url": "ssh://git.example/x"}),
    ("UrlRefused", {"url": "git@git.example:x"}),
    ("UrlRefused", {"url": "ext::sh -c touch"}),
    ("UrlRefused", {"url": "--upload-pack=x"}),
    ("UrlRefused", {"url": "/etc"}),
    ("Unreachable", {"url": "file:///nowhere/at/all"}),
    ("Unreachable", {"url": "http://127.0.0.1:1/x"}),
    ("Unreachable", {"url": "http://127.0.0.1:1/x", "commit": ABSENT}),
]


@pytest.mark.parametrize(("word", "fields"), REFUSED, ids=[f"{w}-{f}" for w, f in REFUSED])
def test_what_cannot_be_built_is_told_apart_by_its_first_word(
    remote: Remote, space: Workspace, within: Limits, word: str, fields: dict[str, str]
) -> None:
    named = {name: getattr(remote, value, value) for name, value in fields.items()}
    source = Git(**({"url": remote.url} | named))
    with pytest.raises(FailedError) as raised:
        bring(source, space, within)
    failed = raised.value.failure
    assert failed.cause is Cause.CONTEXT
    assert failed.error.startswith(f"{word}: "), failed.error
    told = next(iter(named.values())).replace("user:pw@", "").strip("/")
    assert told in failed.error.replace("'", "")
    assert "pw" not in failed.error


def test_a_commit_that_a_plain_server_lacks_is_not_found(
    served: str, space: Workspace, within: Limits
) -> None:
    with pytest.raises(FailedError, match=f"CommitNotFound: .*{ABSENT}"):
        bring(Git(served, commit=ABSENT), space, within)


def test_too_much_is_refused_before_it_is_written(
    remote: Remote, space: Workspace, within: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_FILES", 1)
    with pytest.raises(FailedError, match=r"TooLarge: the context: .*subPath"):
        bring(Git(remote.url), space, within)
    assert list(space.context("context").iterdir()) == []


@pytest.mark.parametrize("command", ["init", "fetch", "read-tree", "checkout"])
def test_a_full_disk_is_no_fault_of_the_server(
    remote: Remote, space: Workspace, within: Limits, tmp_path: Path, command: str
) -> None:
    words = "fatal: write error: No space left on device"
    program = tmp_path / "git"
    program.write_text(
        f'#!/bin/sh\nfor word; do [ "$word" = {command} ] && echo "{words}" && exit 128; done\n'
        'exec git "$@"\n'
    )
    program.chmod(0o755)
    with pytest.raises(FailedError, match=f"^ContextUnreadable: .*{words}") as raised:
        bring(Git(remote.url), replace(space, git=str(program)), within)
    assert raised.value.failure.cause is Cause.CONTEXT


def test_a_full_disk_of_the_server_is_the_servers(
    remote: Remote, space: Workspace, within: Limits, tmp_path: Path
) -> None:
    words = "remote: fatal: write error: No space left on device"
    program = tmp_path / "git"
    program.write_text(
        f'#!/bin/sh\nfor word; do [ "$word" = fetch ] && echo "{words}" && exit 128; done\n'
        'exec git "$@"\n'
    )
    program.chmod(0o755)
    with pytest.raises(FailedError, match=r"^Unreachable: "):
        bring(Git(remote.url), replace(space, git=str(program)), within)


def test_a_link_stays_a_link(remote: Remote, space: Workspace, within: Limits) -> None:
    root, _ = bring(Git(remote.url), space, within)
    assert (root / "out").is_symlink()


def test_a_server_that_never_answers_is_left_when_told(space: Workspace) -> None:
    stop = threading.Event()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:  # accepts, no more
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/x"
        began = time.monotonic()
        with pytest.raises(StoppedError):
            bring(Git(url), space, Limits(time.monotonic() + 30, stop))
        assert time.monotonic() - began < 5
        timer.join()
