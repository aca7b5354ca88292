"""The tether, and the two programs that hold on to it, as real processes."""

import contextlib
import io
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imagebuild.worker import daemon, progress, tether

DEADLINE = 15.0

TAKE = """
import pathlib, sys, time
from imagebuild.worker import tether
tether.take(pathlib.Path(sys.argv[1]))
time.sleep(60)
"""
DAEMON = """
import pathlib, sys
from imagebuild.worker import daemon
daemon._GRACE_SECONDS = 0.3
path, patience, *command = sys.argv[1:]
path = pathlib.Path(path)
words = path.with_name("words")
sys.exit(daemon.run(command, tether_path=path, words_path=words, patience=float(patience)))
"""
PROGRESS = """
import sys
from imagebuild.contract import places
places.TETHER, places.PICTURES = sys.argv[1:]
from imagebuild.worker import progress
sys.exit(progress.main())
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python with a program and arguments; what is left at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {DEADLINE} s: {what}"
        time.sleep(0.01)


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out, err


def test_the_tether_is_never_seen_unlocked_while_its_holder_lives(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "tether"
    holder = start(TAKE, path)
    descriptor = tether.find(path, patience=DEADLINE)
    assert not tether.is_released(descriptor)
    holder.kill()
    holder.wait(DEADLINE)
    tether.wait(descriptor)
    assert tether.is_released(descriptor)
    os.close(descriptor)


def test_without_a_worker_the_search_gives_up(tmp_path: Path) -> None:
    with pytest.raises(tether.NeverTakenError, match="no worker within 0 s"):
        tether.find(tmp_path / "tether", patience=0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_daemon_ends_well_when_the_worker_has_ended(
    start: Start, tmp_path: Path, how: signal.Signals
) -> None:
    path = tmp_path / "tether"
    worker = start(TAKE, path)
    daemon = start(DAEMON, path, "30", "sleep", "60")
    wait_for(path.exists, "the worker took the tether")
    assert daemon.poll() is None
    worker.send_signal(how)
    assert end(daemon)[0] == 0


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 3", 3), ("kill -9 $$", 137), ("kill -15 $$", 143), ("exit 0", 0), ("exit 255", 137)],
)
def test_a_daemon_that_ends_by_itself_keeps_its_exit_code(
    start: Start, tmp_path: Path, script: str, code: int
) -> None:
    start(TAKE, tmp_path / "tether")
    assert end(start(DAEMON, tmp_path / "tether", "30", "sh", "-c", script))[0] == code


def test_the_death_of_the_daemon_shows_though_the_worker_dies_of_it_first(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "tether"
    worker = start(TAKE, path)
    daemon = start(DAEMON, path, "30", "sh", "-c", "echo up; read line; sleep 0.1; exit 255")
    assert daemon.stdout is not None
    assert daemon.stdin is not None
    assert daemon.stdout.readline() == "up\n"
    worker.kill()
    worker.wait(DEADLINE)
    daemon.stdin.write("\n")
    daemon.stdin.flush()
    assert daemon.wait(DEADLINE) == 137


def test_sigterm_is_passed_on_and_the_daemon_ends_well(start: Start, tmp_path: Path) -> None:
    start(TAKE, tmp_path / "tether")
    script = "trap 'echo heard; exit 1' TERM; echo up; while :; do sleep 0.05; done"
    daemon = start(DAEMON, tmp_path / "tether", "30", "sh", "-c", script)
    assert daemon.stdout is not None
    assert daemon.stdout.readline() == "up\n"
    daemon.terminate()
    assert end(daemon)[:2] == (0, "heard\n")


def test_a_daemon_that_is_deaf_is_killed(start: Start, tmp_path: Path) -> None:
    start(TAKE, tmp_path / "tether")
    script = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    daemon = start(DAEMON, tmp_path / "tether", "30", "sh", "-c", script)
    assert daemon.stdout is not None
    assert daemon.stdout.readline() == "up\n"
    daemon.terminate()
    assert daemon.wait(DEADLINE) == 0


def test_a_daemon_whose_worker_never_comes_gives_up(start: Start, tmp_path: Path) -> None:
    code, _, err = end(start(DAEMON, tmp_path / "tether", "0.1", "sleep", "60"))
    assert code == 1
    assert "no worker within" in err


def test_progress_prints_whole_lines_as_they_come_and_ends_with_the_worker(
    start: Start, tmp_path: Path
) -> None:
    path, pictures = tmp_path / "tether", tmp_path / "pictures"
    pictures.write_text('{"a": 1}\n')
    worker = start(TAKE, path)
    printing = start(PROGRESS, path, pictures)
    assert printing.stdout is not None
    assert printing.stdout.readline() == '{"a": 1}\n'
    with pictures.open("a") as file:
        file.write('{"b": ')
        file.flush()
        file.write('2}\n{"cut')
    assert printing.stdout.readline() == '{"b": 2}\n'
    assert printing.poll() is None
    worker.kill()
    assert end(printing)[:2] == (0, "")


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_progress_reads_nothing_but_a_plain_file(start: Start, tmp_path: Path, kind: str) -> None:
    pictures, other = tmp_path / "pictures", tmp_path / "other"
    other.write_text("not to be read\n")
    if kind == "pipe":
        os.mkfifo(pictures)
    else:
        pictures.symlink_to(other)
    start(TAKE, tmp_path / "tether")
    code, out, err = end(start(PROGRESS, tmp_path / "tether", pictures))
    assert (code, out) == (1, "")
    assert str(pictures) in err


def test_progress_ends_when_told(start: Start, tmp_path: Path) -> None:
    path, pictures = tmp_path / "tether", tmp_path / "pictures"
    pictures.write_text("x\n")
    start(TAKE, path)
    printing = start(PROGRESS, path, pictures)
    assert printing.stdout is not None
    assert printing.stdout.readline() == "x\n"
    printing.terminate()
    assert end(printing)[:2] == (0, "")


def test_what_comes_with_the_end_is_printed_too() -> None:
    source, out = io.BytesIO(b"a\n"), io.BytesIO()

    def ended() -> bool:
        at = source.tell()
        source.seek(0, io.SEEK_END)
        source.write(b"b\n")
        source.seek(at)
        return at > 0

    progress.follow(source, out, ended=ended)
    assert out.getvalue() == b"a\nb\nb\n"


def test_nothing_in_the_daemons_root_inherits_the_volumes_group(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    volume.chmod(0o2777)
    daemon.prepare(volume / "root")
    (volume / "root" / "snapshot").mkdir()
    assert (volume / "root" / "snapshot").stat().st_mode & stat.S_ISGID == 0
    daemon.prepare(volume / "root")
