from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Dockerfile, Instruction, Order, Stage
from imagebuild.contract.picture import Warning as Shown
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.lint import Found
from imagebuild.worker.solve import trace
from imagebuild.worker.solve.lines import Lines, Place
from imagebuild.worker.solve.warned import MOST, Warned

STAGES = (
    Stage("a", (Instruction(5, "spec.stages[0].from"), Instruction(6, "spec.stages[0].env[0]"))),
    Stage("b", (Instruction(9, "spec.stages[1].steps[0]", step=0, counted=True),)),
)
RENDERED = replace(ORDER, stages=STAGES)
OWN = replace(ORDER, dockerfile=Dockerfile(path="D"), dockerfile_path="spec.dockerfile.path")


@pytest.mark.parametrize(
    ("order", "line", "place"),
    [
        (RENDERED, 6, Place("spec.stages[0].env[0]", "a")),
        (RENDERED, 8, Place("spec.stages[0].env[0]", "a")),
        (RENDERED, 10, Place("spec.stages[1].steps[0]", "b", step=0)),
        (RENDERED, 2, Place("spec.args")),
        (OWN, 6, Place("spec.dockerfile.path", "a", line=6)),
        (OWN, 8, Place("spec.dockerfile.path", "a", line=8)),
        (OWN, 2, Place("spec.dockerfile.path", line=2)),
    ],
)
def test_the_place_of_a_line(order: Order, line: int, place: Place) -> None:
    assert Lines.of(order, STAGES).at_line(line) == place


def test_a_step_of_two_stages_with_one_name_is_placed_by_how_many_there_are() -> None:
    twice = tuple(
        Stage("a", tuple(Instruction(first + n, "p", counted=True) for n in range(number)))
        for first, number in ((1, 3), (7, 2))
    )
    lines = Lines.of(OWN, twice)
    placed = [lines.at_step(trace.Step(2, total, "RUN x", "a")).line for total in (3, 2, 9)]
    assert placed == [2, 8, None]


def test_our_advice_and_buildkits_stand_in_the_dockerfiles_order() -> None:
    warned = Warned()
    warned.take([Found("RootUser", "root", line=9, stage="b")], Lines.of(OWN, STAGES))
    warned.take(
        [trace.Warning("UndefinedVar", "$A", url="https://x", line=6), trace.Warning("X", "all")],
        Lines.of(OWN, STAGES),
    )
    path = "spec.dockerfile.path"
    assert warned.shown == (
        Shown("X", "all", path=path),
        Shown("UndefinedVar", "$A", path=path, line=6, stage="a", url="https://x"),
        Shown("RootUser", "root", path=path, line=9, stage="b"),
    )


def test_what_several_solves_say_is_shown_once() -> None:
    warned = Warned()
    for _ in range(3):
        warned.take([trace.Warning("UndefinedVar", "$A", line=6)], Lines.of(RENDERED))
    assert warned.shown == (Shown("UndefinedVar", "$A", path="spec.stages[0].env[0]", stage="a"),)


def test_many_and_long_warnings_are_bounded() -> None:
    warned = Warned()
    warned.take(
        [trace.Warning("R", f"{n} {'x' * 1000}", line=n) for n in range(1, MOST + 8)],
        Lines.of(OWN),
    )
    assert (len(warned.shown), warned.beyond) == (MOST, 7)
    assert {len(shown.message) for shown in warned.shown} == {300}


def test_the_failure_names_rule_place_and_message_of_the_first() -> None:
    warned = Warned()
    warned.take([trace.Warning("R", f"m{n}", line=6) for n in range(7)], Lines.of(OWN, STAGES))
    failure = warned.failure()
    assert failure.cause is Cause.LINT
    assert (failure.path, failure.line, failure.stage) == ("spec.dockerfile.path", 6, "a")
    assert failure.error.startswith("R: m0; spec.dockerfile.path line 6: R: m1; ")
    assert failure.error.endswith("; and 2 more")
    few = Warned()
    few.take([trace.Warning("R", "m", line=9)], Lines.of(RENDERED))
    told = few.failure()
    assert (told.path, told.line, told.stage) == ("spec.stages[1].steps[0]", None, "b")
    assert told.error == "R: m"


def test_a_failure_for_buildkits_checks_is_at_the_first_of_them() -> None:
    said = Failure(Cause.LINT, "lint violation found for rules: X", path="p", line=1, step=2)
    warned = Warned()
    assert warned.placed(said) == replace(said, line=None, step=None)
    warned.take([Found("RootUser", "root", line=5, stage="a")], Lines.of(OWN, STAGES))
    warned.take([trace.Warning("X", "x", url="https://x", line=9)], Lines.of(OWN, STAGES))
    path = "spec.dockerfile.path"
    assert warned.placed(said) == replace(said, path=path, line=9, stage="b", step=None)


def test_what_is_only_noted_is_shown_first_and_fails_nothing() -> None:
    warned = Warned()
    warned.note("NativeSnapshotter", "x" * 1000)
    warned.note("NativeSnapshotter", "x" * 1000)
    assert not warned
    warned.take([trace.Warning("R", "m", line=6)], Lines.of(OWN, STAGES))
    assert [shown.rule for shown in warned.shown] == ["NativeSnapshotter", "R"]
    assert len(warned.shown[0].message) == 300
    assert warned.failure().error == "R: m"


def test_what_is_noted_takes_its_place_among_those_that_are_shown() -> None:
    warned = Warned()
    warned.note("NativeSnapshotter", "m")
    warned.take([trace.Warning("R", f"{n}") for n in range(MOST)], Lines.of(OWN))
    assert (len(warned.shown), warned.beyond, len(warned)) == (MOST, 1, MOST)
