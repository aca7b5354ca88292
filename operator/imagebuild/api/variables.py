r"""Variables in values, with the meaning that a Dockerfile's instructions give them.

``$NAME``, ``${NAME}`` and ``${NAME:-word}`` (also ``-``, ``:+``, ``+``, ``:?`` and ``?``, and
nested) stand for values; ``\$`` is a dollar sign. A backslash is otherwise a backslash, so that a
value needs no escaping but for ``$``: before a ``$`` two stand for one, and in the word of a
``${...}`` the same holds before ``}``. Only so many are taken one within another that all who go
through the parts can do so by recursion.

Source: https://docs.docker.com/reference/dockerfile/#environment-replacement
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_SPECIAL = "@*#?-$!"
_OPERATORS = (":-", ":+", ":?", "-", "+", "?")
MAX_DEPTH = 8
_BACKSLASHES = re.compile(r"\\*")
_PLAIN = re.compile(r"[^\\$]*")
_PLAIN_IN_BRACES = re.compile(r"[^\\$}]*")


@dataclass(frozen=True, slots=True)
class Variable:
    """A place where a variable's value goes; ``operator`` "" where it is just that."""

    name: str
    operator: str = ""
    word: "tuple[Part, ...]" = ()


Part = str | Variable


def parse(text: str) -> tuple[Part, ...]:
    """Literal strings and variables, in order; ValueError says what is wrong with the text."""
    parts, end = _parts(text, 0, depth=0)
    if end != len(text):
        raise AssertionError(f"stopped at {end} of {text!r}")
    return parts


def names(parts: tuple[Part, ...]) -> Iterator[str]:
    """The names of all variables, nested ones too."""
    for part in parts:
        if isinstance(part, Variable):
            yield part.name
            yield from names(part.word)


def expand(parts: tuple[Part, ...], values: Mapping[str, str]) -> str:
    """The text with every variable replaced; one without a value is empty."""
    return "".join(p if isinstance(p, str) else _value(p, values) for p in parts)


def _value(variable: Variable, values: Mapping[str, str]) -> str:
    value = values.get(variable.name)
    given = bool(value) if variable.operator.startswith(":") else value is not None
    if variable.operator.endswith("-") and not given:
        return expand(variable.word, values)
    if variable.operator.endswith("+"):
        return expand(variable.word, values) if given else ""
    return value or ""


def _parts(text: str, start: int, *, depth: int) -> tuple[tuple[Part, ...], int]:
    """Parts up to the end, or to the ``}`` that closes this word, and where that is.

    ``depth``: how many words this one is within, itself included; 0 is the text as a whole.
    """
    parts: list[Part] = []
    stops, plain = ("$}", _PLAIN_IN_BRACES) if depth else ("$", _PLAIN)
    at = start
    while at < len(text) and not (depth and text[at] == "}"):
        after = _end(_BACKSLASHES, text, at) if text[at] == "\\" else at
        slashes, following = after - at, text[after : after + 1]
        if following and following in stops:
            if slashes > 1:
                parts.append("\\" * (slashes // 2))
            at = after
            if slashes % 2:
                parts.append(following)
                at += 1
            elif following == "$":
                part, at = _dollar(text, at + 1, depth=depth)
                parts.append(part)
        else:
            end = _end(plain, text, after)
            parts.append(text[at:end])
            at = end
    return _joined(parts), at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where what the pattern finds at a place ends; there is no copy of the text in it."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """The parts with all literals in a row as one, and none of them empty."""
    joined: list[Part] = []
    for kind, run in itertools.groupby(parts, type):
        found = list(run)
        joined += ["".join(map(str, found))] if kind is str else found
    return tuple(part for part in joined if part)


def _dollar(text: str, at: int, *, depth: int) -> tuple[Part, int]:
    """What a ``$`` before ``at`` means, and where it ends."""
    following = text[at : at + 1]
    if following == "{":
        return _braces(text, at + 1, depth=depth + 1)
    end = _name_end(text, at)
    if end > at:
        return Variable(text[at:end]), end
    if following and (following.isdecimal() or following in _SPECIAL):
        raise ValueError(rf"${following} is no variable; write \$ for a dollar sign")
    return "$", at


def _braces(text: str, at: int, *, depth: int) -> tuple[Part, int]:
    if depth > MAX_DEPTH:
        raise ValueError(f"variables nested deeper than {MAX_DEPTH}")
    end = _name_end(text, at)
    name = text[at:end]
    if not name:
        raise ValueError(r"${ without a name after it; write \$ for a dollar sign")
    operator = next((o for o in _OPERATORS if text.startswith(o, end)), "")
    word, close = _parts(text, end + len(operator), depth=depth) if operator else ((), end)
    if text[close : close + 1] == "}":
        return Variable(name, operator, word), close + 1
    if close == len(text):
        raise ValueError(f"${{{name} without its }}")
    raise ValueError(f"${{{name}{text[close]} is not known; only ${{NAME}} and ${{NAME:-word}} are")


def _name_end(text: str, at: int) -> int:
    end = at
    while end < len(text) and (text[end].isalpha() or text[end].isdecimal() or text[end] == "_"):
        end += 1
    return at if text[at:end][:1].isdecimal() else end
