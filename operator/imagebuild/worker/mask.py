"""Hides credentials in what people get to read."""

import base64
import itertools
import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator

from imagebuild.contract import plain

STARS = "***"

# Shorter values are words that every log has: to hide them hides nothing and spoils the log.
_SHORTEST = 4
# Encoded, even longer ones are as short as what stands anywhere by chance.
_SHORTEST_ENCODED = 10

# How many bytes programs write in one line of base64: 64 and 76 digits.
_LINES = (48, 57)

# What no shell, no JSON, no Dockerfile and no %q of Go writes otherwise than it is.
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]")
# Each quoting of what is quoted doubles the backslashes and adds one: three times make seven.
_SOME = r"\\{1,7}"
_MAYBE = r"\\{0,7}"


def mask(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that puts ``***`` in place of each secret in a text, quoted, encoded or not."""
    values = _longest_first(s for s in secrets if len(s) >= _SHORTEST)
    if not values:
        return str
    pattern = re.compile("|".join(map(_quoted_or_not, values)))
    # With the values among them: of one that holds another's form, no part must stay.
    forms = _longest_first(
        form
        for value in values
        for form in (value, *_encoded(value))
        if len(form) >= _SHORTEST_ENCODED
    )

    def hide(text: str) -> str:
        for form in forms:
            text = text.replace(form, STARS)
        return pattern.sub(STARS, text)

    def hide_coloured(text: str) -> str:
        hidden = hide(text)
        if "\x1b" not in text:
            return hidden
        # A colour in its midst must not hide what is whole without it.
        bare = hide(plain.plain(text))
        return hidden if plain.plain(hidden) == bare else bare

    return hide_coloured


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts), key=lambda text: (-len(text), text))


def _encoded(value: str) -> Iterator[str]:
    """As of a URL, in hexadecimal digits, and in base64: after anything, and in usual lines."""
    data = value.encode(errors="surrogatepass")
    if (quoted := urllib.parse.quote(data, safe="")) != value:
        yield quoted
    yield data.hex()
    yield data.hex().upper()
    for before in range(3):
        yield from _in_base64(data, before=before)
    for width in _LINES:
        for at in range(0, len(data), width) if len(data) > width else ():
            yield from _in_base64(data[at : at + width])


def _in_base64(data: bytes, *, before: int = 0) -> Iterator[str]:
    """Both alphabets' digits that are the same whatever stands around, after so many bytes."""
    digits = base64.b64encode(bytes(before) + data)
    known = digits[-(-before * 8 // 6) : (before + len(data)) * 8 // 6].decode()
    yield known
    yield known.translate(str.maketrans("+/", "-_"))


def _quoted_or_not(value: str) -> str:
    """A pattern of all ways in which steps and programs may write the value."""
    return "".join(
        # Taken together, since one by one they could share a run of many in too many ways.
        rf"\\{{1,{8 * len(list(signs))}}}" if backslash else "".join(map(_sign, signs))
        for backslash, signs in itertools.groupby(value, "\\".__eq__)
    )


def _sign(sign: str) -> str:
    if _PLAIN.match(sign):
        return re.escape(sign)
    return f"(?:{'|'.join((*_escapes(sign), _MAYBE + re.escape(sign)))})"


def _escapes(sign: str) -> Iterator[str]:
    r"""As ``\n``, as ``\u000a``; a ``'`` within such also as shells end and begin them."""
    short = json.dumps(sign)[1:-1]
    units = sign.encode("utf-16-be").hex()
    longer = "".join(rf"\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    for escape in (short, longer):
        if escape != sign:
            yield escape.replace("\\", _SOME)
    if sign == "'":
        yield rf"'{_MAYBE}\"'{_MAYBE}\"'"
        yield f"'{_SOME}''"
