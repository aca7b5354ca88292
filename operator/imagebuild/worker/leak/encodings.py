"""The forms in which programs write a value down."""

import base64
import contextlib
import json
import re
import urllib.parse
from collections.abc import Iterator

# What stands in one line and has no spaces: keys, tokens, and lines of a key file.
_TOKEN = re.compile(rb"[\w+/=.~-]+")
# Programs break base64 and hexadecimal digits into lines, of 60 characters at the least. Of two
# pieces of at most this length beside each other one always is within a line.
_PIECE = 28
# No piece stands for less than 12 bytes.
_LEAST_BYTES = 24
_LEAST_DISTINCT = 6
_BITS = {"base64": 6, "byte": 8}

AS_IS = "as it is"
BASE64 = "as base64"
HEX = "in hexadecimal digits"
URL = "URL-encoded"
JSON = "JSON-escaped"


def of(value: bytes) -> dict[bytes, str]:
    """Each form of a value -> how it is called; a form that equals an earlier one is that one.

    Where lines may be broken, long forms of a value without spaces are pieces of them, from its
    end: many tokens begin alike.
    """
    breakable = len(value) >= _LEAST_BYTES and _TOKEN.fullmatch(value)
    found: dict[bytes, str] = {}
    for form, name in _forms(value):
        for piece in _pieces(form) if breakable and name in {BASE64, HEX} else (form,):
            found.setdefault(piece, name)
    return found


def _forms(value: bytes) -> Iterator[tuple[bytes, str]]:
    yield value, AS_IS
    for form in _in_base64(value):
        yield form, BASE64
        yield form.translate(bytes.maketrans(b"+/", b"-_")), BASE64
    yield value.hex().encode(), HEX
    yield value.hex().upper().encode(), HEX
    for safe in ("", "/"):
        quoted = urllib.parse.quote(value, safe=safe)
        yield quoted.encode(), URL
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted).encode(), URL
    with contextlib.suppress(UnicodeDecodeError):
        yield from ((form, JSON) for form in _in_json(value.decode()))


def _in_base64(value: bytes) -> Iterator[bytes]:
    """The characters that are the same whatever stands before and after, for each beginning."""
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + value)
        first = -(-shift * _BITS["byte"] // _BITS["base64"])
        last = (shift + len(value)) * _BITS["byte"] // _BITS["base64"]
        yield coded[first:last]


def _in_json(text: str) -> Iterator[bytes]:
    for ascii_only in (False, True):
        plain = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield plain.encode()
        yield plain.replace("/", r"\/").encode()
        # Go's, which has HTML in mind; images' configurations are written so.
        yield re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", plain).encode()


def _pieces(form: bytes) -> tuple[bytes, ...]:
    size = min(_PIECE, len(form) // 2)
    pieces = (form[-size:], form[-2 * size : -size])
    telling = all(len(set(piece)) >= _LEAST_DISTINCT for piece in pieces)
    return pieces if telling else (form,)
