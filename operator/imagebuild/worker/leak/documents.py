"""What an image says of itself: its configuration, and the JSON beside its layers.

Source: OCI Image Specification 1.1, config.md, manifest.md and image-index.md.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from imagebuild.worker.leak import layout
from imagebuild.worker.leak.layout import Image
from imagebuild.worker.leak.search import Hit, Search

_CONFIGURATION = "the image's configuration"


def hits(search: Search, image: Image) -> Iterator[tuple[str, int | None, Hit]]:
    """Where in the configuration something is found: words, the step of its history, and what."""
    settings = image.config.get("config") or {}
    for text in settings.get("Env") or ():
        name = str(text).partition("=")[0]
        for hit in search.of(_bytes(str(text))):
            step = _last(image, "ENV", f"{name}=", f" {name}=", f"{name} ")
            yield f"{_CONFIGURATION}: ENV {_unless_found(search, name)}", step, hit
    for name, text in (settings.get("Labels") or {}).items():
        for hit in search.of(_bytes(f"{name}={text}")):
            step = _last(image, "LABEL", f"{name}=")
            yield f"{_CONFIGURATION}: label {_unless_found(search, name)}", step, hit
    for index, entry in enumerate(image.history):
        for hit in search.of(_bytes(str(entry.get("created_by", "")))):
            yield "the image's history", index, hit


def place(search: Search, blob: Path, images: tuple[Image, ...]) -> str:
    """Where a hit is in a file of the layout that is no layer."""
    digest = layout.digest_of(blob)
    name = "a document beside the image"
    if any(digest == image.config_digest for image in images):
        name = _CONFIGURATION
    elif any(digest == image.manifest for image in images):
        name = "the image's manifest"
    with contextlib.suppress(ValueError):
        found = json.loads(blob.read_bytes())
        if isinstance(found, dict) and "manifests" in found:
            name = "the image's index"
        for keys, text in _strings(found, ()):
            if any(search.of(_bytes(text))):
                words = ".".join(_unless_found(search, key) for key in keys)
                return f"{name}: {words}" if words else name
    return name


def _strings(found: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """All texts with the keys that lead to them; a key is a text of what it is in."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            yield keys, key
            yield from _strings(value, (*keys, key))
    elif isinstance(found, list):
        for value in found:
            yield from _strings(value, keys)
    elif isinstance(found, str):
        yield keys, found


def _last(image: Image, word: str, *parts: str) -> int | None:
    """The last step of this instruction with one of the parts in it: it is the one that counts."""
    for index in reversed(range(len(image.history))):
        text = str(image.history[index].get("created_by", ""))
        if text.startswith(f"{word} ") and any(part in text for part in parts):
            return index
    return None


def _unless_found(search: Search, name: str) -> str:
    """A name, unless it holds a secret itself."""
    return "(its name)" if any(search.of(_bytes(name))) else name


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
