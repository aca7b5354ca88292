"""What becomes of a Dockerfile, for the tests."""

import pytest

from imagebuild.cli import conversion
from imagebuild.cli.conversion.problems import CannotConvertError


def convert(text, **wishes):
    return conversion.convert(text, conversion.Wishes("x", **wishes))


def spec(text, **wishes):
    return convert(text, **wishes).object["spec"]


def stage(text):
    """The one stage of instructions in an image, but for its name and base."""
    (found,) = spec(f"FROM alpine:3.18\n{text}\n")["stages"]
    assert found.pop("name") == "final"
    assert found.pop("from") == "alpine:3.18"
    return found


def notes(text, **wishes):
    return [(note.line, note.text) for note in convert(text, **wishes).notes]


def refused(text, **wishes):
    with pytest.raises(CannotConvertError) as cannot:
        convert(text, **wishes)
    return [(remark.line, remark.text) for remark in cannot.value.remarks]
