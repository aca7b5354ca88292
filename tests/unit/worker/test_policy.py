"""What an administrator's rules let a build do, as far as only the worker can tell."""

from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Context, Git, Order, Secret
from imagebuild.contract.report import Cause
from imagebuild.contract.source import Source
from imagebuild.worker import policy
from imagebuild.worker.failure import FailedError

COMMIT = "4f1c3b7d9e0a2c5f8b6d1e4a7c0f3b6d9e2a5c8f"
SECRET = Secret("npm", secret="npm", key="token", file="/s/npm/token")  # noqa: S106
BOUND = replace(
    ORDER,
    secrets=(SECRET,),
    secrets_on=("refs/heads/main", "refs/heads/release-*", "refs/tags/v*"),
    contexts=(Context("context", path="spec.context"),),
)


@pytest.mark.parametrize(
    "source",
    [
        Source("context", COMMIT, branch="main"),
        Source("context", COMMIT, branch="release-1.2"),
        Source("context", COMMIT, tag="v1.0"),
        Source("context", COMMIT, branch="feature", tag="v1.0"),
    ],
)
def test_secrets_are_used_for_commits_on_the_refs_that_are_named(source: Source) -> None:
    policy.require_ref(BOUND, source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source("context", COMMIT, branch="feature"), f"of commit {COMMIT}, on refs/heads/feature"),
        (Source("context", COMMIT, branch="main2"), "on refs/heads/main2"),
        (Source("context", COMMIT, branch="a/refs/heads/main"), "on refs/heads/a/refs/heads/main"),
        (Source("context", COMMIT), "on no ref: name it beside the commit"),
        (Source("context", COMMIT, ref="refs/pull/7/head"), "on the ref refs/pull/7/head"),
        (Source("context", digest="sha256:1"), "of no commit in git"),
        (None, "of no commit in git"),
    ],
)
def test_for_all_others_the_build_ends_before_it_begins(source: Source | None, words: str) -> None:
    with pytest.raises(FailedError, match=r"^PolicyDenied: secrets may be used ") as raised:
        policy.require_ref(BOUND, source)
    failed = raised.value.failure
    assert words in failed.error
    assert (failed.cause, failed.path) == (Cause.POLICY, "spec.context")


def test_a_build_without_secrets_is_of_any_commit() -> None:
    policy.require_ref(replace(BOUND, secrets=()), None)
    policy.require_ref(replace(BOUND, secrets_on=()), None)


def test_an_image_that_a_context_is_may_be_pulled_where_the_rule_says_so() -> None:
    bound = replace(ORDER, pull_from=("r.example/team/*",))
    policy.require_source(bound, Context("base", oci="r.example/team/a:1"))
    policy.require_source(ORDER, Context("base", oci="evil.example/a:1"))
    with pytest.raises(FailedError, match=r"^PolicyDenied: context base: ") as raised:
        policy.require_source(bound, Context("base", oci="golang", path="spec.contexts[0]"))
    failed = raised.value.failure
    assert "docker.io/library/golang:latest may not be pulled; allowed: r.example/team/*" in (
        failed.error
    )
    assert (failed.cause, failed.path) == (Cause.POLICY, "spec.contexts[0].oci.image")


OURS = "https://git.example.com/team/*@refs/heads/main"
MAIN = Source("context", COMMIT, branch="main")


def of(url: str) -> Order:
    context = Context("context", git=Git(url), path="spec.context")
    return replace(BOUND, secrets_on=(OURS,), contexts=(context,))


@pytest.mark.parametrize(
    "url", ["https://git.example.com/team/app", "https://GIT.example.com/team/a/b.git/"]
)
def test_a_ref_may_be_of_named_repositories_alone(url: str) -> None:
    policy.require_ref(of(url), MAIN)
    with pytest.raises(FailedError, match="PolicyDenied"):
        policy.require_ref(of(url), replace(MAIN, branch="feature"))


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/evil/app",
        "https://git.example.com/team/../evil/app",
        "https://git.example.com/team/%2e%2e/evil/app",
        "https://git.example.com/team//../evil",
        "https://git.example.com/team/app?x",
        "https://evil.example/git.example.com/team/app",
        "https://git.example.com@evil.example/team/app",
        "http://git.example.com/team/app",
        "ssh://git@git.example.com/team/app",
    ],
)
def test_the_same_ref_of_another_repository_has_no_secrets(url: str) -> None:
    with pytest.raises(FailedError, match="PolicyDenied") as raised:
        policy.require_ref(of(url), MAIN)
    assert url in raised.value.failure.error
