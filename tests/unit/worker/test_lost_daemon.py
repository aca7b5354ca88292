"""What a failure says of a daemon that never began, ended, or was left a process."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import lastwords
from imagebuild.worker.failure import FailedError
from imagebuild.worker.lastwords import LastWords
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import buildctl, lost_daemon
from imagebuild.worker.workspace import Workspace

REFUSED = "failed to start the child: fork/exec /proc/self/exe: operation not permitted"
STARTED = 'time="2026-11-24T15:01:53Z" level=info msg="running server on /run/buildkitd.sock"\n'
# What buildkitd 0.34.2 said with --oci-worker-no-process-sandbox of `RUN sleep 1000 & echo begun`
# when that was canceled, and of any build that is.
LEAKED = (
    'time="2026-11-24T15:02:36Z" level=error msg="failed to kill process in container id '
    "557iywybejaw2e5eqgu1737zl: buildkit-runc did not terminate successfully: exit status 1: "
    'container not running\\n" span="[2/3] RUN sleep 1000 & echo begun" '
    "spanID=13c9357bbda0e3c4 traceID=3b2d30b4341782f30757352b8e06ac23\n"
)
CANCELED = (
    'time="2026-11-24T15:02:36Z" level=error msg="/moby.buildkit.v1.Control/Solve returned error: '
    'rpc error: code = Canceled desc = context canceled" spanID=14905b4edfadfc02\n'
)
KILLED = (
    "[rootlesskit:child ] error: command [buildkitd --addr unix:///run/buildkitd.sock] exited: "
    "signal: killed\n[rootlesskit:parent] error: child exited: exit status 255\n"
)
LATE = Failure(Cause.TIMEOUT, "not done within 40 s", stage="a", vertex="[2/3] RUN sleep 1000")


def test_a_daemon_that_cannot_start_is_told_at_once_in_its_own_words(
    space: Workspace, within: Limits
) -> None:
    said = f"[rootlesskit:parent] error: {REFUSED}\n"
    lastwords.write(space.last_words, LastWords(said, 1))
    began = time.monotonic()
    with pytest.raises(FailedError) as raised:
        buildctl.wait_for_daemon(space, within)
    assert time.monotonic() - began < 5
    assert raised.value.failure == Failure(
        Cause.DAEMON,
        f"buildkitd ended with exit code 1 before it listened: {REFUSED}",
        log_tail=said.strip(),
    )


def test_a_daemon_that_ends_without_a_word_is_told_too() -> None:
    failure = lost_daemon.never_began(LastWords("", 137))
    assert failure.error == "buildkitd ended with exit code 137 before it listened"
    assert failure.log_tail == ""


def test_a_daemon_that_never_listens_leaves_what_it_said(
    space: Workspace, within: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildctl, "_DAEMON_SECONDS", 0.05)
    lastwords.write(space.last_words, LastWords("waiting for the disk\n"))
    with pytest.raises(FailedError, match="no buildkitd listens") as raised:
        buildctl.wait_for_daemon(space, within)
    assert raised.value.failure.log_tail == "waiting for the disk"


GONE = Failure(Cause.DAEMON, "error reading from server: EOF", stage="a", log_tail="start")


def test_a_daemon_that_is_lost_in_mid_build_says_so_behind_the_steps_own_lines(
    tmp_path: Path,
) -> None:
    lastwords.write(tmp_path / "words", LastWords(STARTED + KILLED, 137))
    told = lost_daemon.explained(GONE, tmp_path / "words")
    assert told.log_tail == f"start\n{KILLED.strip()}"
    assert replace(told, log_tail="start") == GONE
    assert lost_daemon.explained(told, tmp_path / "words") == told


def test_the_words_of_a_daemon_that_is_just_ending_are_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "words"
    lastwords.write(path, LastWords(STARTED))
    later = threading.Timer(0.1, lastwords.write, (path, LastWords(STARTED + KILLED, 137)))
    later.start()
    assert lost_daemon.explained(GONE, path).log_tail.endswith("exit status 255")
    later.join()


@pytest.mark.parametrize(
    "words", [None, LastWords(STARTED), LastWords(STARTED, 137)], ids=["none", "usual", "ended"]
)
def test_without_words_of_trouble_a_failure_stays_as_it_is(
    tmp_path: Path, words: LastWords | None
) -> None:
    if words:
        lastwords.write(tmp_path / "words", words)
    assert lost_daemon.explained(GONE, tmp_path / "words") == GONE


@pytest.mark.parametrize("cause", [Cause.TIMEOUT, Cause.STALLED])
def test_a_step_that_hung_for_a_process_it_left_behind_says_so(
    tmp_path: Path, cause: Cause
) -> None:
    lastwords.write(tmp_path / "words", LastWords(STARTED + LEAKED + CANCELED))
    late = replace(LATE, cause=cause)
    told = lost_daemon.explained(late, tmp_path / "words")
    assert told.error == (
        "not done within 40 s; buildkitd: failed to kill process in container id "
        "557iywybejaw2e5eqgu1737zl: buildkit-runc did not terminate successfully: exit status 1: "
        "container not running"
    )
    assert replace(told, error=late.error) == late


@pytest.mark.parametrize(
    ("said", "vertex"),
    [
        (STARTED + CANCELED, LATE.vertex),
        (STARTED + LEAKED + CANCELED, "[other 2/3] RUN sleep 1000"),
    ],
    ids=["an ordinary end", "another step's"],
)
def test_a_step_that_only_took_too_long_leaked_nothing(
    tmp_path: Path, said: str, vertex: str
) -> None:
    lastwords.write(tmp_path / "words", LastWords(said))
    late = replace(LATE, vertex=vertex)
    assert lost_daemon.explained(late, tmp_path / "words") == late
