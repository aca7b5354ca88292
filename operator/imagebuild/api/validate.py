"""What is wrong with a spec, as problems with their place and their mend.

What a field or rule says is checked when a spec is read into its model; ``of_error`` puts what
pydantic found into problems. ``problems`` is what the schema cannot say.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pydantic
from pydantic_core import ErrorDetails

from imagebuild.api import checks, kinds
from imagebuild.api.problem import Problem
from imagebuild.api.rules import rule
from imagebuild.api.spec import ImageBuildSpec

__all__ = ["Problem", "of_error", "problems"]

_UNION_MEMBERS = frozenset({"int", "str", "constrained-int", "constrained-str"})
# What pydantic says beside the real error: of the other kind in a union, of a list whose items
# are wrong and so do not count.
_ECHOES = frozenset({"int_type", "string_type", "too_short"})


def problems(spec: ImageBuildSpec) -> tuple[Problem, ...]:
    """What is wrong with a spec that could be read; empty where it can be built."""
    return tuple(checks.all_of(spec))


def of_error(error: pydantic.ValidationError) -> tuple[Problem, ...]:
    """The problems that kept a spec from being read, each once."""
    entries = [(_path(e), e) for e in error.errors(include_url=False, include_input=False)]
    real = [path for path, entry in entries if entry["type"] not in _ECHOES]
    found: dict[Problem, None] = {}
    for path, entry in entries:
        if entry["type"] in _ECHOES and any(place.startswith(path) for place in real):
            continue
        found.update(dict.fromkeys(_of_entry(path, entry)))
    return tuple(found)


def _path(entry: ErrorDetails) -> str:
    parts = list(entry["loc"])
    if entry["type"] != rule.BROKEN and parts and parts[-1] in _UNION_MEMBERS:
        parts.pop()
    return "spec" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in parts)


def _of_entry(path: str, entry: ErrorDetails) -> Iterable[Problem]:
    context: Mapping[str, Any] = entry.get("ctx") or {}
    match entry["type"]:
        case rule.BROKEN:
            found = rule.findings_of(context)
            return [Problem(path + f.field, f.what, f.mend) for f in found]
        case "missing":
            return [Problem(path, "this is missing", "add it")]
        case "string_pattern_mismatch":
            return [Problem(path, *kinds.WORDS[context["pattern"]])]
        case "string_too_long" | "too_long":
            what = f"this is longer than {context['max_length']}"
            return [Problem(path, what, "make it shorter")]
        case "string_too_short" | "too_short":
            return [Problem(path, "this is empty", "fill it in, or leave the field out")]
        case _:
            words = entry["msg"][:1].lower() + entry["msg"][1:]
            field = re.sub(r"\[\d+\]", "", path)
            return [Problem(path, words, f"see `kubectl explain imagebuild.{field}`")]
