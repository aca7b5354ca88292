import os
from collections.abc import Callable
from pathlib import Path

import pytest

from imagebuild.contract.order import Context
from imagebuild.worker import contexts
from imagebuild.worker.contexts import bounds
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace


@pytest.fixture
def bring(space: Workspace, within: Limits) -> Callable[..., Path]:
    def root(volume: Path, *ignore: str) -> Path:
        context = Context("data", volume=str(volume), ignore=ignore)
        brought = contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)
        assert brought.directory is not None
        assert brought.source is None
        return brought.directory

    return root


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    root = tmp_path / "volume"
    (root / "models" / "big").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "models" / "big" / "weights").write_bytes(bytes(5000))
    (root / "models" / "run.sh").write_text("#!/bin/sh\n")
    (root / "models" / "run.sh").chmod(0o750)
    (root / "out").symlink_to("/etc")
    (root / "to").symlink_to("models")
    os.mkfifo(root / "fifo")
    return root


def test_a_volume_is_used_where_it_is(bring: Callable[..., Path], volume: Path) -> None:
    assert bring(volume / "models") == volume / "models"


def test_with_something_ignored_it_is_a_copy_and_the_volume_is_as_it_was(
    bring: Callable[..., Path], volume: Path
) -> None:
    before = sorted(volume.rglob("*"))
    root = bring(volume, "models/big")
    copied = {str(path.relative_to(root)) for path in root.rglob("*")}
    assert copied == {"models", "models/run.sh", "empty", "out", "to"}
    assert (root / "out").readlink() == Path("/etc")
    assert (root / "models/run.sh").stat().st_mode & 0o777 == 0o750
    original = (volume / "models/run.sh").stat()
    assert (root / "models/run.sh").stat().st_mtime == original.st_mtime
    assert sorted(volume.rglob("*")) == before


def test_what_is_taken_back_in_is_copied_with_its_directories(
    bring: Callable[..., Path], volume: Path
) -> None:
    root = bring(volume, "*", "!models/run.sh")
    assert {str(path.relative_to(root)) for path in root.rglob("*")} == {"models", "models/run.sh"}


@pytest.mark.parametrize("ignore", [(), ("fifo",)])
@pytest.mark.parametrize("bounded", [("MAX_FILES", 5), ("MAX_BYTES", 4000)])
def test_what_a_volume_holds_is_bounded(
    bring: Callable[..., Path], volume: Path, monkeypatch: pytest.MonkeyPatch, ignore, bounded
) -> None:
    monkeypatch.setattr(bounds, *bounded)
    with pytest.raises(FailedError, match=r"^TooLarge: context data: .*subPath"):
        bring(volume, *ignore)


def test_what_is_ignored_does_not_count(
    bring: Callable[..., Path], volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_BYTES", 4000)
    assert (bring(volume, "models/big") / "models").is_dir()


@pytest.mark.parametrize("ignore", [(), ("fifo",)])
@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("nowhere", "PathNotFound"),
        ("models/run.sh", "PathNotFound"),
        ("out", "PathRefused"),
        ("to/big", "PathRefused"),
    ],
)
def test_the_directory_in_a_volume_is_one_without_a_link_to_it(
    bring: Callable[..., Path], volume: Path, path: str, word: str, ignore: tuple[str, ...]
) -> None:
    with pytest.raises(FailedError, match=f"^{word}: context data: "):
        bring(volume / path, *ignore)
