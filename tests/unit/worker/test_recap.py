from collections.abc import Callable
from pathlib import Path

import pytest

from imagebuild.worker.solve.recap import Recap

RECORDED = sorted(path.name for path in (Path(__file__).parent / "traces").glob("*.output.txt"))


def left(text: str) -> list[str]:
    recap = Recap()
    return [line for line in text.splitlines() if not recap.cut(line)]


@pytest.mark.parametrize("name", [name.removesuffix(".output.txt") for name in RECORDED])
def test_what_was_printed_in_whole_lines_is_left_as_it_is(
    name: str, output: Callable[[str], str]
) -> None:
    text = output(name)
    assert left(text) == text.splitlines()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("------\n > a:\n1.0 x\ny\n------\nz", ["------", " > a:", "1.0 x", "------", "z"]),
        ("------\n > a:\ny\n10.25 x\n------", ["------", " > a:", "10.25 x", "------"]),
        # Two that failed.
        (
            "------\n > a:\n------\n------\n > b:\ny\n------\nerror: z",
            ["------", " > a:", "------", "------", " > b:", "------", "error: z"],
        ),
        # What is no recap.
        ("#1 1.0 x\ny\n------\nz\n------\nz", ["#1 1.0 x", "y", "------", "z", "------", "z"]),
    ],
)
def test_pieces_of_lines_are_left_out_of_the_recap_alone(text: str, whole: list[str]) -> None:
    assert left(text) == whole
