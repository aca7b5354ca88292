"""Schemas as Markdown: every field with its type, its meaning and an example."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

Schema = Mapping[str, Any]
# What says how an object is meant in one place; the rest is what it is.
_OF_THE_PLACE = frozenset({"description", "examples", "default"})


def sections(path: str, schema: Schema) -> Iterator[str]:
    """The Markdown blocks of an object and of all objects within it.

    An object that is the same as one before is only pointed to.
    """
    objects = [*_objects(path, schema)]
    first: dict[str, str] = {}
    for place, found in objects:
        first.setdefault(_identity(found), place)
    for place, found in objects:
        if first[_identity(found)] == place:
            yield from _object(place, found, first)


def _objects(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """An object and all within it, with their paths."""
    yield path, schema
    for name, field in schema["properties"].items():
        inner = field.get("items", field)
        if "properties" in inner:
            yield from _objects(f"{path}.{name}{'[]' if 'items' in field else ''}", inner)


def _identity(schema: Schema) -> str:
    return json.dumps({k: v for k, v in schema.items() if k not in _OF_THE_PLACE}, sort_keys=True)


def _object(path: str, schema: Schema, first: Mapping[str, str]) -> Iterator[str]:
    yield f"## {path}"
    yield schema["description"]
    refused = [f"- {message}" for message in _refused(schema)]
    if refused:
        yield "\n".join(["Refused when applied:", "", *refused])
    for name, field in schema["properties"].items():
        required = ", required" if name in schema.get("required", ()) else ""
        yield f"**`{name}`** ({kind(field)}{required}): {_meaning(field)}"
        inner = field.get("items", field)
        if "properties" in inner:
            shown = first[_identity(inner)]
            yield f"Its fields: [{shown}](#{_anchor(shown)})."
        yield from (example(name, value) for value in field.get("examples", ()))


def _refused(schema: Schema) -> Iterator[str]:
    """What the rules of an object and of its strings refuse, in words."""
    for entry in schema.get("x-kubernetes-validations", ()):
        place = f"`{entry['fieldPath'].lstrip('.')}`: " if "fieldPath" in entry else ""
        yield f"{place}{entry['message']}."
    for name, field in schema["properties"].items():
        inner = field.get("items", field.get("additionalProperties", field))
        if "properties" not in inner:
            for entry in inner.get("x-kubernetes-validations", ()):
                yield f"`{name}`: {entry['message']}."


def kind(field: Schema) -> str:
    """What a field may hold, in words."""
    if "items" in field:
        most = f", at most {field['maxItems']}" if "maxItems" in field else ""
        return f"list of {kind(field['items'])}{most}"
    if "additionalProperties" in field:
        most = f", at most {field['maxProperties']}" if "maxProperties" in field else ""
        return f"map to {kind(field['additionalProperties'])}{most}"
    if "enum" in field:
        return f"one of {', '.join(field['enum'])}"
    if field.get("x-kubernetes-int-or-string"):
        return "integer or string"
    if "maximum" in field:
        return f"integer, {field['minimum']} to {field['maximum']}"
    return "time" if field.get("format") == "date-time" else str(field["type"])


def _meaning(field: Schema) -> str:
    return re.sub(r"\s+", " ", field["description"])


def _anchor(heading: str) -> str:
    """The anchor of a heading, as forges make them."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


class _Yaml(yaml.SafeDumper):
    """YAML as people write it: words in one line, texts of several lines as blocks."""

    def represent_sequence(self, tag: str, sequence: Any, *_: Any) -> yaml.SequenceNode:
        plain = not any(isinstance(item, dict | list) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain)

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Yaml.add_representer(str, _Yaml.represent_text)


def example(name: str, value: Any) -> str:
    """A field with a value, as a block of YAML."""
    text = yaml.dump(
        {name: value}, Dumper=_Yaml, sort_keys=False, width=100, default_flow_style=False
    )
    return f"```yaml\n{text}```"
