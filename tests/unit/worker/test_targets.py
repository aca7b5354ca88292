from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Target
from imagebuild.worker import dockerfile
from imagebuild.worker.failure import FailedError
from imagebuild.worker.solve import targets

IMAGES = ("r.example/a:1",)
TEXT = "FROM golang:1 AS Builder\nFROM a:1\nFROM b:1 AS final\n"
ALL = "the Dockerfile has builder, final"


def said(text: str, *wanted: Target) -> tuple[str, str]:
    """The spec path and the words of what is refused, empty where nothing is."""
    try:
        targets.check(replace(ORDER, targets=wanted), dockerfile.read(text))
    except FailedError as error:
        words = error.failure.error
        return error.failure.path or "", words.partition(" could not be found: ")[2]
    return "", ""


@pytest.mark.parametrize(
    "wanted",
    [
        (Target(),),
        (Target("Builder", IMAGES), Target("FINAL", IMAGES)),
        (Target(), Target("final")),
    ],
)
def test_stages_that_are_there_pass_whatever_their_case(wanted: tuple[Target, ...]) -> None:
    assert said(TEXT, *wanted) == ("", "")


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ((Target("x", IMAGES), Target("final")), "spec.publish[0].stage"),
        ((Target("final", IMAGES), Target("x", IMAGES)), "spec.publish[1].stage"),
        ((Target("final", archive="/a"), Target("final"), Target("x")), "spec.gates[1]"),
        ((Target(), Target("x")), "spec.gates[0]"),
    ],
)
def test_a_stage_that_is_not_there_is_named_by_its_field(
    wanted: tuple[Target, ...], path: str
) -> None:
    assert said(TEXT, *wanted) == (path, ALL)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        (TEXT, "fianl", ALL),
        (TEXT, "stage-1", "the stage at line 2 is unnamed: say FROM a:1 AS NAME there"),
        ("FROM a:1\nFROM b:1\n", "x", "no stage of the Dockerfile has a name: say FROM … AS NAME"),
    ],
)
def test_a_stage_that_is_not_there_comes_with_advice(text: str, name: str, words: str) -> None:
    assert said(text, Target(name, IMAGES))[1] == words


@pytest.mark.parametrize(
    "wanted", [(Target("Fianl"),), (Target("final", IMAGES), Target("fnal"))], ids=["any", "gate"]
)
def test_a_stage_that_is_not_there_comes_with_the_one_that_looks_like_it(
    wanted: tuple[Target, ...],
) -> None:
    with pytest.raises(FailedError) as raised:
        targets.check(replace(ORDER, targets=wanted), dockerfile.read(TEXT))
    assert raised.value.failure.hint == "did you mean final?"


def test_many_stages_are_not_all_named() -> None:
    text = "".join(f"FROM a:1 AS s{index}\n" for index in range(30))
    assert said(text, Target("other", IMAGES))[1].endswith("s18, s19 and 10 more")


def test_of_a_dockerfile_that_cannot_be_read_nothing_is_said() -> None:
    assert said("", Target("x", IMAGES)) == ("", "")
