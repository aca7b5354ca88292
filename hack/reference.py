"""The pages under docs/reference/ that are made from the models: every field, every reason."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from imagebuild.api import crd, names, reasons

Schema = Mapping[str, Any]

_MADE = "<!-- Made by hack/generate; change the models under operator/imagebuild/api/ instead. -->"
_ABOUT_FIELDS = f"""\
`apiVersion: {names.API_VERSION}`, `kind: {names.KIND}`, short name `{names.SHORT_NAME}`.
{crd.DESCRIPTION}

`kubectl explain imagebuild.spec --recursive` shows the same from a cluster. The fields of `spec`
have no defaults in the schema: what happens where a field is unset is said with it."""
_ABOUT_REASONS = f"""\
The `reason` of an ImageBuild's conditions and of `status.failure`. Programs may rely on these
words. *Ends the build* means that only a change starts the next one: of the spec, or of the
annotation `{names.ANNOTATION_REQUESTED_AT}`, any new value of which asks for one."""


def imagebuild() -> str:
    """The page of all fields of an ImageBuild."""
    properties = crd.whole_object()["properties"]
    sections = [*_section(properties["spec"], "spec"), *_section(properties["status"], "status")]
    return _page(names.KIND, _ABOUT_FIELDS, *sections)


def all_reasons() -> str:
    """The page of all reasons."""
    sections: list[str] = []
    for reason, entry in reasons.TABLE.items():
        sections += [f"## {reason}", _meaning(entry)]
        sections += [f"**What to do:** {entry.mend}"] if entry.mend else []
    return _page("Reasons", _ABOUT_REASONS, *sections)


def _page(title: str, about: str, *sections: str) -> str:
    return "\n\n".join([_MADE, f"# {title}", about, *sections]) + "\n"


def _meaning(entry: reasons.Entry) -> str:
    return f"{entry.meaning} *Ends the build.*" if entry.terminal else entry.meaning


def _section(schema: Schema, path: str) -> Iterator[str]:
    """An object: its fields as a table, what is refused, then the objects within it."""
    yield f"{'#' * min(4, 2 + path.count('.'))} {path}"
    yield schema["description"]
    lines = ["| field | type | meaning |", "|---|---|---|"]
    lines += [_row(name, field, schema) for name, field in schema["properties"].items()]
    yield "\n".join(lines)
    refused = [f"- {message}" for message in _refused(schema)]
    if refused:
        yield "\n".join(["Refused when applied:", "", *refused])
    for name, field in schema["properties"].items():
        brackets = "[]" if field.get("type") == "array" else ""
        inner = field.get("items", field)
        if "properties" in inner:
            yield from _section(inner, f"{path}.{name}{brackets}")


def _row(name: str, field: Schema, parent: Schema) -> str:
    required = ", required" if name in parent.get("required", ()) else ""
    text = re.sub(r"\s+", " ", field.get("description", "")).replace("|", r"\|")
    return f"| `{name}` | {_kind(field)}{required} | {text} |"


def _kind(field: Schema) -> str:
    if field.get("x-kubernetes-int-or-string"):
        return "integer or string"
    if field.get("type") == "array":
        return f"list of {_kind(field['items'])}"
    if "additionalProperties" in field:
        return f"map to {_kind(field['additionalProperties'])}"
    return "time" if field.get("format") == "date-time" else str(field["type"])


def _refused(schema: Schema) -> Iterator[str]:
    """What the rules of an object and of its strings refuse, in words."""
    for entry in schema.get("x-kubernetes-validations", ()):
        place = f"`{entry['fieldPath'].lstrip('.')}`: " if "fieldPath" in entry else ""
        yield f"{place}{entry['message']}."
    for name, field in schema["properties"].items():
        inner = field.get("items", field)
        if "properties" not in inner:
            for entry in inner.get("x-kubernetes-validations", ()):
                yield f"`{name}`: {entry['message']}."
