"""What the CRD must be whatever fields it has."""

import json
from typing import Literal

import pydantic
import pytest

from imagebuild.api import crd, schema, spec, status

VERSION = crd.crd()["spec"]["versions"][0]
OBJECT = VERSION["schema"]["openAPIV3Schema"]
SPEC, STATUS = OBJECT["properties"]["spec"], OBJECT["properties"]["status"]
# A client-side apply keeps a copy of the whole in an annotation, which may hold 256 KiB.
MAX_BYTES = 200 * 1024


def nodes(node, path):
    """Every schema below and including this one, with its path."""
    yield path, node
    for name, inner in node.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    if "items" in node:
        yield from nodes(node["items"], f"{path}[]")
    if "additionalProperties" in node:
        yield from nodes(node["additionalProperties"], f"{path}{{}}")


IN_SPEC = dict(nodes(SPEC, "spec"))
IN_STATUS = dict(nodes(STATUS, "status"))


def test_it_is_small_enough_for_a_client_side_apply():
    assert len(json.dumps(crd.crd())) < MAX_BYTES


def test_nothing_in_spec_has_a_default_and_status_says_that_nobody_looked():
    assert [path for path, node in IN_SPEC.items() if "default" in node] == []
    found = {path: node["default"] for path, node in IN_STATUS.items() if "default" in node}
    assert found == {"status": {"observedGeneration": -1}}


@pytest.mark.parametrize(
    ("kind", "bound"), [("string", "maxLength"), ("array", "maxItems"), ("integer", "maximum")]
)
def test_everything_in_spec_is_bounded(kind, bound):
    bounds = {bound, "enum"}
    found = [p for p, n in IN_SPEC.items() if n.get("type") == kind and not bounds & set(n)]
    assert found == []


def test_maps_in_spec_are_bounded():
    maps = [node for node in IN_SPEC.values() if "additionalProperties" in node]
    assert all("maxProperties" in node for node in maps)


def test_it_has_no_examples_which_are_for_the_documentation():
    whole = dict(nodes(crd.whole_object()["properties"]["spec"], "spec"))
    assert "examples" in whole["spec.stages[].from"]
    assert [path for path, node in {**IN_SPEC, **IN_STATUS}.items() if "examples" in node] == []


def test_nothing_in_status_is_bounded_or_refused():
    refusing = {"maxLength", "maxItems", "enum", "pattern", "x-kubernetes-validations"}
    assert [path for path, node in IN_STATUS.items() if refusing & set(node)] == []


def test_every_field_says_what_it_means():
    named = {**IN_SPEC, **IN_STATUS}
    silent = [
        p for p, n in named.items() if not p.endswith(("]", "}")) and not n.get("description")
    ]
    assert silent == []


def test_lists_say_how_they_are_merged():
    kinds = {
        path: node["x-kubernetes-list-type"]
        for path, node in {**IN_SPEC, **IN_STATUS}.items()
        if node.get("type") == "array"
    }
    by_name = {path for path, kind in kinds.items() if kind == "map"}
    assert by_name == {
        "spec.args",
        "spec.caCertificates",
        "spec.contexts",
        "spec.registrySecrets",
        "spec.secrets",
        "spec.ssh",
        "status.conditions",
    }
    assert {kinds["spec.stages"], kinds["spec.stages[].steps"], kinds["spec.publish"]} == {"atomic"}


def test_every_rule_says_what_is_wrong_and_how_to_mend_it():
    entries = [e for node in IN_SPEC.values() for e in node.get("x-kubernetes-validations", ())]
    assert len(entries) > 20
    assert [e["message"] for e in entries if "; " not in e["message"]] == []


def test_columns_are_those_that_a_person_asks_for():
    columns = VERSION["additionalPrinterColumns"]
    plain = [c["name"] for c in columns if "priority" not in c]
    assert plain == ["Ready", "Reason", "Stages", "Current", "Image", "Age"]
    assert [c["name"] for c in columns if c.get("priority") == 1] == [
        "Digest",
        "Duration",
        "Cached",
    ]


class AUnion(pydantic.BaseModel):
    field: int | str


class AConstant(pydantic.BaseModel):
    field: Literal["a"]


class AnExclusive(pydantic.BaseModel):
    field: int = pydantic.Field(gt=1)


@pytest.mark.parametrize("model", [AUnion, AConstant, AnExclusive])
def test_what_no_structural_schema_can_say_is_refused_by_name(model):
    with pytest.raises(schema.SchemaError, match=f"{model.__name__}.field"):
        schema.of(model)


def test_fields_that_are_not_known_are_ignored():
    found = spec.ImageBuildSpec.model_validate(
        {"stages": [{"name": "a", "from": "scratch", "later": 1}], "later": 2}
    )
    kept = spec.ImageBuildSpec.model_validate({"stages": [{"name": "a", "from": "scratch"}]})
    assert found == kept
    assert "later" not in json.dumps(found.to_json())


def test_a_status_reads_back_as_it_was_written():
    written = {
        "observedGeneration": 3,
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "FromALaterVersion",
                "message": "m",
                "lastTransitionTime": "2026-01-31T12:00:00Z",
            }
        ],
        "image": "registry.example.com/hello@sha256:00",
        "stages": [{"name": "a", "state": "AlsoFromALaterVersion", "startedAt": None}],
    }
    read = status.ImageBuildStatus.model_validate(written)
    again = status.ImageBuildStatus.model_validate(read.to_json())
    assert again == read
    assert again.to_json()["conditions"] == written["conditions"]
