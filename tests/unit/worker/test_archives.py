from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Order, Target
from imagebuild.contract.report import Cause
from imagebuild.worker.failure import FailedError
from imagebuild.worker.solve import archives


def order_of(archive: Path) -> Order:
    return replace(ORDER, targets=(Target(archive=str(archive)), Target()))


def test_the_directories_of_an_archive_are_made_and_nothing_else(tmp_path: Path) -> None:
    archives.prepare(order_of(tmp_path / "a/b/x.tar"))
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b"]


def test_an_archive_that_cannot_be_written_is_told_before_the_build(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(FailedError) as raised:
        archives.prepare(order_of(tmp_path / "a/x.tar"))
    assert raised.value.failure.cause is Cause.ARCHIVE
    assert raised.value.failure.error == f"{tmp_path}/a/x.tar: {tmp_path}/a: File exists"


def test_an_archive_replaces_what_is_there_once_it_is_whole(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar"
    archive.write_text("old")
    with archives.written(order_of(archive), str(archive)) as file:
        assert file is not None
        file.write_text("new")
        assert archive.read_text() == "old"
    assert archive.read_text() == "new"
    assert list(tmp_path.iterdir()) == [archive]


def test_a_failed_build_leaves_the_old_archive_and_no_other(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar"
    archive.write_text("old")

    def fail_halfway() -> None:
        with archives.written(order_of(archive), str(archive)) as file:
            assert file is not None
            file.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_halfway()
    assert archive.read_text() == "old"
    assert list(tmp_path.iterdir()) == [archive]


def test_an_archive_that_is_not_there_in_the_end_is_a_failure(tmp_path: Path) -> None:
    archive = str(tmp_path / "x.tar")
    with (
        pytest.raises(FailedError, match="No such file") as raised,
        archives.written(order_of(Path(archive)), archive),
    ):
        pass
    assert raised.value.failure.cause is Cause.ARCHIVE


def test_each_attempt_and_no_other_build_writes_to_the_same_file(tmp_path: Path) -> None:
    archive = str(tmp_path / ("x" * 255))
    own = archives.unfinished(ORDER, archive)
    assert archives.unfinished(replace(ORDER, attempt=2), archive) == own
    assert archives.unfinished(replace(ORDER, name="other"), archive) != own
    own.write_text("a name that a file may have")


def test_a_target_without_an_archive_is_written_nowhere() -> None:
    with archives.written(ORDER, None) as file:
        assert file is None
