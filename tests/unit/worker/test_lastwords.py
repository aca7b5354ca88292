"""What the daemon said last: heard by its container's first process, read by the worker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from imagebuild.worker import lastwords
from imagebuild.worker.lastwords import LastWords

DAEMON = """
import pathlib, sys
from imagebuild.worker import daemon
place, *command = sys.argv[1:]
place = pathlib.Path(place)
held = {"tether_path": place / "tether", "words_path": place / "words"}
sys.exit(daemon.run(command, patience=60, **held))
"""
STARTED = """\
time="2026-11-24T15:01:53Z" level=info msg="auto snapshotter: using overlayfs"
time="2026-11-24T15:01:53Z" level=warning msg="currently, only the default worker can be used."
time="2026-11-24T15:01:53Z" level=info msg="running server on /imagebuild/run/buildkitd.sock"
"""


def run(place: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of the shell in the daemon's place, to its end."""
    return subprocess.run(
        [sys.executable, "-c", DAEMON, str(place), "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_what_the_daemon_says_goes_to_its_log_and_its_end_to_the_worker(tmp_path: Path) -> None:
    ended = run(tmp_path, "echo out; echo one >&2; echo two >&2; exit 3")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "out\n", "one\ntwo\n")
    assert lastwords.read(tmp_path / "words") == LastWords("one\ntwo\n", 3)


def test_the_worker_knows_the_words_of_a_daemon_that_lives(tmp_path: Path) -> None:
    # The script waits for its own words: it would hang if they came with its end alone.
    seen = f"until grep -q begun {tmp_path}/words 2>/dev/null; do sleep 0.02; done"
    run(tmp_path, f"echo begun >&2; {seen}; cp {tmp_path}/words {tmp_path}/then")
    assert lastwords.read(tmp_path / "then") == LastWords("begun\n", None)
    assert lastwords.read(tmp_path / "words") == LastWords("begun\n", 0)


def test_of_a_daemon_that_says_much_the_log_has_all_and_the_worker_the_end(tmp_path: Path) -> None:
    ended = run(tmp_path, "seq 100000 >&2")
    assert ended.stderr.splitlines() == [str(number) for number in range(1, 100001)]
    said = lastwords.read(tmp_path / "words").said
    assert len(said) == lastwords.MAX_BYTES
    assert said.endswith("\n99999\n100000\n")


def test_the_end_is_told_though_a_child_of_the_daemon_holds_its_stderr(tmp_path: Path) -> None:
    run(tmp_path, "sleep 5 >/dev/null & echo gone >&2; exit 4")
    assert lastwords.read(tmp_path / "words") == LastWords("gone\n", 4)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 10000,
        '{"said": "x"}',
        '{"said": 1, "exit_code": 1}',
        '{"said": "x", "exit_code": "1"}',
        json.dumps({"said": "x" * 100000, "exit_code": 1}),
    ],
)
def test_what_is_none_of_our_words_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "words").write_text(content)
    assert lastwords.read(tmp_path / "words") == LastWords()


def test_nothing_is_read_from_a_pipe_a_link_or_a_place_that_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    lastwords.write(tmp_path / "words", LastWords("x", 1))
    (tmp_path / "link").symlink_to(tmp_path / "words")
    for name in ("pipe", "link", "nothing"):
        assert lastwords.read(tmp_path / name) == LastWords(), name


def test_words_come_without_what_steers_a_terminal(tmp_path: Path) -> None:
    lastwords.write(tmp_path / "words", LastWords("\x1b[31mred\x00\ttab\né\n", None))
    assert lastwords.read(tmp_path / "words").said == "[31mred\ttab\né\n"


def test_the_longest_words_can_be_read(tmp_path: Path) -> None:
    lastwords.write(tmp_path / "words", LastWords("\x1b" * lastwords.MAX_BYTES, 255))
    assert lastwords.read(tmp_path / "words").exit_code == 255


# Of BuildKit 0.34.2 and rootlesskit 2.3.6, by the securityContext or the command that made them.
COMPLAINTS = [
    (
        "seccompProfile: RuntimeDefault",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "operation not permitted\n",
        "failed to start the child: fork/exec /proc/self/exe: operation not permitted",
    ),
    (
        "allowPrivilegeEscalation: false",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 16 [0 1000 1] failed: "
        "newuidmap: write to uid_map failed: Operation not permitted\n: exit status 1\n",
        "failed to setup UID/GID map: newuidmap 16 [0 1000 1] failed: "
        "newuidmap: write to uid_map failed: Operation not permitted",
    ),
    (
        "--config /etc/passwd",
        "buildkitd: toml: expected '=' after key\nfailed to parse config\n"
        "github.com/moby/buildkit/cmd/buildkitd/config.Load\n"
        "\tgithub.com/moby/buildkit@v0.34.2/cmd/buildkitd/config/load.go:15\n"
        "main.main\n\tgithub.com/moby/buildkit@v0.34.2/cmd/buildkitd/main.go:495\n"
        "[rootlesskit:child ] error: command [buildkitd --config /etc/passwd] exited: "
        "exit status 1\n[rootlesskit:parent] error: child exited: exit status 1\n",
        "toml: expected '=' after key",
    ),
    ("a daemon that started well", STARTED, ""),
    (
        "SIGKILL",
        f"{STARTED}[rootlesskit:child ] error: command [buildkitd --addr unix:///run/x] exited: "
        "signal: killed\n[rootlesskit:parent] error: child exited: exit status 255\n",
        "",
    ),
    ("a program that is not rootlesskit", "sh: nothing to do\n", "sh: nothing to do"),
]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [case[1:] for case in COMPLAINTS],
    ids=[case[0] for case in COMPLAINTS],
)
def test_the_line_that_tells_why_is_found(said: str, complaint: str) -> None:
    assert LastWords(said, 1).complaint == complaint
