"""Contexts from git, off a server in the cluster."""

import pytest
from tests import cluster
from tests.e2e.specs import stage, stages, to
from tests.e2e.test_failures import fail

NO_COMMIT = "0123456789" * 4
DOCKERFILE = "FROM alpine:3.18 AS final\nCOPY which /which\n"
HISTORY = (
    {
        "name": "first",
        "tag": "v1.0",
        "at": "2026-01-31T12:00:00Z",
        "files": {"which": "first\n", "app/which": "app\n", "app/deploy/Dockerfile": DOCKERFILE},
    },
    {
        "name": "main",
        "at": "2026-02-01T12:00:00Z",
        "files": {"which": "main\n", "lib/a/one": "1\n", "lib/b/two": "2\n"},
    },
    {
        "name": "feature/x",
        "branch": "feature/x",
        "from": "main",
        "at": "2026-02-02T12:00:00Z",
        "files": {"which": "feature\n"},
    },
)
# When they were made.
TIMES = {commit["name"]: commit["at"] for commit in HISTORY}
# All that the head of main holds.
MAIN = {
    "/which": "main\n",
    "/app/which": "app\n",
    "/app/deploy/Dockerfile": DOCKERFILE,
    "/lib/a/one": "1\n",
    "/lib/b/two": "2\n",
}


@pytest.fixture(scope="module")
def git(outside):
    """A repository of three commits on two branches."""
    return outside.repository("hello", *HISTORY)


def taking(context, *published):
    """A spec whose image holds all that the context does."""
    copying = stages(stage({"copy": ["."], "to": "/"}, base="scratch"))
    return {**copying, "context": {"git": context}, **({"publish": published} if published else {})}


def built(namespace, registry, wanted):
    """The files and the status of a build of each of these contexts, by name, all at once."""
    where = f"{registry.name}/{namespace.namespace}"
    namespace.apply(
        *(
            cluster.imagebuild(name, taking(context, *to(f"{where}/{name}:1")))
            for name, context in wanted.items()
        )
    )
    for name in wanted:
        status = cluster.until(namespace, name, "Published", seconds=180)["status"]
        yield name, registry.pull(status["image"]).texts(), status


def only(*prefixes):
    return {path: text for path, text in MAIN.items() if path.startswith(prefixes)}


def test_a_context_from_git_is_the_commit_that_was_asked_for(namespace, registry, git):
    first = git.commits["first"]
    wanted = {
        "default": ({}, "main", "main\n", "main"),
        "branch": ({"ref": "feature/x"}, "feature/x", "feature\n", "feature/x"),
        "tag": ({"ref": "v1.0"}, "first", "first\n", "v1.0"),
        "commit": ({"commit": first}, "first", "first\n", "v1.0"),
        "on-a-branch": ({"ref": "main", "commit": first}, "first", "first\n", "main"),
    }
    contexts = {name: {"url": git.url, **asked} for name, (asked, *_) in wanted.items()}
    for name, files, status in built(namespace, registry, contexts):
        _, commit, text, ref = wanted[name]
        assert files["/which"] == text, name
        told = {"commit": git.commits[commit], "committedAt": TIMES[commit], "ref": ref}
        assert status["source"] == told, name


def test_a_context_from_git_holds_the_part_that_was_asked_for(namespace, registry, git):
    wanted = {
        "below": ({"subPath": "app"}, {"/which": "app\n", "/deploy/Dockerfile": DOCKERFILE}),
        "paths": ({"paths": ["which", "lib/a"]}, only("/which", "/lib/a")),
        "both": ({"subPath": "lib", "paths": ["lib/b"]}, {"/b/two": "2\n"}),
        "whole": ({}, MAIN),
    }
    contexts = {name: {"url": git.url, **asked} for name, (asked, _) in wanted.items()}
    for name, files, _ in built(namespace, registry, contexts):
        assert files == wanted[name][1], name


def test_submodules_and_the_git_directory_are_there_where_asked_for(namespace, registry, outside):
    inner = outside.repository("inner", {"files": {"inner": "inner\n"}})
    middle = {"files": {"middle": "middle\n"}, "submodules": {"in": inner.url}}
    between = outside.repository("middle", middle)
    outer = {"name": "head", "files": {"outer": "outer\n"}, "submodules": {"sub": between.url}}
    nested = outside.repository("outer", outer)
    wanted = {
        "plain": {"url": nested.url},
        "submodules": {"url": nested.url, "submodules": True},
        "git-dir": {"url": nested.url, "keepGitDir": True},
    }
    found = {name: files for name, files, _ in built(namespace, registry, wanted)}
    plain = {"/outer", "/.gitmodules"}
    assert set(found["plain"]) == plain
    assert set(found["submodules"]) == {*plain, "/sub/middle", "/sub/.gitmodules", "/sub/in/inner"}
    assert found["submodules"]["/sub/in/inner"] == "inner\n"
    assert set(found["git-dir"]) > {*plain, "/.git/HEAD", "/.git/config"}
    kept = found["git-dir"]
    branch = kept["/.git/HEAD"].removeprefix("ref: ").strip()
    assert kept.get(f"/.git/{branch}", branch).strip() == nested.commits["head"]


def test_a_dockerfile_lies_where_the_path_in_the_context_says(namespace, registry, git):
    image = f"{registry.name}/{namespace.namespace}/app:1"
    spec = {
        "context": {"git": {"url": git.url, "subPath": "app"}},
        "dockerfile": {"path": "deploy/Dockerfile"},
        "publish": [{"stage": "final", "images": [image]}],
    }
    namespace.apply(cluster.imagebuild("app", spec))
    status = cluster.until(namespace, "app", "Published")["status"]
    assert registry.pull(image).read("/which") == b"app\n"
    assert [row["name"] for row in status["stages"]] == ["final"]


@pytest.mark.parametrize(
    ("field", "absent", "reason"),
    [
        ("ref", "mian", "RefNotFound"),
        ("commit", NO_COMMIT, "CommitNotFound"),
        ("subPath", "ap", "PathNotFound"),
        ("paths", ["which", "libs"], "PathNotFound"),
    ],
)
def test_what_the_repository_does_not_have_is_named(namespace, git, field, absent, reason):
    failure = fail(namespace, taking({"url": git.url, field: absent}), reason)
    assert (absent if isinstance(absent, str) else absent[-1]) in failure["message"]
    assert git.url in failure["message"]


def test_a_commit_that_is_not_on_the_branch_beside_it_is_not_built(namespace, git):
    commit = git.commits["feature/x"]
    spec = taking({"url": git.url, "ref": "main", "commit": commit})
    failure = fail(namespace, spec, "CommitNotOnRef")
    assert commit[:7] in failure["message"]
    assert "main" in failure["message"]


def test_a_git_server_that_is_not_there_is_asked_again(namespace):
    spec = taking({"url": "http://git.nowhere.invalid/hello.git"})
    namespace.apply(cluster.imagebuild("lost", spec))
    found = cluster.until(namespace, "lost", "NameNotResolved")
    message = cluster.condition(found)["message"]
    assert message.startswith("Attempt 1 of 3 failed; another follows")
    assert "git.nowhere.invalid" in message
    assert not cluster.condition(found, "Stalled")
