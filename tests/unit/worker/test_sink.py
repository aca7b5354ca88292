import contextlib
import io
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagebuild.contract.picture import Phase, Picture, from_line
from imagebuild.worker import sink


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(sink, "time", clock)
    return clock


def shown(path: Path) -> list[Picture | None]:
    return [from_line(line) for line in path.read_text().splitlines()]


def test_pictures_are_shown_at_their_pace(clock: Clock, tmp_path: Path) -> None:
    files = sink.Files(log=io.StringIO(), pictures=tmp_path / "pictures")
    for millisecond in range(0, 2500, 100):
        clock.now = 100 + millisecond / 1000
        files.show(lambda at=millisecond: Picture(solving=at))  # type: ignore[misc]
    pictures = shown(tmp_path / "pictures")
    assert [picture and picture.solving for picture in pictures] == [0, 1000, 2300]


def test_what_did_not_change_is_not_shown_again(clock: Clock, tmp_path: Path) -> None:
    files = sink.Files(log=io.StringIO(), pictures=tmp_path / "pictures")
    for _ in range(5):
        clock.now += 2
        files.show(Picture)
    assert len(shown(tmp_path / "pictures")) == 1


def test_the_last_picture_is_always_shown(clock: Clock, tmp_path: Path) -> None:
    files = sink.Files(log=io.StringIO(), pictures=tmp_path / "pictures")
    files.show(Picture)
    files.show(lambda: Picture(phase=Phase.DONE), last=True)
    assert shown(tmp_path / "pictures")[-1] == Picture(phase=Phase.DONE)
    assert clock.now == 100.0


def test_the_log_is_lines(tmp_path: Path) -> None:
    log = io.StringIO()
    sink.Files(log=log, pictures=tmp_path / "pictures").log("a line")
    assert log.getvalue() == "a line\n"


@contextlib.contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """What is written beyond that is refused, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_no_build_for_a_picture_or_a_line(clock: Clock, tmp_path: Path) -> None:
    with io.TextIOWrapper(Path("/dev/full").open("wb", buffering=0), write_through=True) as full:
        files = sink.Files(log=full, pictures=tmp_path / "pictures")
        with no_file_beyond(0):
            files.show(Picture)
            files.show(lambda: Picture(phase=Phase.DONE), last=True)
        files.log("a line")
    assert clock.now == 100.0


def test_a_picture_that_could_not_be_written_is_shown_later(clock: Clock, tmp_path: Path) -> None:
    place = tmp_path / "pictures"
    files = sink.Files(log=io.StringIO(), pictures=place)
    with no_file_beyond(5):
        files.show(Picture)
    assert place.stat().st_size == 5
    clock.now += 2
    files.show(Picture)
    assert shown(place) == [None, Picture()]


def test_what_takes_the_place_of_the_pictures_is_not_written_to(tmp_path: Path) -> None:
    place, other = tmp_path / "pictures", tmp_path / "other"
    files = sink.Files(log=io.StringIO(), pictures=place)
    place.unlink()
    place.symlink_to(other)
    files.show(Picture, last=True)
    assert not other.exists()


def test_pictures_go_into_no_pipe_that_was_there_before(tmp_path: Path) -> None:
    place = tmp_path / "pictures"
    os.mkfifo(place)
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    try:
        sink.Files(log=io.StringIO(), pictures=place).show(Picture, last=True)
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


def test_pictures_go_through_no_link_that_was_there_before(tmp_path: Path) -> None:
    place, other = tmp_path / "pictures", tmp_path / "other"
    place.symlink_to(other)
    sink.Files(log=io.StringIO(), pictures=place).show(Picture, last=True)
    assert not other.exists()
