"""Secrets as canaries: their values, all that they may be written as, and where that is found."""

import base64
import gzip
import json
import re
import secrets
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping

from tests import cluster

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_GZIP = b"\x1f\x8b"


def value() -> str:
    """Return a new secret: signs that URLs escape are in it, none that ends a word or a line."""
    return f"k{secrets.token_urlsafe(12)}+={secrets.token_urlsafe(9)}k"


def needles(canaries: Mapping[str, str]) -> dict[str, str]:
    """Return `NAME in FORM` -> text: each line of each value, in all forms it may be written in."""
    return {
        f"{name}, line {number}, {form}": text
        for name, canary in canaries.items()
        for number, line in enumerate(_told(canary), 1)
        for form, text in _forms(line)
    }


def _told(canary: str) -> Iterator[str]:
    # What stands between the marks of a key, not the marks: those are in every log of one.
    for line in canary.splitlines():
        if line and not line.startswith("-----"):
            yield line


def _forms(line: str) -> Iterator[tuple[str, str]]:
    data = line.encode()
    yield "as it is", line
    yield "hex", data.hex()
    yield "HEX", data.hex().upper()
    if (quoted := urllib.parse.quote(line, safe="")) != line:
        yield "as of a URL", quoted
    for before in range(3):
        # What comes before or after shares a sign with the outermost bytes.
        encoded = base64.b64encode(bytes(before) + data).rstrip(b"=")
        whole = encoded[-(-8 * before // 6) : len(encoded) if (before + len(data)) % 3 == 0 else -1]
        yield f"base64 after {before}", whole.decode()


def found(texts: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, list[str]]:
    """Return place -> names of what is found there, coloured or not; only places with a find."""
    hits: dict[str, list[str]] = {}
    for place, text in texts.items():
        plain = f"{text}\0{_COLOUR.sub('', text)}"
        if names := [name for name, needle in wanted.items() if needle in plain]:
            hits[place] = names
    return hits


def of_objects(kubectl: cluster.Kubectl, kind: str) -> dict[str, str]:
    """Return all objects of a kind by name, as text: every key and string in them, unpacked."""
    items = kubectl.items(kind, "--show-managed-fields")
    return {f"{kind} {item['metadata']['name']}": "\n".join(_strings(item)) for item in items}


def _strings(part: object) -> Iterable[str]:
    if isinstance(part, Mapping):
        for key, inner in part.items():
            yield str(key)
            yield from map(_unpacked, inner.values()) if key == "binaryData" else _strings(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _strings(inner)
    else:
        yield str(part)


def _unpacked(text: str) -> str:
    data = base64.b64decode(text)
    data = gzip.decompress(data) if data.startswith(_GZIP) else data
    said = data.decode(errors="replace")
    try:
        return f"{said}\0" + "\n".join(_strings(json.loads(said)))
    except ValueError:
        return said


def of_logs(kubectl: cluster.Kubectl) -> dict[str, str]:
    """Return the logs of all containers of all pods by name."""
    return {
        f"log of {pod['metadata']['name']} {container['name']}": kubectl(
            "logs", pod["metadata"]["name"], "--container", container["name"]
        )
        for pod in kubectl.items("pods")
        for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]
    }
