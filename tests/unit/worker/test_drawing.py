"""What a picture says of a build beyond the states of its stages."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Dockerfile, Target
from imagebuild.contract.picture import Picture, State
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.mask import mask
from imagebuild.worker.solve import trace

Recorded = Callable[[str], Iterator[trace.Event]]

TWO = "FROM golang:1.19 AS builder\nRUN make\nRUN make test\nFROM alpine:3.18 AS final\nRUN x\n"


def drawing(text: str = TWO) -> Drawing:
    file = Dockerfile(text=text)
    drawn = Drawing(replace(ORDER, dockerfile=file, stages=(), targets=(Target("final"),)))
    drawn.read(text)
    return drawn


def vertex(name: str, started: int | None = None, completed: int | None = None) -> trace.Vertex:
    return trace.Vertex(name, name, started=started, completed=completed)


def after(*events: trace.Event) -> Picture:
    drawn = drawing()
    for event in events:
        drawn.take(event, target=0)
    return drawn.picture()


def texts(picture: Picture) -> list[str]:
    return [stage.text for stage in picture.stages]


ANNOUNCED = vertex("[builder 3/3] RUN make test")
RUNNING = vertex("[builder 2/3] RUN make", 5)
LATER = vertex("[builder 3/3] RUN make test", 6)


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ((ANNOUNCED,), ""),
        ((RUNNING, ANNOUNCED), "RUN make"),
        ((RUNNING, LATER), "RUN make test"),
        ((LATER, RUNNING), "RUN make test"),
        ((RUNNING, LATER, vertex("[builder 3/3] RUN make test", 6, 7)), "RUN make"),
        ((vertex("[builder 2/3] RUN make", 5, 6), ANNOUNCED), ""),
        ((vertex("[builder 2/3] RUN make", 5, 6), RUNNING), "RUN make"),
    ],
    ids=["announced", "one", "two", "disordered", "newest-done", "between", "once-more"],
)
def test_a_stage_shows_the_step_that_started_last_and_still_runs(
    events: tuple[trace.Event, ...], text: str
) -> None:
    assert texts(after(*events)) == [text, ""]


def test_a_stage_that_does_not_run_shows_no_step(recorded: Recorded) -> None:
    drawn = drawing()
    for event in recorded("failed-run"):
        drawn.take(event, target=0)
    drawn.end("builder")
    assert {stage.state for stage in drawn.picture().stages} == {State.FAILED, State.CANCELED}
    assert texts(drawn.picture()) == ["", ""]


def test_each_running_step_of_a_recorded_build_is_shown_in_its_turn(recorded: Recorded) -> None:
    drawn, seen = drawing(), dict[str, list[str]]()
    for event in recorded("cold"):
        drawn.take(event, target=0)
        for stage in drawn.picture().stages:
            said = seen.setdefault(stage.name, [])
            said += [stage.text] if stage.text else []
    turns = {name: list(dict.fromkeys(said)) for name, said in seen.items()}
    assert turns == {
        "builder": [
            "FROM 127.0.0.1:5555/base:1",
            "WORKDIR /app",
            "COPY main.txt .",
            "RUN sleep 1; echo building; cp main.txt main",
        ],
        "final": [
            "FROM 127.0.0.1:5555/base:1",
            "COPY --from=builder /app/main /usr/local/bin/main",
        ],
    }, "the FROM that both share is one vertex, which counts for each"


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        ("RUN set -e\nmake", "RUN set -e"),
        ("RUN   make \t  test ", "RUN make test"),
        ("RUN " + "x" * 200, "RUN " + "x" * 96),
        ("RUN login hunter22", "RUN login ***"),
        ("RUN " + "x" * 90 + " hunter22", "RUN " + "x" * 90 + " ***"),
        ("RUN login 'two\nlines'", "RUN login '***'"),
        ("RUN a  b  c", "RUN ***"),
        ("FROM golang:1.19@sha256:" + "7e" * 32, "FROM golang:1.19"),
        ("RUN crane pull a@sha256:7e", "RUN crane pull a@sha256:7e"),
        ("RUN <<END (make...)", "RUN <<END (make...)"),
    ],
)
def test_a_text_is_one_short_line_and_never_a_part_of_a_secret(instruction: str, text: str) -> None:
    drawn = drawing()
    drawn.mask = mask(["hunter22", "two\nlines", "a  b  c"])
    drawn.take(vertex(f"[builder 2/3] {instruction}", 5), target=0)
    assert texts(drawn.picture()) == [text, ""]


def test_a_layer_counts_once_however_often_it_is_told_of(recorded: Recorded) -> None:
    drawn = drawing()
    reached = [0]
    for name in ("pulled", "pulled-again"):
        for event in recorded(name):
            drawn.take(event, target=0)
            pulled = drawn.picture().pulled
            reached += [pulled] if pulled != reached[-1] else []
    golang, alpine = 207_533_352 + 156, 1_098_960
    assert reached[-1] == golang + alpine
    assert reached == sorted(reached), "what was pulled never gets less"
    assert len(reached) > 3, "it grows while a layer comes"


def test_layers_count_that_a_step_of_a_cache_elsewhere_pulls(recorded: Recorded) -> None:
    drawn = drawing()
    for event in recorded("remote-cached-partly"):
        drawn.take(event, target=0)
    assert drawn.picture().pulled == 53_280_147 + 353 + 174


def test_a_credential_in_the_name_of_a_base_is_hidden() -> None:
    drawn = drawing("FROM registry.example.com/hunter22:1 AS final\n")
    drawn.mask = mask(["hunter22"])
    digest = "sha256:" + "7e" * 32
    drawn.take(vertex(f"[final 1/1] FROM registry.example.com/hunter22:1@{digest}"), target=0)
    assert [base.image for base in drawn.picture().bases] == ["registry.example.com/***:1"]


@pytest.mark.parametrize(
    "targets", [(Target("gone", ("r.example/a:1",)),), (Target("final"), Target("gone"))]
)
def test_where_a_target_is_not_there_nothing_counts_as_needed_by_none(
    targets: tuple[Target, ...],
) -> None:
    drawn = Drawing(replace(ORDER, stages=(), targets=targets))
    drawn.read(TWO)
    drawn.end(None)
    assert {stage.state for stage in drawn.picture().stages} == {State.CANCELED}


CROSSING = """
FROM --platform=$BUILDPLATFORM golang AS build
RUN make
FROM build AS tools
RUN make tools
FROM build AS app
ARG TARGETARCH
RUN make app
FROM --platform=$TARGETPLATFORM alpine AS target
COPY --from=app / /
COPY --from=tools / /
FROM target
"""


def test_each_stage_has_its_platforms_before_anything_is_heard() -> None:
    platforms = ("linux/riscv64", "linux/s390x")
    drawn = Drawing(replace(ORDER, stages=(), targets=(Target(),), platforms=platforms))
    own = drawn.read(CROSSING).stages[0].platform
    drawn.read(CROSSING)
    each = {name: list(platforms) for name in ("app", "target", "stage-4")}
    seen: dict[str, list[str]] = {}
    for stage in drawn.picture().stages:
        seen.setdefault(stage.name, []).append(stage.platform)
    assert seen == {"build": [own], "tools": [own], **each}


def test_of_a_step_nothing_is_shown_that_a_terminal_obeys() -> None:
    shown = after(vertex("[builder 2/3] RUN \x1b[31mmake\a", 5))
    assert texts(shown)[0] == "RUN make"
