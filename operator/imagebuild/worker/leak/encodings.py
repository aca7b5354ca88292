"""The forms in which programs write a value down."""

import base64
import contextlib
import re
from collections.abc import Iterator

from imagebuild.worker.leak import escapes

# What stands in one line and has no spaces: keys, tokens, and lines of a key file.
_TOKEN = re.compile(rb"[\w+/=.~-]+")
# Programs break base64 and hexadecimal digits into lines, of 60 characters at the least. Of two
# pieces of at most this length beside each other one always is within a line.
_PIECE = 28
# No piece stands for less than 12 bytes.
_LEAST_BYTES = 24
_LEAST_DISTINCT = 6
_BITS = {"base64": 6, "byte": 8}
_OTHER_ALPHABET = bytes.maketrans(b"+/", b"-_")
# Nobody types longer ones into a form, a page or a command, and their forms would fill the memory.
_MOST_ESCAPED = 4096

AS_IS = "as it is"
BASE64 = "as base64"
HEX = "in hexadecimal digits"
URL = "URL-encoded"
JSON = "JSON-escaped"
MARKUP = "escaped as in HTML"
SHELL = "quoted as in a shell"
UTF_16 = "in UTF-16"

# Forms that programs break into lines, and indent or group: sought also without what stands there.
BROKEN = frozenset({BASE64, HEX})
BLANKS = b" \t\r\n"


def of(value: bytes) -> dict[bytes, str]:
    """Each form of a value -> how it is called; a form that equals an earlier one is that one.

    Those called as in ``BROKEN`` are to be sought without blanks. Something else may part them, as
    the two signs by which JSON ends a line: so long ones of a value without spaces are pieces of
    them, from its end: many tokens begin alike.
    """
    breakable = len(value) >= _LEAST_BYTES and _TOKEN.fullmatch(value)
    found: dict[bytes, str] = {}
    for form, name in _forms(value):
        for piece in _pieces(form) if breakable and name in BROKEN else (form,):
            found.setdefault(piece, name)
    return found


def in_digits(value: bytes) -> Iterator[tuple[bytes, str]]:
    """In both alphabets of base64 after any number of other bytes, and in either case of hex.

    Each with how it is called; of base64 the digits that are the same whatever stands around.
    """
    for form in _in_base64(value):
        yield form, BASE64
        yield form.translate(_OTHER_ALPHABET), BASE64
    yield value.hex().encode(), HEX
    yield value.hex().upper().encode(), HEX


def _forms(value: bytes) -> Iterator[tuple[bytes, str]]:
    yield value, AS_IS
    yield from in_digits(value)
    if len(value) <= _MOST_ESCAPED:
        yield from ((form.encode(), URL) for form in escapes.in_url(value))
        with contextlib.suppress(UnicodeDecodeError):
            yield from _of_text(value.decode())


def _of_text(text: str) -> Iterator[tuple[bytes, str]]:
    yield from ((form.encode(), JSON) for form in escapes.in_json(text))
    yield from ((form.encode(), MARKUP) for form in escapes.in_markup(text))
    yield from ((form.encode(), SHELL) for form in escapes.in_shell(text))
    yield text.encode("utf-16-le"), UTF_16


def _in_base64(value: bytes) -> Iterator[bytes]:
    """The characters that are the same whatever stands before and after, for each beginning."""
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + value)
        first = -(-shift * _BITS["byte"] // _BITS["base64"])
        last = (shift + len(value)) * _BITS["byte"] // _BITS["base64"]
        yield coded[first:last]


def _pieces(form: bytes) -> tuple[bytes, ...]:
    size = min(_PIECE, len(form) // 2)
    pieces = (form[-size:], form[-2 * size : -size])
    telling = all(len(set(piece)) >= _LEAST_DISTINCT for piece in pieces)
    return pieces if telling else (form,)
