"""The .git of a context, as git itself reads it there."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import add_submodule, commit, git, new

from imagebuild.contract.order import Context, Git
from imagebuild.worker import contexts
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """main is at v2, an annotated tag, above v1; it has the submodule lib."""
    root = tmp_path_factory.mktemp("remotes")
    lib = commit(new(root / "lib"), {"lib.c": "lib\n"})
    directory = new(root / "app")
    commit(directory, {"main": "1\n", "web/app/main": "1\n", "web/ü": "1\n"})
    git(directory, "tag", "v1")
    commit(directory, {"main": "2\n"})
    add_submodule(directory, "libs/lib", url="../lib", commit=lib)
    git(directory, "tag", "--annotate", "--message", "The second", "v2")
    return directory


@pytest.fixture
def bring(space: Workspace, remote: Path) -> Callable[..., Path]:
    """Brings the repository with its .git; the directory that it is brought to."""

    def root(*, at: Workspace = space, **fields: object) -> Path:
        source = replace(Git(f"file://{remote}", keep_git_dir=True), **fields)
        limits = Limits(time.monotonic() + 30, threading.Event())
        context = Context("context", git=source)
        brought = contexts.bring(context, workspace=at, limits=limits, log=lambda _line: None)
        assert brought.directory is not None
        return brought.directory

    return root


WAYS = [
    {},
    {"submodules": True},
    {"ref": "main", "paths": ("web/app", "libs")},
    {"sub_path": "web"},
    {"sub_path": "web", "paths": ("web/app",), "ref": "v2"},
]


@pytest.mark.parametrize("fields", WAYS, ids=str)
def test_git_finds_nothing_changed_and_knows_its_commit(
    remote: Path, bring: Callable[..., Path], fields: dict[str, object]
) -> None:
    root = bring(**fields)
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "describe", "--dirty", "--always") == "v2"
    assert git(root, "rev-parse", "HEAD") == git(remote, "rev-parse", "main")
    assert git(root, "rev-list", "--count", "HEAD") == "1"
    assert git(root, "for-each-ref", "--format=%(contents)", "refs/tags").strip() == "The second"
    assert git(root, "fsck", "--strict") == ""


@pytest.mark.parametrize(
    ("fields", "branch"),
    [({}, "main"), ({"ref": "main"}, "main"), ({"ref": "v2"}, ""), ({"ref": "v1"}, "")],
)
def test_the_branch_is_checked_out_where_the_commit_is_its_head(
    bring: Callable[..., Path], fields: dict[str, object], branch: str
) -> None:
    assert git(bring(**fields), "branch", "--show-current") == branch


def test_a_commit_beside_its_branch_is_on_none(remote: Path, bring: Callable[..., Path]) -> None:
    root = bring(ref="main", commit=git(remote, "rev-parse", "v1"))
    assert git(root, "branch", "--list", "main") == ""
    assert git(root, "describe", "--tags") == "v1"


@pytest.mark.parametrize("fields", [{}, {"ref": "v1"}], ids=str)
def test_a_server_that_knows_no_git_gives_one_too(
    remote: Path, bring: Callable[..., Path], fields: dict[str, object]
) -> None:
    git(remote, "update-server-info")
    with repositories.serving_files(remote / ".git") as url:
        root = bring(url=url, **fields)
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "describe", "--tags", "--dirty") == fields.get("ref", "v2")
    assert git(root, "config", "remote.origin.url") == url


def test_an_edit_shows_as_one(bring: Callable[..., Path]) -> None:
    root = bring(paths=("main",))
    (root / "main").write_text("3\n")
    assert git(root, "status", "--porcelain") == "M main"


def test_its_config_is_that_of_a_plain_clone(remote: Path, bring: Callable[..., Path]) -> None:
    root = bring()
    assert git(root, "config", "--local", "--list").splitlines() == [
        "core.repositoryformatversion=0",
        "core.filemode=true",
        "core.bare=false",
        f"remote.origin.url=file://{remote}",
        "remote.origin.fetch=+refs/heads/*:refs/remotes/origin/*",
    ]


def test_the_same_commit_gives_the_same_bytes(
    bring: Callable[..., Path], space: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "again").mkdir()
    ways = [space, replace(space, root=tmp_path / "again")]
    first, second = (bring(at=way, paths=("web",)) / ".git" for way in ways)
    files = [path.relative_to(first) for path in first.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [
        name for name in files if (first / name).read_bytes() != (second / name).read_bytes()
    ] == []
