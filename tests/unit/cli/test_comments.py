"""What stood above an instruction stands above what it became."""

import pytest
from tests.unit.cli.converted import convert, spec


def test_comments_stand_above_what_they_stood_above():
    text = (
        "# syntax=docker/dockerfile:1\n"
        "# The version\nARG A=1\n\n# lost\n\n"
        "# The stage,\n#  of two lines\nFROM a:1\n"
        "# packages\nRUN b\n"
        "# ports\nEXPOSE 1\n"
    )
    found = convert(text).comments
    assert found == {
        "spec.args[0]": ("The version",),
        "spec.stages[0]": ("The stage,", " of two lines"),
        "spec.stages[0].steps[0]": ("packages",),
        "spec.stages[0].expose": ("ports",),
    }


@pytest.mark.parametrize("text", ["COPY a b", "RUN --mount=target=. a", "ADD a b"])
def test_it_is_said_that_a_context_is_needed(text):
    found = convert(f"FROM a:1\n{text}")
    assert "context:" in found.comments["spec.stages"]


@pytest.mark.parametrize(
    "text", ["RUN a", "COPY --from=b:1 a b", "RUN --mount=from=b:1,target=/b c"]
)
def test_none_is_asked_for_where_none_is_needed(text):
    assert not convert(f"FROM a:1\n{text}").comments


def test_an_image_is_published_to():
    assert spec("FROM a:1", image="e.com/a:1")["publish"] == [{"images": ["e.com/a:1"]}]
