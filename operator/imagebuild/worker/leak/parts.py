"""What a secret's file holds, as far as it is of a known form: values, and how they are called."""

import codecs
import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imagebuild.worker.leak import assigned, plainness, privatekeys, urls

_NETRC = re.compile(r'\bpassword\s+(?:"(?P<quoted>(?:[^"\\\n]|\\.)*)"|(?P<value>\S+))')
# What no text has, whatever its signs are coded in.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Part:
    """One value; ``readings`` are all ways to take it out of the file, the first as it stands.

    ``sure`` is one that a name, or its place, calls a secret; ``name`` is that of its key.
    """

    readings: tuple[bytes, ...]
    name: str = ""
    sure: bool = False


def of(content: bytes) -> Iterator[Part]:
    """The secret values: lines of private keys, passwords of .netrc and URLs, those of keys."""
    text, codec = _text(content)
    for found, name, sure in _of_text(text):
        readings = (_encoded(reading, codec) for reading in found if reading)
        if kept := tuple(dict.fromkeys(readings)):
            yield Part(kept, name, sure)


def _text(content: bytes) -> tuple[str, str]:
    """The text and in what its values are to be written again; "" of what is none."""
    with contextlib.suppress(UnicodeDecodeError):
        if content.startswith(_UTF_16):
            return content.decode("utf-16"), "utf-8"
        return content.decode("utf-8-sig"), "utf-8"
    return ("" if _CONTROL.search(content) else content.decode("latin-1")), "latin-1"


def _encoded(reading: str, codec: str) -> bytes:
    with contextlib.suppress(UnicodeEncodeError):
        return reading.encode(codec, "surrogateescape")
    return reading.encode("utf-8", "surrogatepass")


def _of_text(text: str) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    for line in privatekeys.lines(text):
        yield (line.decode(),), "", False
    for match in _NETRC.finditer(text):
        quoted = match["quoted"]
        if quoted is None:
            yield (match["value"],), "password", True
        else:
            yield (quoted, re.sub(r"\\(.)", r"\1", quoted)), "password", True
    yield from urls.of(text)
    if text.lstrip().startswith(("{", "[")):
        with contextlib.suppress(ValueError, RecursionError):
            yield from _of_json(json.loads(text), key="")
            return
    for key, readings in assigned.of(text):
        yield from _named(key, readings)


def _of_json(found: Any, *, key: str) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """Docker's configuration, service accounts and the like."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _of_json(value, key=name)
    elif isinstance(found, list):
        for value in found:
            yield from _of_json(value, key=key)
    elif isinstance(found, str):
        lines = tuple(privatekeys.lines(found))
        yield from (((line.decode(),), "", False) for line in lines)
        yield from urls.of(found)
        if not lines:
            yield from _named(key, (found,))


def _named(key: str, readings: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    told = tuple(value for value in readings if plainness.tells(key, value))
    yield told, key, plainness.secretish(key)
    # Of npm and Docker: a name and a password.
    if key.endswith(("auth", "_password")):
        for value in readings:
            password = _decoded(value)
            if not key.endswith("_password"):
                password = password.partition(":")[2]
            yield (password,), key, True


def _decoded(text: str) -> str:
    """What base64 stands for, padded or not, in either alphabet; "" where it is none."""
    standard = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return privatekeys.decoded(standard + "=" * (-len(standard) % 4)).decode(
            errors="surrogateescape"
        )
    except ValueError:
        return ""
