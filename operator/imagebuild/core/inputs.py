"""The hash that says whether something else would be built.

It is taken over the normalised spec, never over rendered text: a change of the renderer must not
rebuild every image there is. What is not set is not in it, so that a new field changes no hash.
Nor are references to credentials: they say who may fetch or push something, and not what it is.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core.outside.resolve import Resolved

_VERSION = "v1"  # a new one rebuilds everything everywhere
# The fields that shape the result, or whether it may be published.
_SHAPE = (
    "context",
    "contexts",
    "dockerfile",
    "args",
    "stages",
    "gates",
    "publish",
    "platforms",
    "timestamps",
    "network",
)
_NOT_AN_ATTEMPT = frozenset({"suspend", "imageConfigMap"})


def inputs_of(resolved: Resolved) -> str:
    """``sha256:<hex>`` over the fields that shape the result and what they take from outside.

    That is the values of arguments from ConfigMaps, the content of ConfigMaps as contexts, and
    the digests of what Flux and other ImageBuilds provide.
    """
    content = [dict(resolved.config_maps)]
    content += [dict(resolved.digests)] if resolved.digests else []
    return _hash([_VERSION, _shape(resolved.spec), *content])


def shape_of(spec: ImageBuildSpec) -> str:
    """``sha256:<hex>`` over the fields that shape the result, whatever lies outside of the spec."""
    return _hash([_VERSION, _shape(spec)])


def spec_of(spec: ImageBuildSpec) -> str:
    """``sha256:<hex>`` over all fields whose change is worth another attempt after a failure.

    The mend may lie in what shapes no result: a credential, a timeout, memory.
    """
    plain = {k: v for k, v in _plain(spec).items() if k not in _NOT_AN_ATTEMPT}
    return _hash([_VERSION, plain])


def _shape(spec: ImageBuildSpec) -> Any:
    plain = _plain(spec)
    shape = {name: plain[name] for name in _SHAPE if name in plain}
    shape = {name: _NORMAL.get(name, _same)(value) for name, value in shape.items()}
    return _without_false_and_none(shape)


def _without_secret(source: dict[str, Any]) -> dict[str, Any]:
    """A source of files, whoever is allowed to read it."""
    git = {k: v for k, v in source.get("git", {}).items() if k != "secretRef"}
    return {**source, "git": git} if git else source


def _contexts(contexts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_without_secret(context) for context in _by_name(contexts)]


def _by_name(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: str(entry["name"]))


def _undescribed(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in stage.items() if k != "description"} for stage in stages]


def _unless(default: str) -> Callable[[str], str | None]:
    """What means the same as to leave the field out."""
    return lambda value: None if value == default else value


def _same(value: Any) -> Any:
    return value


# What of a field shapes nothing: the order of a map's entries, words for people, defaults, names
# of Secrets.
_NORMAL: Mapping[str, Callable[[Any], Any]] = {
    "args": _by_name,
    "context": _without_secret,
    "contexts": _contexts,
    "stages": _undescribed,
    "gates": sorted,
    "timestamps": _unless("Build"),
    "network": _unless("Default"),
}


def _without_false_and_none(value: Any) -> Any:
    """No field means another thing when it is false than when it is left out."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if v is not False and v is not None}
        return {k: _without_false_and_none(v) for k, v in kept.items()}
    return [_without_false_and_none(v) for v in value] if isinstance(value, list) else value


def _plain(spec: ImageBuildSpec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
