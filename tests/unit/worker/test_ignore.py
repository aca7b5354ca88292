import os
import shutil
from pathlib import Path

import pytest
from e2b_dockerfile_utils import PatternMatcher
from hypothesis import given, settings
from hypothesis import strategies as st

from imagebuild.worker.contexts import ignore
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits

FILES = (
    "README.md", "a/README.md", "a/b/c.log", "a/b/keep.log", "docs/x/y.md", "docs/z.md",
    "node_modules/m/i.js", "web/node_modules/m/i.js", "web/.env", ".git/HEAD",
)  # fmt: skip


def lay(root: Path) -> Path:
    for name in FILES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def left(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def files(names: set[str]) -> set[str]:
    return names & set(FILES)


@pytest.mark.parametrize(
    ("patterns", "gone"),
    [
        (("docs",), {"docs/x/y.md", "docs/z.md"}),
        (("/docs/",), {"docs/x/y.md", "docs/z.md"}),
        (("docs/*/*.md",), {"docs/x/y.md"}),
        (("*.md",), {"README.md"}),
        (("**/*.md", "!README.md"), {"a/README.md", "docs/x/y.md", "docs/z.md"}),
        (("**/*.md", "!**/README.md", "a/README.md"), {"a/README.md", "docs/x/y.md", "docs/z.md"}),
        (("**/node_modules",), {"node_modules/m/i.js", "web/node_modules/m/i.js"}),
        (("a/b", "!a/b/keep.log"), {"a/b/c.log"}),
        (("*", "!web", "web/node_modules"), set(FILES) - {"web/.env"}),
        (("*", "!docs/x"), set(FILES) - {"docs/x/y.md"}),
        (("# docs", "", "nowhere"), set()),
        (("[d]ocs/?.md",), {"docs/z.md"}),
    ],
)
def test_patterns_mean_what_they_mean_in_a_dockerignore_file(
    tmp_path: Path, within: Limits, patterns: tuple[str, ...], gone: set[str]
) -> None:
    ignore.delete(lay(tmp_path), patterns, limits=within)
    assert files(left(tmp_path)) == set(FILES) - gone


def test_a_directory_stays_only_for_what_is_kept_in_it(tmp_path: Path, within: Limits) -> None:
    (lay(tmp_path) / "empty").mkdir()
    ignore.delete(tmp_path, ("*", "!docs/x/y.md", "!empty"), limits=within)
    assert left(tmp_path) == {"docs", "docs/x", "docs/x/y.md", "empty"}


def test_a_link_is_deleted_and_not_followed(tmp_path: Path, within: Limits) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    lay(outside)
    (root / "docs").symlink_to(outside)
    (root / "kept").symlink_to(outside)
    ignore.delete(root, ("docs", "**/*.md"), limits=within)
    assert left(root) == {"kept"}
    assert files(left(outside)) == set(FILES)


def test_what_is_ignored_as_a_whole_is_not_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked = []
    scandir = os.scandir

    def record(path: str) -> object:
        walked.append(os.path.relpath(path, tmp_path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", record)
    list(ignore.entries(lay(tmp_path), ("**/node_modules", ".git", "docs", "!docs/x/y.md")))
    assert sorted(walked) == [".", "a", "a/b", "docs", "docs/x", "web"]


def test_a_bad_pattern_is_named(tmp_path: Path, within: Limits) -> None:
    with pytest.raises(FailedError, match=r"^ContextInvalid: .*'a\[-'.*\.dockerignore"):
        ignore.delete(tmp_path, ("a[-",), limits=within)


_names = st.sampled_from(("a", "b", "ab", "*", "**", "a*", "?", "[ab]"))
_pattern = st.builds(
    lambda negated, parts: ("!" if negated else "") + "/".join(parts),
    st.booleans(),
    st.lists(_names, min_size=1, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(patterns=st.lists(_pattern, min_size=1, max_size=4))
def test_what_is_pruned_is_what_matches_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, patterns: list[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for name in ("a/a/a", "a/ab/b", "ab/a/b", "ab/ab", "b/b/b", "c"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    matcher = PatternMatcher(patterns)
    kept = {
        os.path.relpath(entry.path, root)
        for entry, verdict in ignore.entries(root, patterns)
        if verdict is ignore.Verdict.KEPT
    }
    every = {str(path.relative_to(root)) for path in root.rglob("*")}
    assert kept == {name for name in every if not matcher.matches(name)}
    shutil.rmtree(root)
