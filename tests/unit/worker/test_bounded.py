"""The program beside the daemon: what bounds it sets, what it measures, whom it tells."""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imagebuild.contract import places
from imagebuild.worker import bounded, exceeded, limits
from imagebuild.worker.bounded import measure, rlimits, watcher
from imagebuild.worker.exceeded import Exceeded, What

MIB = 1024**2
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
PROGRAM = (sys.executable, "-m", "imagebuild.worker.bounded")
SHELL = ("--processes=500", "--file-bytes=1048576", "--", "sh", "-c")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env=ENVIRONMENT,
    )


@pytest.mark.parametrize(
    ("arguments", "flags", "command"),
    [
        (["--", "a"], {}, ["a"]),
        (["--processes=5", "--", "a", "--", "-b"], {"processes": 5}, ["a", "--", "-b"]),
    ],
)
def test_flags_end_where_the_command_begins(
    arguments: list[str], flags: dict[str, int], command: list[str]
) -> None:
    assert rlimits.flags(arguments) == (flags, command)


@pytest.mark.parametrize(
    "arguments", [[], ["--processes=5"], ["--"], ["a"], ["--processes=x", "--", "a"]]
)
def test_what_is_no_command_is_refused(arguments: list[str]) -> None:
    with pytest.raises(ValueError, match=r"list|command|invalid literal"):
        rlimits.flags(arguments)
    assert run(*arguments).returncode == 2


@pytest.mark.parametrize(("processes", "steps"), [(4096, 3840), (1024, 768), (256, 192)])
def test_steps_leave_processes_to_the_daemon(processes: int, steps: int) -> None:
    assert rlimits.of_steps(processes) == steps


def test_the_daemon_is_bounded_and_told_what_runs_steps() -> None:
    script = "ulimit -f; echo $IMAGEBUILD_STEP_PROCESSES $*; grep SigIgn /proc/self/status"
    ended = run(*SHELL, script)
    blocks, steps, ignored = ended.stdout.splitlines()
    # The shell counts in blocks of 512 bytes.
    assert (blocks, steps.split()[0]) == ("2048", "375")
    ours = sum(1 << number - 1 for number in (signal.SIGPIPE, signal.SIGXFSZ))
    assert int(ignored.split()[1], 16) & ours == 0


def test_a_bound_that_the_node_sets_lower_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (50, 100))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, bounds: set_to.append(bounds))
    assert rlimits.lower(resource.RLIMIT_NPROC, 4096) == 100
    assert rlimits.lower(resource.RLIMIT_NPROC, 60) == 60
    assert set_to == [(100, 100), (60, 60)]


def test_the_runc_of_steps_gives_fewer_processes_to_run_alone(tmp_path: Path) -> None:
    runc = tmp_path / "buildkit-runc"
    runc.write_text('#!/bin/sh\necho "$(prlimit --nproc --output=HARD --noheadings) $*"\n')
    runc.chmod(0o755)
    script = Path(bounded.__file__).with_name("runc")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "IMAGEBUILD_STEP_PROCESSES": "321"}

    def said(*arguments: str) -> list[str]:
        ended = subprocess.run(
            [script, *arguments], capture_output=True, text=True, check=True, env=environment
        )
        return ended.stdout.split()

    assert said("--root", "/r", "run", "--bundle", "/b", "x")[0] == "321"
    assert said("--root", "/r", "kill", "x", "9")[0] != "321"
    assert said("--root", "/r", "run", "--bundle", "/b", "x")[1:] == [
        *("--root", "/r", "run", "--bundle", "/b", "x")
    ]


@pytest.mark.parametrize(
    ("script", "code"), [("exit 3", 3), ("kill -9 $$", 137), ("kill -15 $$", 143)]
)
def test_the_daemons_end_is_the_programs(script: str, code: int) -> None:
    assert run(*SHELL, script).returncode == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_end_reaches_the_daemon(number: signal.Signals) -> None:
    words = {signal.SIGTERM: "TERM", signal.SIGINT: "INT"}
    script = f"trap 'exit 7' {words[number]}; echo begun; while :; do sleep 0.05; done"
    argv = [*PROGRAM, *SHELL, script]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            process.send_signal(number)
            assert process.wait(15) == 7
        finally:
            process.kill()


def written(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def used(root: Path) -> int:
    return measure.used(str(root), enough=10**15)


def test_all_that_is_beneath_counts_once_whatever_its_names(tmp_path: Path) -> None:
    empty = used(tmp_path)
    file = written(tmp_path / "a/b/c", 3 * MIB)
    (tmp_path / "again").hardlink_to(file)
    (tmp_path / "link").symlink_to("/usr")
    assert 3 * MIB <= used(tmp_path) - empty < 3.1 * MIB


def test_a_hole_in_a_file_takes_no_disk(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1024 * MIB)
    assert used(tmp_path) < MIB


def test_a_deleted_file_counts_as_long_as_it_is_open(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.write(b"x" * 3 * MIB)
        file.flush()
        (tmp_path / "a").unlink()
        assert used(tmp_path) >= 3 * MIB
    assert used(tmp_path) < MIB


def test_a_path_longer_than_the_kernel_takes_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(30):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    Path("big").write_bytes(b"x" * 2 * MIB)
    os.chdir("/")
    assert used(tmp_path) >= 2 * MIB


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A directory in which directories are nested deeper than a walk goes."""
    made = tmp_path / "deep"
    made.mkdir()
    here = os.open(made, os.O_RDONLY)
    for _ in range(measure.DEEPEST + 1):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    yield made
    subprocess.run(["rm", "-rf", made], check=True)


def test_a_deleted_file_counts_wherever_its_directory_was_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As long as two paths are together: longer than the kernel tells of.
    monkeypatch.chdir(tmp_path)
    for top in ("a", "b"):
        os.chdir(tmp_path)
        Path(top).mkdir()
        os.chdir(top)
        for _ in range(14):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        if top == "a":
            file = Path("f").open("wb")  # noqa: SIM115 - open until it was measured
            file.write(b"x" * 3 * MIB)
            file.flush()
            Path("f").unlink()
    (tmp_path / "a").rename("a")
    os.chdir("/")
    with file:
        with pytest.raises(OSError, match="File name too long"):
            Path(f"/proc/self/fd/{file.fileno()}").readlink()
        assert used(tmp_path) >= 3 * MIB
    assert used(tmp_path) < MIB


def test_a_deleted_file_counts_that_a_thread_has_to_itself(tmp_path: Path) -> None:
    # unshare(CLONE_FILES) in a thread: what it opens then is in no table but its own.
    opened, measured = threading.Event(), threading.Event()
    failed: list[int] = []

    def hold() -> None:
        failed.append(ctypes.CDLL(None).unshare(0x400))
        with (tmp_path / "a").open("wb") as file:
            file.write(b"x" * 3 * MIB)
            file.flush()
            (tmp_path / "a").unlink()
            opened.set()
            measured.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert opened.wait(30), "the thread has not opened its file"
        assert failed == [0]
        assert used(tmp_path) >= 3 * MIB
    finally:
        measured.set()
        thread.join()


def test_what_lies_deeper_than_a_walk_goes_is_not_taken_for_nothing(deep: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(measure.TooDeepError, match="500 levels"):
        used(deep)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_walk_that_gets_no_descriptors_is_no_small_number(
    deep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "DEEPEST", 10**6)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            used(deep)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_walk_ends_once_it_has_found_enough(tmp_path: Path) -> None:
    for number in range(8):
        written(tmp_path / str(number) / "a", MIB)
    assert 2 * MIB <= measure.used(str(tmp_path), enough=2 * MIB) < 4 * MIB


def test_processes_are_read_where_a_cgroup_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pids.current").write_text("17\n")
    nowhere, there = str(tmp_path / "none"), str(tmp_path / "pids.current")
    monkeypatch.setattr(measure, "_COUNTS", (nowhere, there))
    assert measure.processes() == 17
    monkeypatch.setattr(measure, "_COUNTS", (nowhere,))
    assert measure.processes() is None


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "exceeded"


def test_a_build_that_fills_its_disk_is_told_of_once_and_then_killed(
    tmp_path: Path, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = iter([100 * MIB, 99 * MIB, 95 * MIB])
    monkeypatch.setattr(measure, "free", lambda _volume: next(free))
    monkeypatch.setattr(measure, "processes", lambda: None)
    volume = tmp_path / "state"
    volume.mkdir()
    watching = watcher.Watcher(str(volume), path=told, state_bytes=5 * MIB, processes=100)
    now = time.monotonic()
    assert not watching.look(now)
    assert exceeded.read(told) is None
    written(volume / "a", 6 * MIB)
    assert not watching.look(now + 1)
    found = exceeded.read(told)
    assert found is not None
    assert (found.what, found.bound) == (What.DISK, 5 * MIB)
    assert found.used >= 5 * MIB
    assert not watching.look(now + 2)
    assert watching.look(now + 60)


def test_a_build_whose_files_cannot_be_counted_is_told_of_once_and_then_killed(
    deep: Path, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = iter([100 * MIB, 90 * MIB])
    monkeypatch.setattr(measure, "free", lambda _volume: next(free))
    # What there is before it begins is the daemon's own.
    monkeypatch.setattr(measure, "used", lambda _volume, **_: 0)
    watching = watcher.Watcher(str(deep), path=told, state_bytes=5 * MIB, processes=100)
    monkeypatch.undo()
    monkeypatch.setattr(measure, "free", lambda _volume: next(free))
    now = time.monotonic()
    assert not watching.look(now)
    assert exceeded.read(told) == Exceeded(What.UNCOUNTED, 0, 5 * MIB)
    assert not watching.look(now + 1)
    assert watching.look(now + 60)


def test_a_bomb_is_told_of(tmp_path: Path, told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "processes", lambda: 99)
    watching = watcher.Watcher(str(tmp_path), path=told, state_bytes=None, processes=100)
    now = time.monotonic()
    for second in range(9):
        watching.look(now + second)
    assert exceeded.read(told) == Exceeded(What.PROCESSES, 99, 100)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Exceeded(What.DISK, 9 * 1024 * MIB, 10 * 1024 * MIB), "9,216 MiB of the disk"),
        (Exceeded(What.UNCOUNTED, 0, 5), "the files of the build can no longer be counted"),
        (Exceeded(What.PROCESSES, 3851, 3840), "3,851 processes and threads; it may have 3,840"),
    ],
)
def test_the_worker_is_ended_by_what_is_told(told: Path, found: Exceeded, words: str) -> None:
    held = limits.Limits(time.monotonic() + 30, threading.Event(), told)
    held.check()
    exceeded.write(told, found)
    with pytest.raises(limits.ExceededError, match=words) as raised:
        held.check()
    assert raised.value.exceeded == found


GOOD = {"what": "disk", "used": 1, "bound": 2}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        json.dumps({**GOOD, "what": "time"}),
        json.dumps({**GOOD, "used": "1"}),
        json.dumps({**GOOD, "bound": None}),
        json.dumps({"what": "disk"}),
        "[" * 150,
    ],
)
def test_what_is_none_of_ours_says_nothing(told: Path, content: str) -> None:
    told.write_text(content)
    assert exceeded.read(told) is None


@pytest.mark.parametrize("make", [os.mkfifo, lambda p: p.symlink_to("/etc/passwd")])
def test_a_pipe_or_a_link_in_its_place_says_nothing_at_once(
    told: Path, make: Callable[[Path], None]
) -> None:
    make(told)
    assert exceeded.read(told) is None


def test_it_lies_beside_the_daemons_socket() -> None:
    assert Path(places.EXCEEDED).parent == Path(places.SOCKET).parent
