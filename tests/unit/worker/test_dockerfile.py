import os
from pathlib import Path

import pytest

from imagebuild.worker import dockerfile


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("FROM a", ("stage-0",)),
        ("FROM a AS App\n", ("app",)),
        ("# syntax=x\n\n  from --platform=$BUILDPLATFORM a:1  as build \nRUN b\nFROM build\n",
         ("build", "stage-1")),
        ("FROM a AS b\r\nFROM b AS c\r\n", ("b", "c")),
        ("ARG FROM=a\nFROM $FROM\nRUN echo FROM a AS b\nCOPY --from=x FROM /\n", ("stage-0",)),
    ],
)  # fmt: skip
def test_stages_are_named_in_the_files_order(text: str, names: tuple[str, ...]) -> None:
    assert dockerfile.stage_names(text) == names


def test_the_stages_of_a_file_in_the_context(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "Dockerfile").write_text("FROM a AS one\n")
    (tmp_path / "link").symlink_to("docker/Dockerfile")
    assert dockerfile.stage_names_in(tmp_path, "docker/Dockerfile") == ("one",)
    assert dockerfile.stage_names_in(tmp_path, "link") == ("one",)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A context with all that could be named and must not be read, each as far as it can be."""
    (tmp_path / "outside").write_text("FROM a AS secret\n")
    root = tmp_path / "context"
    (root / "directory").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "zero").symlink_to("/dev/zero")
    (root / "loop").symlink_to("loop")
    (root / "binary").write_bytes(b"FROM a AS \xff\n")
    (root / "long").write_text("FROM a AS one\n" + "#" * 2**20)
    os.mkfifo(root / "fifo")
    return root


@pytest.mark.parametrize(
    "path",
    [
        "absent",
        "directory",
        "out",
        "../outside",
        "{out}",
        "zero",
        "/dev/zero",
        "loop",
        "binary",
        "long",
        "fifo",
        "a\0b",
        "x" * 300,
    ],
)
def test_what_is_no_text_file_of_the_context_names_no_stage(context: Path, path: str) -> None:
    """Nor is it read: that would not end, or show what is none of the build's."""
    path = path.format(out=context.parent / "outside")
    assert dockerfile.stage_names_in(context, path) == ()
