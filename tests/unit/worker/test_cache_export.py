"""A cache that could not be kept, as BuildKit v0.34.2 tells it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Lint
from imagebuild.contract.picture import Picture, State
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.solve import trace

Recorded = Callable[[str], Iterator[trace.Event]]


def drawn(events: Iterator[trace.Event], *, lint: Lint = Lint.WARN, goes_on: bool) -> Drawing:
    drawing = Drawing(replace(ORDER, lint=lint))
    for event in events:
        drawing.take(event, target=0)
    if goes_on:
        drawing.end_solve(0)
    return drawing


def rules(picture: Picture) -> list[str]:
    return [warning.rule for warning in picture.warnings]


@pytest.mark.parametrize("lint", list(Lint))
def test_a_cache_that_was_not_kept_is_a_warning_whatever_lint_says(
    recorded: Recorded, lint: Lint
) -> None:
    drawing = drawn(recorded("cache-not-kept"), lint=lint, goes_on=True)
    (warning,) = drawing.picture().warnings
    assert warning.rule == "CacheExportFailed"
    assert "next build has to do without" in warning.message
    assert warning.message.endswith("dial tcp 127.0.0.1:1: connect: connection refused")
    assert not drawing.warned, "lint: Fail would fail the build for it"


def test_a_cache_that_failed_the_solve_is_no_warning(recorded: Recorded) -> None:
    assert rules(drawn(recorded("cache-refused"), goes_on=False).picture()) == []


@pytest.mark.parametrize("trace_name", ["remote-cached", "pulled"])
def test_a_solve_that_kept_its_cache_or_has_none_is_not_warned_of(
    recorded: Recorded, trace_name: str
) -> None:
    assert rules(drawn(recorded(trace_name), goes_on=True).picture()) == []


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("remote-cached", {"builder": State.CACHED, "final": State.CACHED}),
        ("remote-cached-partly", {"builder": State.CACHED, "final": State.SUCCEEDED}),
    ],
)
def test_a_stage_that_a_remote_cache_had_is_cached(
    recorded: Recorded, name: str, states: dict[str, State]
) -> None:
    stages = drawn(recorded(name), goes_on=True).picture().stages
    assert {stage.name: stage.state for stage in stages} == states
    assert [(s.done, s.cached == s.steps) for s in stages] == [
        (s.steps, s.state is State.CACHED) for s in stages
    ]
