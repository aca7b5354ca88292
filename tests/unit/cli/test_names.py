"""Stages are named as in the Dockerfile, and a name means the stage that BuildKit takes."""

import pytest
from tests.unit.cli.converted import notes, refused, spec


def stages(text, **wishes):
    return [(stage["name"], stage["from"]) for stage in spec(text, **wishes)["stages"]]


@pytest.mark.parametrize(
    ("own", "name"),
    [("build_", "build"), ("Build-", "build"), ("a._b", "a-b"), ("a" * 70, "a" * 57)],
)
def test_a_name_that_buildkit_refuses_is_mended_with_a_note(own, name):
    text = f"FROM a:1 AS {own}\nFROM {own.lower()}\nCOPY --from={own} /a /b\n"
    assert stages(text) == [(name, "a:1"), ("final", name)]
    assert spec(text)["stages"][1]["steps"][0]["from"] == name
    words = f"BuildKit takes no stage called {own.lower()}, so this one is named {name}"
    assert notes(text) == [(1, words)]


def test_a_mended_name_is_nobody_elses():
    assert stages("FROM a:1 AS b\nFROM a:1 AS b_\nFROM b_") == [
        ("b", "a:1"),
        ("b-image", "a:1"),
        ("final", "b-image"),
    ]


TWICE = """\
ARG X=b
FROM a:1 AS b
FROM b AS c
FROM $X AS B
FROM $X
COPY --from=b /a /a
COPY --from=0 /b /b
RUN --mount=from=b,target=/c c
"""


def test_from_means_the_nearest_of_two_stages_of_one_name_and_all_else_the_last():
    assert stages(TWICE) == [("b-0", "a:1"), ("c", "b-0"), ("b", "b-0"), ("final", "$X")]
    first, second, third = spec(TWICE)["stages"][3]["steps"]
    assert [first["from"], second["from"]] == ["b", "b-0"]
    assert third["mounts"][0]["bind"]["from"] == "b"
    assert notes(TWICE) == [(2, "a later stage is b too, so this one is named b-0")]


def test_what_a_stage_sets_goes_to_those_that_from_means():
    text = "FROM a:1 AS b\nENV A=1\nFROM b AS b\nEXPOSE $A\nENV A=2\nFROM b\nEXPOSE $A\n"
    assert [stage.get("expose") for stage in spec(text)["stages"]] == [None, [1], [2]]


def test_a_target_means_the_last_of_two_stages_of_one_name():
    text = "FROM a:1 AS b\nFROM a:2 AS b\nFROM b AS c\n"
    assert stages(text, target="b")[-1] == ("b", "a:2")


def test_a_stage_that_takes_from_a_later_one_of_its_name_is_refused_as_by_buildkit():
    text = "FROM a:1 AS b\nFROM a:1 AS c\nCOPY --from=b /a /a\nFROM a:2 AS b\n"
    ((line, words),) = refused(text)
    assert line == 3
    assert "stage c copies from b, which does not stand before it" in words


def test_a_mount_from_a_number_is_one_of_an_image_with_a_note():
    text = "FROM a:1 AS b\nFROM a:1\nRUN --mount=from=0,target=/x y"
    bind = spec(text)["stages"][1]["steps"][0]["mounts"][0]["bind"]
    assert bind["from"] == "0:latest"
    words = (
        "to BuildKit a mount from 0 is one of the image 0:latest: only COPY counts stages; to "
        "mount one, name it"
    )
    assert notes(text) == [(3, words)]
