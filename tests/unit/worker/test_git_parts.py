"""Only a part of a repository as a context, and its submodules, from real repositories."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import add_submodule, commit, new

from imagebuild.contract.order import Context, Git
from imagebuild.worker import contexts
from imagebuild.worker.contexts import bounds, submodules, worktree
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace


@pytest.fixture(scope="module")
def remotes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of repositories: mono has the submodule lib, which has the submodule core."""
    root = tmp_path_factory.mktemp("remotes")
    core = commit(new(root / "core"), {"core.c": "core\n", "docs/a": "a\n"})
    lib = new(root / "lib")
    commit(lib, {"lib.c": "lib\n", "src/x.c": "x\n"})
    add_submodule(lib, "deps/core", url=f"file://{root}/core", commit=core)
    mono = new(root / "mono")
    (mono / "link").symlink_to("services")
    files = ("pom.xml", "services/orders/main", 'services/orders/é "x"', "services/web/main")
    commit(mono, dict.fromkeys((*files, "libs/java/a", "libs/java/b"), "text\n"))
    # What the branch of lib is now does not matter: the commit is what the tree says.
    at = repositories.git(lib, "rev-parse", "HEAD")
    commit(lib, {"lib.c": "newer\n"})
    add_submodule(mono, "third party/lib", url="../lib", commit=at, name="lib")
    return root


@pytest.fixture
def bring(space: Workspace, within: Limits) -> Callable[[Git], Path]:
    """Brings a source; the directory that it is brought to."""

    def root(source: Git) -> Path:
        context = Context("context", git=source)
        brought = contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)
        assert brought.directory is not None
        return brought.directory

    return root


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


ORDERS = {"main", 'é "x"'}
LIB = {"third party/lib/lib.c", "third party/lib/src/x.c", "third party/lib/.gitmodules"}
CORE = {"third party/lib/deps/core/core.c", "third party/lib/deps/core/docs/a"}
PARTS = [
    (("pom.xml",), None, {"pom.xml"}),
    (("services/orders/", "pom.xml"), None, {"pom.xml"} | {f"services/orders/{n}" for n in ORDERS}),
    (
        ("services", "services/orders/main"),
        "services",
        {"web/main"} | {f"orders/{n}" for n in ORDERS},
    ),
    (("libs/java/a", "services/orders"), "services/orders", ORDERS),
    (("services/web", "libs"), "services", {"web/main"}),
    ((".",), "services/orders", ORDERS),
    (("link",), None, {"link"}),
]


@pytest.mark.parametrize(("paths", "sub_path", "expected"), PARTS)
def test_a_context_holds_only_the_paths(remotes: Path, bring, paths, sub_path, expected) -> None:
    source = Git(f"file://{remotes}/mono", paths=paths, sub_path=sub_path)
    assert names(bring(source)) == expected


MISSING = [
    ("PathNotFound", "services/ordres", Git("", paths=("pom.xml", "services/ordres"))),
    ("PathNotFound", "nowhere", Git("", paths=("services/web", "nowhere"), sub_path="services")),
    ("PathNotFound", "link/web", Git("", paths=("link/web",))),
    ("PathNotFound", "link/web", Git("", sub_path="link/web")),
    ("PathNotFound", "pom.xml", Git("", paths=("pom.xml",), sub_path="pom.xml")),
    ("PathNotFound", "set submodules", Git("", paths=("third party/lib/lib.c",))),
    ("PathNotFound", "nope", Git("", paths=("third party/lib/nope",), submodules=True)),
    ("PathRefused", "subPath services", Git("", paths=("libs",), sub_path="services")),
    ("PathRefused", "'../x'", Git("", paths=("../x",))),
    ("PathRefused", "'/etc'", Git("", paths=("/etc",))),
]


@pytest.mark.parametrize(("word", "named", "source"), MISSING)
def test_a_path_that_there_is_not_is_named(
    remotes: Path, bring, word: str, named: str, source: Git
) -> None:
    asked = replace(source, url=f"file://{remotes}/mono")
    with pytest.raises(FailedError, match=f"^{word}: .*{named}"):
        bring(asked)


def test_paths_bound_what_counts(remotes: Path, bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_FILES", 2)
    source = Git(f"file://{remotes}/mono", paths=("libs",))
    assert names(bring(source)) == {"libs/java/a", "libs/java/b"}


def test_without_submodules_their_directories_are_empty(remotes: Path, bring) -> None:
    root = bring(Git(f"file://{remotes}/mono"))
    assert list((root / "third party/lib").iterdir()) == []


WITH_SUBMODULES = [
    ((), None, {"pom.xml"} | LIB | CORE),
    (("third party/lib",), None, LIB | CORE),
    (("third party/lib/src", "pom.xml"), None, {"pom.xml", "third party/lib/src/x.c"}),
    (("third party/lib/deps/core/docs",), None, {"third party/lib/deps/core/docs/a"}),
    ((), "third party/lib/deps/core", {"core.c", "docs/a"}),
    (("services/web", "third party/lib/src"), "third party", {"lib/src/x.c"}),
]


@pytest.mark.parametrize(("paths", "sub_path", "expected"), WITH_SUBMODULES)
def test_submodules_come_at_their_commits_and_theirs_too(
    remotes: Path, bring, paths, sub_path, expected
) -> None:
    url = f"file://{remotes}/mono"
    root = bring(Git(url, paths=paths, sub_path=sub_path, submodules=True))
    found = names(root)
    assert expected <= found
    if paths or sub_path:
        assert found == expected
    if "third party/lib/lib.c" in found:
        assert (root / "third party/lib/lib.c").read_text() == "lib\n"
    assert not list(root.rglob(".git"))


def test_a_submodule_counts_as_the_contexts_own(
    remotes: Path, bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_FILES", 4)
    source = Git(f"file://{remotes}/mono", paths=("third party",), submodules=True)
    with pytest.raises(FailedError, match=r"^TooLarge: the context: "):
        bring(source)


@pytest.mark.parametrize("bound", ["_MAX_SUBMODULES", "_MAX_DEPTH"])
def test_how_many_and_how_deep_is_bounded(
    remotes: Path, bring, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(worktree, bound, 1)
    with pytest.raises(FailedError, match=r"^TooLarge: .*core: more than"):
        bring(Git(f"file://{remotes}/mono", submodules=True))


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("ext::sh -c touch% /tmp/owned", "UrlRefused"),
        ("ssh://git@git.example/x", "GitAuth"),
        ("git@git.example:x", "UrlRefused"),
        ("https://user:pw@git.example/x", "UrlRefused"),
        ("/etc", "UrlRefused"),
        ("--upload-pack=touch", "UrlRefused"),
        ("../../../../../../../../../../../x", "UrlRefused"),
        ("http://169.254.169.254/x", "HostRefused"),
        ("http://[::ffff:169.254.169.254]/x", "HostRefused"),
        ("file:///nowhere/at/all", "Unreachable"),
        ("../core", "CommitNotFound"),
    ],
)
def test_a_submodules_url_is_looked_at_as_the_first_one(
    remotes: Path, bring, tmp_path: Path, url: str, word: str
) -> None:
    repository = new(remotes / tmp_path.name)
    add_submodule(repository, "m", url=url, commit="1" * 40)
    with pytest.raises(FailedError, match=f"^{word}: ") as raised:
        bring(Git(f"file://{repository}", submodules=True))
    assert "pw" not in raised.value.failure.error


def test_a_submodule_without_an_address_is_named(bring, tmp_path: Path) -> None:
    repository = new(tmp_path / "r")
    add_submodule(repository, "m", url="../x", commit="1" * 40)
    commit(repository, {".gitmodules": ""})
    with pytest.raises(FailedError, match=r"^ContextInvalid: .* submodule m .*\.gitmodules"):
        bring(Git(f"file://{repository}", submodules=True))


def test_a_submodule_that_is_never_updated_stays_empty(bring, tmp_path: Path) -> None:
    repository = new(tmp_path / "r")
    add_submodule(repository, "m", url="../x", commit="1" * 40)
    repositories.git(repository, "config", "--file", ".gitmodules", "submodule.m.update", "none")
    commit(repository)
    root = bring(Git(f"file://{repository}", submodules=True))
    assert list((root / "m").iterdir()) == []


@pytest.mark.parametrize(
    ("base", "url", "expected"),
    [
        ("https://git.example/team/app.git", "../lib.git", "https://git.example/team/lib.git"),
        ("https://git.example/team/app.git/", "./x", "https://git.example/team/app.git/x"),
        ("https://git.example/team/app", "../../other/lib", "https://git.example/other/lib"),
        ("https://git.example:8443/a/b", "../.././c", "https://git.example:8443/c"),
        ("https://git.example/a", "http://else.example/b", "http://else.example/b"),
    ],
)
def test_a_relative_url_counts_from_its_repositorys(base: str, url: str, expected: str) -> None:
    assert submodules.absolute(url, base=base) == expected


def test_a_relative_url_stays_at_its_server() -> None:
    with pytest.raises(FailedError, match=r"^UrlRefused: .*git.example/a"):
        submodules.absolute("../../x", base="https://git.example/a")
