"""The hash that says whether something else would be built.

It is taken over the normalised spec, never over rendered text: a change of the renderer must not
rebuild every image there is.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from imagebuild.api.spec import ImageBuildSpec

_VERSION = "v1"  # a new one rebuilds everything everywhere
_SHAPE = ("context", "dockerfile", "args", "stages", "publish", "platforms")
_NOT_AN_ATTEMPT = frozenset({"suspend"})


def inputs_of(spec: ImageBuildSpec, config_maps: Mapping[str, str | None]) -> str:
    """``sha256:<hex>`` over the fields that shape the result and the ConfigMaps they name.

    ``config_maps``: name -> sha256 of its content, None where it does not exist.
    """
    plain = _plain(spec)
    shape: dict[str, Any] = {name: plain[name] for name in _SHAPE if name in plain}
    if "args" in shape:
        shape["args"] = sorted(shape["args"], key=lambda arg: str(arg["name"]))
    return _hash([_VERSION, shape, dict(config_maps)])


def spec_of(spec: ImageBuildSpec) -> str:
    """``sha256:<hex>`` over all fields whose change is worth another attempt after a failure.

    The mend may lie in what shapes no result: a credential, a timeout, memory.
    """
    plain = {k: v for k, v in _plain(spec).items() if k not in _NOT_AN_ATTEMPT}
    return _hash([_VERSION, plain])


def _plain(spec: ImageBuildSpec) -> dict[str, Any]:
    return spec.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
