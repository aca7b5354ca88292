import sys
import threading
import time
from pathlib import Path

import pytest

from imagebuild.worker import child
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError


def run(code: str, *, limits: Limits, fifo: Path | None = None) -> tuple[int, list[str], list[str]]:
    output: list[str] = []
    traced: list[str] = []
    exit_code = child.run(
        [sys.executable, "-c", code, str(fifo)],
        environment={},
        limits=limits,
        listener=child.Listener(output=output.append, fifo_path=fifo, fifo=traced.append),
    )
    return exit_code, output, traced


def test_every_line_is_heard_the_unfinished_one_too(within: Limits) -> None:
    code = "import sys; sys.stdout.write('a\\n\\nb'); sys.stdout.flush(); sys.stderr.write('\\nc')"
    assert run(code, limits=within) == (0, ["a", "", "b", "c"], [])


def test_the_exit_code_is_the_childs(within: Limits) -> None:
    assert run("import sys; sys.exit(3)", limits=within)[0] == 3


def test_what_is_kept_is_kept_as_it_is_and_the_rest_heard(within: Limits, tmp_path: Path) -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\n\\n'); sys.stderr.write('told')"
    output: list[str] = []
    child.run(
        [sys.executable, "-c", code],
        environment={},
        limits=within,
        listener=child.Listener(output=output.append, kept=tmp_path / "kept"),
    )
    assert (tmp_path / "kept").read_bytes() == b"\xff\n\n"
    assert output == ["told"]


def test_a_fifo_is_heard_beside_the_output(within: Limits, tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'a').write('x\\n' * 100000); print('end')"
    exit_code, output, traced = run(code, limits=within, fifo=tmp_path / "fifo")
    assert (exit_code, output, len(traced)) == (0, ["end"], 100000)


def test_a_fifo_that_nobody_opens_does_not_hold_the_end_up(within: Limits, tmp_path: Path) -> None:
    assert run("", limits=within, fifo=tmp_path / "fifo") == (0, [], [])


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("heard"), sys.exit(0)))
print("ready", flush=True)
time.sleep(60)
"""


def test_over_time_the_child_is_told_to_end_and_heard_out() -> None:
    output: list[str] = []
    with pytest.raises(TimedOutError):
        child.run(
            [sys.executable, "-c", STUBBORN],
            environment={},
            limits=Limits(time.monotonic() + 1.5, threading.Event()),
            listener=child.Listener(output=output.append),
        )
    assert output == ["ready", "heard"]


def test_a_deaf_child_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_GRACE_SECONDS", 0.2)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); "
    stop = threading.Event()
    began = time.monotonic()
    with pytest.raises(StoppedError):
        child.run(
            [sys.executable, "-c", code + "time.sleep(60)"],
            environment={},
            limits=Limits(time.monotonic() + 30, stop),
            listener=child.Listener(output=lambda _line: stop.set()),
        )
    assert time.monotonic() - began < 10


def test_nothing_starts_where_the_time_is_over_already(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(TimedOutError):
        run(f"open({str(mark)!r}, 'w')", limits=Limits(time.monotonic(), threading.Event()))
    assert not mark.exists()


def test_a_listener_that_breaks_ends_the_child(within: Limits) -> None:
    def break_down(_line: str) -> None:
        raise KeyError("bug")

    began = time.monotonic()
    with pytest.raises(KeyError):
        child.run(
            [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"],
            environment={},
            limits=within,
            listener=child.Listener(output=break_down),
        )
    assert time.monotonic() - began < 10
