"""Pictures by a clock of the test's own: `flow` is what a worker draws, by seconds."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagebuild.contract import picture as contract
from imagebuild.contract.picture import Base, Phase, Picture, Stage, State
from imagebuild.contract.source import Source
from imagebuild.worker import pace

RUNNING = Picture(phase=Phase.BUILD, stages=(Stage("a", State.RUNNING, text="RUN make"),))
(A,) = RUNNING.stages
TICK = 0.1

DETAILS = {
    "steps": {"stages": (replace(A, steps=3),)},
    "done": {"stages": (replace(A, done=1),)},
    "cached": {"stages": (replace(A, cached=1),)},
    "text": {"stages": (replace(A, text="RUN make install"),)},
    "times": {"stages": (replace(A, started=1, duration=2),), "solving": 3},
    "size": {"stages": (replace(A, unpacked=4, targets=(0,)),)},
    "bytes": {"pulled": 5, "pushed": 6},
}
MATTERS = {
    "state": {"stages": (replace(A, state=State.FAILED),)},
    "stage": {"stages": (A, Stage("b"))},
    "platform": {"stages": (replace(A, platform="linux/arm64"),)},
    "phase": {"phase": Phase.PUBLISH},
    "source": {"sources": (Source("context", commit="c"),)},
    "warning": {"warnings": (contract.Warning("Rule", "words"),)},
    "unwarned": {"unwarned": 1},
    "snapshotter": {"snapshotter": "native"},
    "platforms": {"platforms": ("linux/amd64",)},
    "base": {"bases": (Base("golang:1.19", "sha256:d"),)},
}


def ticks(seconds: float) -> Iterator[float]:
    return (round(number * TICK, 3) for number in range(round(seconds / TICK)))


def shown(flow: Sequence[tuple[float, Picture]], *, seconds: float) -> list[tuple[float, Picture]]:
    """What goes out, and when, if the worker comes by ten times a second."""
    clock, out = pace.Pace(), []
    for now in ticks(seconds):
        if clock.may_look(now):
            drawn = [picture for at, picture in flow if at <= now][-1]
            if clock.wants(drawn, now):
                clock.went_out(drawn, now)
                out.append((now, drawn))
    return out


def with_details(count: int) -> Picture:
    return replace(RUNNING, pulled=count)


def moments(flow: Sequence[tuple[float, Picture]], *, seconds: float) -> list[float]:
    return [now for now, _ in shown(flow, seconds=seconds)]


@pytest.mark.parametrize("change", [*DETAILS.values(), *MATTERS.values()], ids=str)
def test_every_change_goes_out(change: dict[str, object]) -> None:
    changed = replace(RUNNING, **change)  # type: ignore[arg-type]
    out = shown([(0, RUNNING), (5, changed)], seconds=10)
    assert out == [(0, RUNNING), (5, changed)]


@pytest.mark.parametrize("change", MATTERS.values(), ids=MATTERS)
def test_what_matters_goes_out_after_any_number_of_details(change: dict[str, object]) -> None:
    clock, now = pace.Pace(), 0.0
    for number in range(100):
        now += 1e6
        if clock.wants(with_details(number), now):
            clock.went_out(with_details(number), now)
    assert not clock.wants(with_details(-1), now + 1e6)
    assert clock.wants(replace(with_details(-1), **change), now + 1)  # type: ignore[arg-type]


def test_details_go_out_ever_more_rarely() -> None:
    flow = [(second / 10, with_details(second)) for second in range(200)]
    assert moments(flow, seconds=20) == [0, 1, 2.3, 4, 6.2, 9.1, 12.9, 17.8]


def test_thirty_pictures_of_details_last_for_hours() -> None:
    clock, out = pace.Pace(), []
    for now in range(6 * 3600):
        if clock.may_look(now) and clock.wants(with_details(now), now):
            clock.went_out(with_details(now), now)
            out.append(now)
    first, *details = out
    assert (first, len(details)) == (0, pace.MOST_DETAILS)
    assert details[-1] > 2 * 3600


def test_what_matters_waits_for_a_second_after_the_last_picture() -> None:
    done = replace(RUNNING, stages=(replace(A, state=State.SUCCEEDED),))
    assert moments([(0, RUNNING), (0.3, done)], seconds=3) == [0, 1]
    assert moments([(0, RUNNING), (1.7, done)], seconds=3) == [0, 1.7]


def test_what_was_held_back_goes_out_with_what_matters() -> None:
    flow = [(0, with_details(0)), (1, with_details(1)), (1.5, with_details(2))]
    flow.append((2, replace(with_details(2), phase=Phase.PUBLISH)))
    *_, (now, last) = shown(flow, seconds=3)
    assert (now, last.pulled) == (2, 2)


def test_a_picture_that_could_not_be_shown_is_tried_again_after_a_second() -> None:
    clock = pace.Pace()
    assert clock.wants(RUNNING, 10)
    clock.failed(10)
    assert not clock.may_look(10.9)
    assert clock.may_look(11)
    assert clock.wants(RUNNING, 11)


def test_nothing_is_drawn_for_each_line_that_a_step_writes() -> None:
    clock = pace.Pace()
    looks = sum(clock.may_look(millisecond / 1000) for millisecond in range(1000))
    assert looks <= 13


PICTURES = st.builds(
    lambda state, done, text, phase, pulled: Picture(
        phase=phase, pulled=pulled, stages=(Stage("a", state, done=done, text=text),)
    ),
    state=st.sampled_from(State),
    done=st.integers(0, 3),
    text=st.sampled_from(["", "RUN a", "RUN b"]),
    phase=st.sampled_from(Phase),
    pulled=st.integers(0, 3),
)


def matters(picture: Picture) -> tuple[Phase, State]:
    (stage,) = picture.stages
    return picture.phase, stage.state


@given(st.lists(st.tuples(st.integers(1, 300), PICTURES), min_size=1, max_size=60))
def test_whatever_happens_the_pace_is_kept(steps: list[tuple[int, Picture]]) -> None:
    times = itertools.accumulate((ticks * TICK for ticks, _ in steps[:-1]), initial=0.0)
    flow = [(at, picture) for at, (_, picture) in zip(times, steps, strict=True)]
    end = flow[-1][0] + 2
    out = shown(flow, seconds=end)
    pauses = [later - now for (now, _), (later, _) in itertools.pairwise(out)]
    assert all(pause > 1 - TICK / 2 for pause in pauses), "two within a second"
    details = [matters(a) == matters(b) for (_, a), (_, b) in itertools.pairwise(out)]
    assert sum(details) <= pace.MOST_DETAILS
    assert all(before != after for (_, before), (_, after) in itertools.pairwise(out))
    for now in (moment for moment in ticks(end) if moment > 1 + TICK):
        newest = [picture for at, picture in flow if at <= now][-1]
        before = [picture for at, picture in flow if at <= now - 1 - TICK][-1:]
        since = [picture for at, picture in flow if now - 1 - TICK < at <= now]
        if all(matters(picture) == matters(newest) for picture in (*before, *since)):
            seen = [picture for at, picture in out if at <= now][-1]
            assert matters(seen) == matters(newest), f"not shown within a second at {now}"
