"""What steps mount of secrets and keys, as entries of ``spec.secrets`` and ``spec.ssh``.

A Dockerfile names no Secret of Kubernetes: one of the same name is guessed, for people to correct.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

JSON = dict[str, Any]

_NO_NAME = "secret"
_MADE_OF = {
    "secrets": "Say here which key of which Secret each of these is.",
    "ssh": "Say here which Secret each of these keys is in, with ssh-privatekey and known_hosts.",
}


def of(stages: Iterable[JSON]) -> JSON:
    """``secrets`` and ``ssh`` of a spec with these stages, where they mount any."""
    steps = [step for stage in stages for step in stage.get("steps", ())]
    mounts = [mount for step in steps for mount in step.get("mounts", ())]
    secrets = dict.fromkeys(mount["secret"]["name"] for mount in mounts if "secret" in mount)
    keys = dict.fromkeys(mount["ssh"]["name"] for mount in mounts if "ssh" in mount)
    found = {
        "secrets": [
            {"name": name, "secretKeyRef": {"name": _object(name), "key": name}} for name in secrets
        ],
        "ssh": [{"name": name, "secretRef": {"name": _object(f"ssh-{name}")}} for name in keys],
    }
    return {field: entries for field, entries in found.items() if entries}


def comments(spec: JSON) -> Mapping[str, tuple[str, ...]]:
    """What is to be looked at by hand, by its place."""
    return {f"spec.{field}": (text,) for field, text in _MADE_OF.items() if field in spec}


def _object(name: str) -> str:
    """A name as an object may have it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or _NO_NAME
