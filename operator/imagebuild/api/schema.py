"""A model as the structural OpenAPI v3 schema that a CustomResourceDefinition takes.

pydantic writes JSON Schema, of which Kubernetes takes a part: no references, no ``null``, no
``title``, no ``default``, no ``propertyNames``. What cannot be said in that part is refused here,
so that a new kind of field is noticed when the CRD is made and not when it is installed. Examples
are kept for the documentation; a CRD cannot have them.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/
custom-resource-definitions/#specifying-a-structural-schema
"""

from collections.abc import Mapping
from typing import Any

import pydantic
from pydantic import json_schema

JSON = dict[str, Any]

_TAKEN = frozenset({"type", "description", "format", "enum", "pattern", "required", "examples"})
_BOUNDS = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "maxProperties"}
)
_DROPPED = frozenset({"title", "default", "propertyNames"})


class _AsWritten(json_schema.GenerateJsonSchema):
    """In the models' order, which examples have for a reason."""

    def sort(self, value: JSON, parent_key: str | None = None) -> JSON:  # noqa: ARG002
        return value


class SchemaError(ValueError):
    """A model says something that a structural schema cannot."""


def of(model: type[pydantic.BaseModel]) -> JSON:
    """The schema of a model; SchemaError where it has none."""
    whole = model.model_json_schema(by_alias=True, mode="validation", schema_generator=_AsWritten)
    return _schema(whole, whole.get("$defs", {}), model.__name__)


def without_examples(schema: Mapping[str, Any]) -> JSON:
    """A schema as it may stand in a CustomResourceDefinition."""
    inner = {
        "properties": lambda fields: {k: without_examples(v) for k, v in fields.items()},
        "items": without_examples,
        "additionalProperties": without_examples,
    }
    kept = {k: v for k, v in schema.items() if k != "examples"}
    return {k: inner[k](v) if k in inner else v for k, v in kept.items()}


def _schema(node: Mapping[str, Any], shared: Mapping[str, Any], where: str) -> JSON:
    node = _optional(_inlined(node, shared), shared, where)
    if node.get("x-kubernetes-int-or-string"):
        return {k: v for k, v in node.items() if k not in _DROPPED}
    kept: JSON = {}
    for key, value in node.items():
        if key in _TAKEN | _BOUNDS or key.startswith("x-kubernetes-"):
            kept[key] = value
        elif key == "properties":
            kept[key] = {k: _schema(v, shared, f"{where}.{k}") for k, v in value.items()}
        elif key == "items":
            kept[key] = _schema(value, shared, f"{where}[]")
        elif key == "additionalProperties" and value is not False:
            kept[key] = _schema(value, shared, f"{where}{{}}")
        elif key not in _DROPPED | {"$defs", "additionalProperties"}:
            raise SchemaError(f"{where}: a structural schema has no {key!r}")
    if kept.get("type") == "array":
        kept.setdefault("x-kubernetes-list-type", "atomic")
    return kept


def _inlined(node: Mapping[str, Any], shared: Mapping[str, Any]) -> JSON:
    """The node with what it refers to; its own words win."""
    if "$ref" not in node:
        return dict(node)
    target = shared[node["$ref"].rpartition("/")[2]]
    return {**_inlined(target, shared), **{k: v for k, v in node.items() if k != "$ref"}}


def _optional(node: JSON, shared: Mapping[str, Any], where: str) -> JSON:
    """A union with null is the other kind, since unset fields are left out."""
    if "anyOf" not in node or node.get("x-kubernetes-int-or-string"):
        return node
    kinds = [kind for kind in node["anyOf"] if kind != {"type": "null"}]
    if len(kinds) != 1:
        raise SchemaError(f"{where}: a structural schema has no union of kinds")
    outer = {k: v for k, v in node.items() if k != "anyOf"}
    return {**_inlined(kinds[0], shared), **outer}
