import pytest

from imagebuild.worker.contexts import gitrefs

A, B = "a" * 40, "b" * 40


def heard(*lines: str, ref: str | None = "main") -> gitrefs.Refs:
    refs = gitrefs.asked(ref, only_tags=False)
    for line in lines:
        refs.hear(line)
    return refs


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["v1.9.0", "v1.10.0"], "v1.10.0"),
        (["v1.0.0", "v1.0.0-rc1"], "v1.0.0"),
        (["v1", "v1.2", "v1.2.0"], "v1.2.0"),
        (["nightly", "v0.1"], "v0.1"),
        (["2024", "v1"], "v1"),
        (["a1b", "a1", "1a", "a"], "a1b"),
        ([], ""),
    ],
)
def test_of_several_tags_the_highest_version_is_the_commits(tags: list[str], expected: str) -> None:
    refs = heard(f"{B}\trefs/tags/z9", *(f"{A}\trefs/tags/{tag}" for tag in tags))
    assert refs.tag_of(A) == expected


def test_an_annotated_tag_stands_for_its_commit() -> None:
    refs = heard(f"{A}\trefs/tags/v1", f"{B}\trefs/tags/v1^{{}}", ref="v1")
    assert refs.head() == gitrefs.Head("refs/tags/v1", B)
    assert (refs.tag_of(A), refs.tag_of(B)) == ("", "v1")


def test_a_branch_comes_before_a_tag_of_its_name() -> None:
    refs = heard(f"{A}\trefs/heads/x", f"{B}\trefs/tags/x", ref="x")
    assert refs.head() == gitrefs.Head("refs/heads/x", A)


@pytest.mark.parametrize(
    ("lines", "branch"),
    [(("ref: refs/heads/trunk\tHEAD", f"{A}\tHEAD"), "trunk"), ((f"{A}\tHEAD",), "")],
)
def test_the_default_branch_has_a_name_where_the_server_says_it(
    lines: tuple[str, ...], branch: str
) -> None:
    head = heard(*lines, ref=None).head()
    assert head is not None
    assert (head.branch, head.commit) == (branch, A)


def test_what_is_no_ref_is_not_taken_for_one() -> None:
    refs = heard("warning: a\tb", "fatal: x", "short\trefs/heads/main", f"{A}\trefs/heads/main2")
    assert refs.head() is None
