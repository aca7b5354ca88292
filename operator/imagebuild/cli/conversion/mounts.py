"""Mounts of RUN as ``mounts`` of a step.

Source: BuildKit's frontend/dockerfile/instructions/commands_runmount.go
"""

import csv
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from imagebuild.cli.conversion.here import Here
from imagebuild.cli.conversion.problems import CannotSayError

_KEYS = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}
_SWITCHES = {"rw": "readwrite", "readwrite": "readwrite", "readonly": "readonly"}
_REQUIRED = "required"
_TRUE = frozenset({"", "1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?(?P<unit>[kmgtp]?)i?b?", re.IGNORECASE)
_TAKEN: Mapping[str, frozenset[str]] = {
    "bind": frozenset({"from", "source", "target", "readonly"}),
    "cache": frozenset({"target", "id", "sharing", "from", "source", "uid", "gid", "mode"}),
    "tmpfs": frozenset({"target", "size"}),
    "secret": frozenset({"id", "source", "target", "env", "required", "uid", "gid", "mode"}),
    "ssh": frozenset({"id", "target", "required", "uid", "gid", "mode"}),
}
# What a mount is of that names nothing else.
_DEFAULT_KEY = "default"


def read(text: str, here: Here) -> dict[str, Any]:
    """One mount, ``{"cache": {...}}`` or the like, from the value of ``--mount``."""
    fields = dict(_fields(text))
    kind = fields.pop("type", "bind").lower()
    if kind not in _TAKEN:
        raise CannotSayError(f"there is no mount of type {kind}", "correct it")
    if kind == "cache" and fields.get("readonly") == "false":
        del fields["readonly"]
    for key in fields.keys() - _TAKEN[kind]:
        raise CannotSayError(f"{key} of a {kind} mount cannot be said", "remove it")
    return {kind: _KINDS[kind](fields, here)}


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for field in next(csv.reader([text]), []):
        key, _, value = field.partition("=")
        key = _KEYS.get(key.lower(), key.lower())
        switch = key in _SWITCHES or key == _REQUIRED
        if switch and value not in _TRUE | _FALSE:
            raise CannotSayError(f"{field} is neither true nor false", "correct it")
        if key == _REQUIRED:
            yield key, "true" if value in _TRUE else "false"
        elif key in _SWITCHES:
            read_only = (value in _TRUE) == (_SWITCHES[key] == "readonly")
            yield "readonly", "true" if read_only else "false"
        else:
            yield key, value


def _bind(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    found: dict[str, Any] = _origin(fields, here)
    found["target"] = fields.get("target") or "."
    if fields.get("readonly") == "false":
        found["readWrite"] = True
    return found


def _cache(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    found: dict[str, Any] = {"target": fields.get("target") or "."}
    if fields.get("id"):
        found["id"] = fields["id"]
    if fields.get("sharing"):
        found["sharing"] = here.static(fields["sharing"]).capitalize()
    found |= _origin(fields, here)
    return found | _owned(fields, here)


def _owned(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    found: dict[str, Any] = {
        key: _number(key, fields[key], here) for key in ("uid", "gid") if key in fields
    }
    if "mode" in fields:
        mode = here.static(fields["mode"])
        if not re.fullmatch("[0-7]+", mode):
            raise CannotSayError(f"{mode} is no mode", "write it as 0755")
        found["mode"] = f"{int(mode, 8):04o}"
    return found


def _secret(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    """Its name is what BuildKit makes of the first of three that is there."""
    name = fields.get("source") or fields.get("id") or posixpath.basename(fields.get("target", ""))
    if not name:
        raise CannotSayError("a secret mount says neither id nor target", "add id=NAME")
    found: dict[str, Any] = {"name": here.static(name)}
    found |= {key: fields[key] for key in ("target", "env") if fields.get(key)}
    _always(f"secret {found['name']}", fields, here)
    return found | _owned(fields, here)


def _ssh(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    name = here.static(fields.get("id") or _DEFAULT_KEY)
    target = {"target": fields["target"]} if fields.get("target") else {}
    _always(f"key {name}", fields, here)
    return {"name": name, **target, **_owned(fields, here)}


def _always(what: str, fields: Mapping[str, str], here: Here) -> None:
    """No step of an ImageBuild runs without what it mounts."""
    if fields.get(_REQUIRED) != "true":
        here.note(f"the {what} is required now: without it Docker runs the step all the same")


def _tmpfs(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    found: dict[str, Any] = {"target": fields.get("target") or "."}
    if "size" in fields:
        size = here.static(fields["size"])
        match = _SIZE.fullmatch(size)
        if not match:
            raise CannotSayError(f"{size} is no size", "write it as 64m")
        power = " kmgtp".index(match["unit"].lower() or " ")
        found["sizeBytes"] = int(float(match["number"]) * 1024**power)
    return found


def _origin(fields: Mapping[str, str], here: Here) -> dict[str, Any]:
    found = {"from": here.from_(fields["from"])} if fields.get("from") else {}
    return found | ({"source": fields["source"]} if fields.get("source") else {})


def _number(key: str, word: str, here: Here) -> int:
    text = here.static(word)
    if not text.isdecimal():
        raise CannotSayError(f"{key}={text} is no number", "correct it")
    return int(text)


_KINDS = {"bind": _bind, "cache": _cache, "tmpfs": _tmpfs, "secret": _secret, "ssh": _ssh}
