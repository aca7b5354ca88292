"""What is asked of the daemon beside the solves, and what becomes of the build meanwhile."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Dockerfile, Target
from imagebuild.contract.report import Image
from imagebuild.worker import inquiries
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.inquiries import Inquiries
from imagebuild.worker.limits import Limits, StoppedError
from imagebuild.worker.solve import buildctl, trace
from imagebuild.worker.workspace import Workspace

TRACES = Path(__file__).parent / "traces"
TWO = "FROM golang:1.19 AS builder\nRUN x\nFROM alpine:3.18 AS final\nRUN x\n"
DIGEST = "sha256:" + "1" * 64
GOLANG = "sha256:bda504b6026a88cfb42e346d97b50a7617cbc6a63f79706181176d5d036d5291"
MANIFESTS = {
    DIGEST: (1098960, 5244739, 740979, 31467054),
    GOLANG: (207533352, 156),
    "sha256:2888e30ec9a44f2cc03262913638e4549e3f370d95e8172c59373eff631cf586": (1098960,),
}
BUILDER, FINAL = 713_461_760, 39_985_152

Recorded = Callable[[str], Iterator[trace.Event]]


@dataclass
class Daemon:
    """Answers as one did after the recorded build ``pulled``; ``fails`` what it is not to."""

    snapshotter: str = "overlayfs"
    asked: list[str] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)
    patience: threading.Event = field(default_factory=threading.Event)
    waits: str = ""

    def ask(self, *words: str, workspace: Workspace, limits: Limits) -> str:
        del workspace
        word = words[0] if words[0] != "debug" else words[1]
        self.asked.append(word)
        if word == self.waits:
            self.patience.wait(30)
            limits.check()
        if word in self.fails:
            raise self.fails[word]
        if word == "workers":
            text = (TRACES / "native.workers.json").read_text()
            return text.replace('"native"', f'"{self.snapshotter}"')
        if word == "du":
            return (TRACES / "pulled.kept.json").read_text()
        return json.dumps({"layers": [{"size": size} for size in MANIFESTS[words[-1]]]})


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    playing = Daemon()
    monkeypatch.setattr(buildctl, "ask", playing.ask)
    yield playing
    playing.patience.set()


@pytest.fixture
def drawing(recorded: Recorded) -> Drawing:
    """Of the recorded build: solved and published, if nobody asks the daemon."""
    file = Dockerfile(text=TWO)
    drawn = Drawing(replace(ORDER, dockerfile=file, targets=(Target("final", ("r.example/a:1",)),)))
    drawn.read(TWO)
    for event in recorded("pulled"):
        drawn.take(event, target=0)
    drawn.end_solve(0)
    return drawn


@pytest.fixture
def asking(drawing: Drawing, space: Workspace, within: Limits) -> Inquiries:
    return Inquiries(drawing, workspace=space, limits=within)


def sizes(drawing: Drawing) -> dict[str, int]:
    return {stage.name: stage.unpacked for stage in drawing.picture().stages if stage.unpacked}


def test_the_picture_says_how_layers_are_kept_and_what_is_built_for(
    daemon: Daemon, drawing: Drawing, asking: Inquiries
) -> None:
    del daemon
    asking.begin()
    asking.end(succeeded=False)
    picture = drawing.picture()
    assert (picture.snapshotter, picture.platforms) == ("overlayfs", ("linux/amd64",))
    assert [warning.rule for warning in picture.warnings] == ["RootUser"]


def test_layers_that_are_copied_are_a_warning_that_fails_no_build(
    daemon: Daemon, drawing: Drawing, asking: Inquiries
) -> None:
    daemon.snapshotter = "native"
    found = len(drawing.warned)
    asking.begin()
    asking.end(succeeded=True)
    rules = [warning.rule for warning in drawing.picture().warnings]
    assert rules == ["NativeSnapshotter", "RootUser"]
    assert len(drawing.warned) == found


def test_stages_are_weighed_with_what_was_published(
    daemon: Daemon, drawing: Drawing, asking: Inquiries
) -> None:
    asking.begin()
    asking.look()
    assert asking.published(0, DIGEST) == Image(0, DIGEST, size=38551732, layers=4)
    asking.end(succeeded=True)
    assert sizes(drawing) == {"builder": BUILDER, "final": FINAL}
    assert sorted(daemon.asked) == ["du", "get", "get", "get", "workers"]


def test_a_build_that_failed_is_not_weighed(
    daemon: Daemon, drawing: Drawing, asking: Inquiries
) -> None:
    asking.begin()
    asking.end(succeeded=False)
    assert (sizes(drawing), daemon.asked) == ({}, ["workers"])


def test_before_there_is_a_daemon_nothing_is_asked(
    daemon: Daemon, drawing: Drawing, asking: Inquiries
) -> None:
    asking.end(succeeded=False)
    assert (daemon.asked, drawing.picture().snapshotter) == ([], "")


@pytest.mark.parametrize("word", ["workers", "du", "get"])
@pytest.mark.parametrize("error", [ValueError("x"), StoppedError(), OSError("x")])
def test_a_question_without_an_answer_leaves_only_its_place_empty(
    daemon: Daemon, drawing: Drawing, asking: Inquiries, word: str, error: Exception
) -> None:
    daemon.fails = {word: error}
    asking.begin()
    image = asking.published(0, DIGEST)
    asking.end(succeeded=True)
    assert sizes(drawing) == {}
    assert (image.size > 0) == (word != "get")
    assert drawing.picture().snapshotter == ("" if word == "workers" else "overlayfs")


@pytest.mark.parametrize("word", ["workers", "du", "get"])
def test_no_question_holds_a_build_up(
    daemon: Daemon,
    drawing: Drawing,
    asking: Inquiries,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
) -> None:
    monkeypatch.setattr(inquiries, "_SIZES_SECONDS", 0.2)
    monkeypatch.setattr(inquiries, "_BACKEND_SECONDS", 0.2)
    daemon.waits = word
    asking.begin()
    began = time.monotonic()
    asking.look()
    asking.end(succeeded=True)
    assert time.monotonic() - began < 5
    assert sizes(drawing) == {}
