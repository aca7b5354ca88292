"""How a value is spelled where it stays readable: quoted, escaped, in a URL, in XML.

Sources: RFC 8259, 7 (JSON); RFC 3986, 2.1 (URL); XML 1.0, 4.1 and 4.6.
"""

import itertools
import re
from collections.abc import Iterator

# What all of these write as it is.
_PLAIN = r"[A-Za-z0-9_.-]+"
# Each quoting of what is quoted doubles the backslashes and adds one: three times make seven.
_DEEPEST = 7
_LETTERS = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def core(value: str) -> str:
    """The longest part of a value that stands in each of its spellings; empty where none does."""
    return max(re.findall(_PLAIN, value), key=len, default="")


def pattern(value: str) -> re.Pattern[str]:
    """What matches every spelling of a value that has one.

    No alternative is tried again once it fits, so no text takes long to look through.
    """
    parts = []
    escaped = False
    for backslashes, run in itertools.groupby(value, "\\".__eq__):
        signs = list(run)
        if backslashes:
            # Together with those that the sign behind them is given.
            most = (_DEEPEST + 1) * len(signs) + _DEEPEST
            others = rf"(?i:%5c|&\#92;|&\#x5c;){{{len(signs)}}}"
            parts.append(rf"(?>\\{{1,{most}}}|{others})")
        else:
            parts.append(_sign(signs[0], escaped=escaped))
            parts += [_sign(sign, escaped=False) for sign in signs[1:]]
        escaped = backslashes
    return re.compile("".join(parts))


def _sign(sign: str, *, escaped: bool) -> str:
    if re.fullmatch(_PLAIN, sign):
        return re.escape(sign)
    return f"(?>{'|'.join(_spellings(sign, escaped=escaped))})"


def _spellings(sign: str, *, escaped: bool) -> Iterator[str]:
    r"""As ``\n``, ``\u000a``, ``%0A`` and ``&#10;``; a ``'`` also as shells end and begin them."""
    some = r"\\?" if escaped else rf"\\{{1,{_DEEPEST}}}"
    maybe = rf"\\{{0,{_DEEPEST}}}"
    if sign == "'":
        yield rf"'{maybe}\"'{maybe}\"'"
        yield rf"'\\{{1,{_DEEPEST}}}''"
    if letter := _LETTERS.get(sign):
        yield some + letter
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    yield "".join(rf"{some}(?i:u{units[i : i + 4]})" for i in range(0, len(units), 4))
    octets = sign.encode("utf-8", "surrogatepass").hex()
    yield "(?i:" + "".join(f"%{octets[i : i + 2]}" for i in range(0, len(octets), 2)) + ")"
    yield maybe + rf"(?i:&(?:\#0*{ord(sign)}|\#x0*{ord(sign):x}|{_ENTITIES.get(sign, '#')});)"
    if sign == " ":
        yield r"\+"
    yield maybe + re.escape(sign)
