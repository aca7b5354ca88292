"""Hides credentials in what people get to read."""

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator

STARS = "***"

# Shorter values are words that every log has: to hide them hides nothing and spoils the log.
_SHORTEST = 4

# What no shell, no JSON, no Dockerfile and no %q of Go writes otherwise than it is.
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]")
# Each quoting of what is quoted doubles the backslashes and adds one: three times make seven.
_SOME = r"\\{1,7}"
_MAYBE = r"\\{0,7}"


def mask(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that puts ``***`` in place of each secret in a text, quoted or not."""
    values = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
    if not values:
        return str
    pattern = re.compile("|".join(map(_quoted_or_not, values)))
    return lambda text: pattern.sub(STARS, text)


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
