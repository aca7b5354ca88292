from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from imagebuild.contract import order, picture
from imagebuild.contract.picture import State
from imagebuild.worker.solve import trace
from imagebuild.worker.solve.stages import Stages

Recorded = Callable[[str], Iterator[trace.Event]]
AMD_ARM = ("linux/amd64", "linux/arm64")
Row = tuple[str, str, int, int, int]


def known(**counted: int) -> tuple[order.Stage, ...]:
    return tuple(
        order.Stage(name, tuple(order.Instruction(n, "p", counted=True) for n in range(count)))
        for name, count in counted.items()
    )


def tracking(stages: tuple[order.Stage, ...] = ()) -> Stages:
    """Of stages that are known; no target needs the one called unused."""
    tracker = Stages()
    tracker.know(stages, skipped={"unused"})
    return tracker


def feed(stages: Stages, events: Iterator[trace.Event]) -> Stages:
    for event in events:
        if isinstance(event, trace.Vertex):
            stages.take(event)
    return stages


def rows(stages: Sequence[picture.Stage]) -> list[Row]:
    return [(s.name, s.state.value, s.done, s.steps, s.cached) for s in stages]


# name of the trace, stages that the order knows, solved?, what the picture shows at the end
ENDS: list[tuple[str, tuple[order.Stage, ...], bool, list[Row]]] = [
    (
        "cold",
        known(builder=4, final=2),
        True,
        [("builder", "Succeeded", 4, 4, 0), ("final", "Succeeded", 2, 2, 0)],
    ),
    (
        "cached",
        known(builder=4, final=2, unused=7),
        True,
        [
            ("builder", "Cached", 4, 4, 4),
            ("final", "Cached", 2, 2, 2),
            ("unused", "Skipped", 0, 7, 0),
        ],
    ),
    (
        "failed-run",
        known(builder=4, final=2),
        False,
        [("builder", "Failed", 3, 4, 2), ("final", "Canceled", 1, 2, 0)],
    ),
    (
        "failed-beside-another",
        known(slow=2, bad=2, end=4, unused=1),
        False,
        [
            ("slow", "Canceled", 1, 2, 1),
            ("bad", "Failed", 1, 2, 1),
            ("end", "Canceled", 1, 4, 1),
            ("unused", "Skipped", 0, 1, 0),
        ],
    ),
    (
        "link",
        known(a=3, b=4, c=0),
        True,
        [
            ("a", "Succeeded", 3, 3, 1),
            ("b", "Succeeded", 4, 4, 1),
            ("c", "Succeeded", 0, 0, 0),
        ],
    ),
    ("link-cached", (), True, [("b", "Cached", 4, 4, 4), ("a", "Cached", 3, 3, 3)]),
    ("one-stage", (), True, [("stage-0", "Succeeded", 3, 3, 1)]),
    ("one-stage", known(app=3), True, [("app", "Succeeded", 3, 3, 1)]),
    ("onbuild", (), True, [("b", "Succeeded", 1, 1, 0), ("a", "Succeeded", 4, 4, 0)]),
    ("source-absent", (), False, [("stage-1", "Canceled", 1, 2, 1), ("a", "Failed", 1, 2, 1)]),
    (
        "base-absent",
        known(a=2, b=1),
        False,
        [("a", "Canceled", 0, 2, 0), ("b", "Canceled", 0, 1, 0)],
    ),
    ("parse-error", (), False, []),
    ("terminated", (), False, [("b", "Canceled", 1, 2, 1), ("a", "Canceled", 1, 2, 1)]),
    ("daemon-killed", (), False, [("b", "Canceled", 1, 2, 1), ("a", "Canceled", 1, 2, 1)]),
]


@pytest.mark.parametrize(
    ("name", "stages", "solved", "shown"), ENDS, ids=[f"{e[0]}-{len(e[1])}" for e in ENDS]
)
def test_the_end_of_a_recorded_build(
    *,
    recorded: Recorded,
    name: str,
    stages: tuple[order.Stage, ...],
    solved: bool,
    shown: list[Row],
) -> None:
    tracker = feed(tracking(stages), recorded(name))
    if solved:
        tracker.end_solve(0)
    tracker.end(targets=1)
    assert rows(tracker.pictures()) == shown


def test_known_stages_are_pending_before_anything_is_heard() -> None:
    assert rows(Stages(known(a=2, b=0)).pictures()) == [
        ("a", "Pending", 0, 2, 0),
        ("b", "Pending", 0, 0, 0),
    ]


def test_a_stage_goes_through_pending_running_and_succeeded(recorded: Recorded) -> None:
    tracker = Stages(known(builder=4, final=2))
    seen: dict[str, list[State]] = {"builder": [], "final": []}
    for event in recorded("cold"):
        if isinstance(event, trace.Vertex):
            tracker.take(event)
        for stage in tracker.pictures():
            if seen[stage.name][-1:] != [stage.state]:
                seen[stage.name].append(stage.state)
    assert seen == {
        "builder": [State.PENDING, State.RUNNING, State.SUCCEEDED],
        "final": [State.PENDING, State.RUNNING, State.SUCCEEDED],
    }


@pytest.mark.parametrize("name", ["cold", "cached", "failed-run", "link", "onbuild", "platforms"])
def test_done_never_goes_back_and_a_final_state_stays(recorded: Recorded, name: str) -> None:
    tracker = Stages()
    done: dict[tuple[str, str], int] = {}
    final: dict[tuple[str, str], State] = {}
    for event in recorded(name):
        feed(tracker, iter([event]))
        for stage in tracker.pictures():
            key = (stage.name, stage.platform)
            assert stage.done >= done.get(key, 0)
            assert final.get(key, stage.state) is stage.state
            done[key] = stage.done
            if stage.state in picture.FINAL:
                final[key] = stage.state


def test_a_later_solve_does_not_make_a_built_stage_cached(recorded: Recorded) -> None:
    tracker = feed(tracking(known(base=2, test=1, app=2, unused=1)), recorded("targets-test"))
    tracker.end_solve(0)
    assert [s.state for s in tracker.pictures()][2:] == [State.PENDING, State.SKIPPED]
    feed(tracker, recorded("targets-app"))
    tracker.end_solve(1)
    tracker.end(targets=2)
    assert rows(tracker.pictures()) == [
        ("base", "Succeeded", 2, 2, 1),
        ("test", "Succeeded", 1, 1, 0),
        ("app", "Succeeded", 2, 2, 0),
        ("unused", "Skipped", 0, 1, 0),
    ]


def test_what_no_target_needs_is_skipped_from_the_start() -> None:
    assert rows(tracking(known(a=2, unused=3)).pictures()) == [
        ("a", "Pending", 0, 2, 0),
        ("unused", "Skipped", 0, 3, 0),
    ]


def test_what_only_a_target_never_reached_needs_is_canceled_not_skipped(recorded: Recorded) -> None:
    tracker = feed(tracking(known(builder=4, final=2, other=3)), recorded("failed-run"))
    tracker.end(targets=2)
    assert rows(tracker.pictures())[2] == ("other", "Canceled", 0, 3, 0)


def test_a_stage_whose_only_step_bears_the_name_of_another_succeeds_with_the_build() -> None:
    tracker = tracking(known(a=1, b=2))
    feed(tracker, iter([vertex("[b 1/2] FROM x", 1, 2), vertex("[b 2/2] COPY --from=a", 3, 4)]))
    tracker.end_solve(0)
    tracker.end(targets=1)
    assert rows(tracker.pictures())[0] == ("a", "Succeeded", 1, 1, 0)


def test_a_context_as_base_is_a_step_that_buildkit_never_announces() -> None:
    tracker = Stages()
    tracker.know(known(a=3), on_contexts={"a"})
    tracker.take(vertex("[a 1/3] RUN x", 1, 2))
    assert rows(tracker.pictures()) == [("a", "Running", 2, 3, 0)]
    tracker.take(vertex("[a 2/3] RUN y", 2, 3))
    assert rows(tracker.pictures()) == [("a", "Succeeded", 3, 3, 0)]


def test_a_stage_that_failed_before_it_was_announced_is_named_by_whoever_knows(
    recorded: Recorded,
) -> None:
    tracker = feed(Stages(known(a=2, b=1)), recorded("base-absent"))
    tracker.end(targets=1, failed_stage="a")
    assert [s.state for s in tracker.pictures()] == [State.FAILED, State.CANCELED]


def test_each_platform_of_a_stage_is_shown(recorded: Recorded) -> None:
    tracker = feed(Stages(known(build=2, out=1), platforms=AMD_ARM), recorded("platforms"))
    tracker.end_solve(0)
    assert [(s.name, s.platform, s.state.value) for s in tracker.pictures()] == [
        ("build", "linux/amd64", "Succeeded"),
        ("build", "linux/arm64", "Succeeded"),
        ("out", "linux/amd64", "Succeeded"),
        ("out", "linux/arm64", "Succeeded"),
    ]


def test_what_all_platforms_share_is_shown_with_each_of_them(recorded: Recorded) -> None:
    tracker = Stages(known(build=3, out=3), platforms=("linux/arm64", "linux/riscv64"))
    shown: list[tuple[State, int]] = []
    for event in recorded("shared"):
        feed(tracker, iter([event]))
        build = [
            s for s in tracker.pictures() if (s.name, s.platform) == ("build", "linux/riscv64")
        ]
        shown += [(s.state, s.done) for s in build if (s.state, s.done) not in shown]
    assert shown == [
        (State.PENDING, 0),
        (State.RUNNING, 0),
        (State.RUNNING, 1),
        (State.RUNNING, 2),
        (State.SUCCEEDED, 3),
    ]
    tracker.end_solve(0)
    assert [(s.name, s.platform, s.state.value, s.done) for s in tracker.pictures()] == [
        ("build", "linux/arm64", "Succeeded", 3),
        ("build", "linux/riscv64", "Succeeded", 3),
        ("out", "linux/arm64", "Succeeded", 3),
        ("out", "linux/riscv64", "Succeeded", 3),
    ]


def test_a_step_that_all_platforms_share_fails_under_its_own_platform() -> None:
    tracker = Stages(known(a=3), platforms=AMD_ARM)
    feed(
        tracker,
        iter(
            [
                vertex("[linux/amd64->arm64 a 3/3] RUN y"),
                vertex("[linux/amd64 a 1/3] FROM x", 1, 2),
                replace(vertex("[linux/amd64 a 2/3] RUN x", 2, 3), error="exit code: 1"),
            ]
        ),
    )
    tracker.end(targets=1, failed_stage="a")
    assert [(s.platform, s.state.value) for s in tracker.pictures()] == [
        ("linux/amd64", "Failed"),
        ("linux/arm64", "Canceled"),
    ]


def test_a_run_on_nothing_known_is_shown_on_each_platform() -> None:
    tracker = Stages(known(a=1), platforms=AMD_ARM)
    tracker.take(replace(vertex("[a 1/1] RUN x"), inputs=("context",)))
    tracker.take(replace(vertex("[a 1/1] RUN x", 1), inputs=("context",)))
    assert [(s.platform, s.state) for s in tracker.pictures()] == [
        ("linux/amd64", State.RUNNING),
        ("linux/arm64", State.RUNNING),
    ]


def on_platforms(stages: Stages) -> list[tuple[str, str, str, int]]:
    return [(s.name, s.platform, s.state.value, s.done) for s in stages.pictures()]


def test_a_stage_that_is_alike_on_all_platforms_is_shown_on_each_at_any_time() -> None:
    tracker = Stages(known(a=1, b=1), platforms=("linux/amd64", "linux/arm64/v8"))
    shown = [on_platforms(tracker)]
    for event in (
        vertex("[linux/arm64 b 1/1] COPY --from=a / /"),
        vertex("[linux/arm64 a 1/1] COPY x /", 1),
        vertex("[linux/arm64 a 1/1] COPY x /", 1, 2),
    ):
        tracker.take(event)
        shown.append(on_platforms(tracker))
    states = [("Pending", 0), ("Pending", 0), ("Running", 0), ("Succeeded", 1)]
    assert shown == [
        [
            ("a", "linux/amd64", *state),
            ("a", "linux/arm64", *state),
            ("b", "linux/amd64", "Pending", 0),
            ("b", "linux/arm64", "Pending", 0),
        ]
        for state in states
    ]


def test_a_stage_that_runs_once_for_all_platforms_is_one_row() -> None:
    tracker = Stages(platforms=AMD_ARM)
    tracker.know(known(build=1, out=1), pinned={"build": "linux/amd64"})
    announced = on_platforms(tracker)
    tracker.take(vertex("[linux/amd64 build 1/1] FROM x", 1))
    assert [row[:2] for row in announced] == [
        ("build", "linux/amd64"),
        ("out", "linux/amd64"),
        ("out", "linux/arm64"),
    ]
    assert on_platforms(tracker)[0] == ("build", "linux/amd64", "Running", 0)


def test_what_is_skipped_is_one_row_whatever_the_platforms() -> None:
    tracker = Stages(platforms=AMD_ARM)
    tracker.know(known(unused=1), skipped={"unused"})
    assert on_platforms(tracker) == [("unused", "", "Skipped", 0)]


def test_a_failure_that_no_vertex_told_is_on_the_platform_that_is_known() -> None:
    tracker = Stages(known(a=1), platforms=AMD_ARM)
    tracker.end(targets=1, failed_stage="a", on="linux/arm64")
    assert [row[1:3] for row in on_platforms(tracker)] == [
        ("linux/amd64", "Canceled"),
        ("linux/arm64", "Failed"),
    ]


def test_a_step_that_bears_the_name_of_another_stage_counts_for_each() -> None:
    tracker = Stages(known(a=2, b=2, c=2))
    for name in "abc":
        tracker.take(replace(vertex(f"[{name} 2/2] RUN {name}"), inputs=("[b 1/2] FROM x",)))
    tracker.take(vertex("[b 1/2] FROM x", 1, 2))
    tracker.take(replace(vertex("[a 2/2] RUN a", 2), inputs=("[b 1/2] FROM x",)))
    assert rows(tracker.pictures()) == [(name, "Running", 1, 2, 0) for name in "abc"]


def test_a_link_stands_on_the_step_before_and_not_on_what_it_copies() -> None:
    tracker = Stages(known(a=1, b=2))
    copied, base = "[a 1/1] COPY x /", "[other 1/9] FROM x"
    tracker.take(replace(vertex("[b 2/2] LINK COPY --link --from=a / /"), inputs=(base, "copy")))
    tracker.take(replace(vertex("[b 2/2] COPY --link --from=a / /"), inputs=(copied,)))
    tracker.take(vertex(copied, 1, 2))
    assert rows(tracker.pictures())[1] == ("b", "Pending", 0, 2, 0)
    tracker.take(vertex(base, 2, 3))
    assert rows(tracker.pictures())[1] == ("b", "Running", 1, 2, 0)


def test_stages_stand_in_the_dockerfiles_order(recorded: Recorded) -> None:
    tracker = feed(tracking(known(a=3, b=4, unused=1)), recorded("link"))
    assert [stage.name for stage in tracker.pictures()] == ["a", "b", "unused"]


def vertex(name: str, started: int | None = None, completed: int | None = None) -> trace.Vertex:
    return trace.Vertex(name, name, started=started, completed=completed)


def test_duration_is_the_union_of_the_times_in_which_a_step_ran() -> None:
    tracker = Stages()
    for name, started, completed in [
        ("[a 1/3] FROM x", 1_000_000, 2_000_000),
        ("[a 2/3] RUN y", 1_500_000, 3_000_000),
        ("[a 3/3] RUN z", 5_000_000, 5_500_000),
    ]:
        tracker.take(vertex(name, started, completed))
    (stage,) = tracker.pictures()
    assert (stage.started, stage.duration) == (1000, 2500)
    assert tracker.solving == 4500


def test_a_stage_of_nothing_but_from_is_done_with_the_solve_only() -> None:
    tracker = tracking(known(a=1, b=1))
    base = vertex("[a 1/1] FROM x", 1, 2)
    tracker.take(vertex("[b 1/1] COPY --from=a / /"))
    tracker.take(base)
    assert rows(tracker.pictures()) == [("a", "Running", 1, 1, 0), ("b", "Pending", 0, 1, 0)]
    tracker.take(replace(base, started=3, completed=None))
    tracker.end_solve(0)
    assert rows(tracker.pictures())[0] == ("a", "Succeeded", 1, 1, 0)


def test_a_stage_of_from_alone_that_was_done_when_another_failed_succeeded() -> None:
    tracker = tracking(known(base=1, slow=1, a=2))
    tracker.take(vertex("[base 1/1] FROM x", 1, 2))
    tracker.take(vertex("[slow 1/1] FROM y", 1))
    tracker.take(replace(vertex("[a 2/2] RUN x", 3, 4), error="exit code: 1"))
    tracker.end(targets=1, failed_stage="a")
    assert [(s.name, s.state.value, s.done) for s in tracker.pictures()][:2] == [
        ("base", "Succeeded", 1),
        ("slow", "Canceled", 0),
    ]


def test_stages_of_one_name_are_told_apart_by_their_steps() -> None:
    tracker = Stages((*known(a=3), *known(b=1), *known(a=2)))
    for name in ("[a 1/3] FROM x", "[a 2/3] RUN y", "[a 3/3] RUN z", "[a 1/2] FROM x"):
        tracker.take(vertex(name, 1, 2))
    tracker.take(replace(vertex("[a 2/2] RUN x", 3, 4), error="exit code: 1"))
    tracker.end(targets=1, failed_stage="a")
    assert rows(tracker.pictures()) == [
        ("a", "Succeeded", 3, 3, 0),
        ("b", "Canceled", 0, 1, 0),
        ("a", "Failed", 1, 2, 0),
    ]


def test_stages_of_one_name_and_as_many_steps_are_done_when_both_are() -> None:
    tracker = Stages((*known(a=2), *known(a=2)))
    for name in ("[a 1/2] FROM x", "[a 2/2] RUN y", "[a 2/2] RUN z"):
        tracker.take(vertex(name))
    tracker.take(vertex("[a 1/2] FROM x", 1, 2))
    tracker.take(vertex("[a 2/2] RUN y", 2, 3))
    assert rows(tracker.pictures()) == [("a", "Running", 1, 2, 0)]
    tracker.take(vertex("[a 2/2] RUN z", 2, 4))
    assert rows(tracker.pictures()) == [("a", "Succeeded", 2, 2, 0)]
