"""The page of all fields has all of them, and its examples are YAML that means what it shows."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from imagebuild.api import crd

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "hack"))

import fields  # noqa: E402  it lies in hack/
import reference  # noqa: E402

PROPERTIES = crd.whole_object()["properties"]
PAGE = (ROOT / "docs/imagebuild.md").read_text()


def named_in(schema):
    for name, field in schema["properties"].items():
        yield name, field
        inner = field.get("items", field)
        if "properties" in inner:
            yield from named_in(inner)


FIELDS = [*named_in(PROPERTIES["spec"]), *named_in(PROPERTIES["status"])]


def test_the_page_is_that_of_the_models():
    assert reference.imagebuild() == PAGE, "to do: run hack/generate"


def test_every_field_is_there_with_its_meaning_and_its_example():
    for name, field in FIELDS:
        said = re.sub(r"\s+", " ", field["description"])
        assert f"**`{name}`** (" in PAGE
        assert f"): {said}" in PAGE
        for example in field.get("examples", ()):
            assert fields.example(name, example) in PAGE


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_an_example_is_yaml_for_what_the_models_say(name, field):
    for example in field.get("examples", ()):
        fenced = re.fullmatch(r"```yaml\n(.*)```", fields.example(name, example), re.DOTALL)
        assert yaml.safe_load(fenced[1]) == {name: example}


ONE = {"type": "object", "description": "One.", "properties": {"a": {"type": "string"}}}
ONE["properties"]["a"]["description"] = "Its a."


def test_an_object_that_was_there_before_is_pointed_to():
    first = {**ONE, "description": "The first."}
    both = {"properties": {"first": first, "second": {**ONE, "description": "The second."}}}
    blocks = [*fields.sections("spec", {"description": "All.", **both})]
    assert blocks.count("## spec.first") == 1
    assert "## spec.second" not in blocks
    assert blocks.count("Its fields: [spec.first](#specfirst).") == 2


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "maxLength": 9}, "string"),
        ({"type": "string", "format": "date-time"}, "time"),
        ({"type": "string", "enum": ["A", "B"]}, "one of A, B"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer, 1 to 9"),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "list of string, at most 3",
        ),
        (
            {"type": "object", "additionalProperties": {"x-kubernetes-int-or-string": True}},
            "map to integer or string",
        ),
    ],
)
def test_a_type_is_said_in_words(schema, said):
    assert fields.kind(schema) == said
