r"""Words of a Dockerfile as the values that mean the same in an ImageBuild.

A Dockerfile's word has quotes and escapes, and variables in it. A value has variables in the same
places, but no quotes, and a backslash only before a ``$`` that is none (``api.variables``).

Source: BuildKit's frontend/dockerfile/shell; the tests compare with the package's port of it.
"""

import re
from collections.abc import Sequence

from imagebuild.api import variables
from imagebuild.cli.conversion.problems import CannotSayError

_SPECIAL = "@*#?-$!"
_OPERATORS = "-+?"
_MEND = "compute the value before, or write it out"


def value(word: str, *, escape: str) -> str:
    """The value that means what this word of a Dockerfile means."""
    return text(parts(word, escape=escape))


def parts(word: str, *, escape: str) -> tuple[variables.Part, ...]:
    """The literal strings and variables that a word consists of, without quotes and escapes."""
    return _Word(word, escape).read()


def literal(plain: str) -> str:
    """The value in which no ``$`` is a variable."""
    return text((plain,))


def text(found: Sequence[variables.Part]) -> str:
    """The value that ``variables.parse`` reads as these parts."""
    return _text(found, within=False)


def _text(found: Sequence[variables.Part], *, within: bool) -> str:
    """``within``: it is the word of a variable, which a ``}`` ends."""
    written = ""
    for part in reversed(found):
        after = written or ("}" if within else "")
        if isinstance(part, variables.Variable):
            written = _variable(part, after) + written
        else:
            written = _escaped(part, after, "$}" if within else "$") + written
    return written


def _escaped(plain: str, after: str, marks: str) -> str:
    """A literal string; backslashes double where a mark that follows would take them."""
    escaped = re.sub(rf"(\\*)([{marks}])", lambda match: match[1] * 2 + "\\" + match[2], plain)
    if after and after[0] in marks:
        escaped += "\\" * (len(escaped) - len(escaped.rstrip("\\")))
    return escaped


def _variable(variable: variables.Variable, after: str) -> str:
    if variable.operator:
        word = _text(variable.word, within=True)
        return f"${{{variable.name}{variable.operator}{word}}}"
    joined = after[:1].isalpha() or after[:1].isdecimal() or after[:1] == "_"
    return f"${{{variable.name}}}" if joined else f"${variable.name}"


class _Word:
    """Reads a word from left to right."""

    def __init__(self, word: str, escape: str) -> None:
        self._word = word
        self._escape = escape
        self._at = 0

    def read(self) -> tuple[variables.Part, ...]:
        return self._until("")

    def _until(self, stop: str) -> tuple[variables.Part, ...]:
        found: list[variables.Part] = []
        while self._at < len(self._word):
            character = self._next()
            if stop and character == stop:
                return _joined(found)
            if character == "'":
                found.append(self._single())
            elif character == '"':
                found += self._double()
            elif character == "$":
                found += self._dollar()
            elif character == self._escape:
                found.append(self._next())
            else:
                found.append(character)
        if stop:
            raise self._wrong("there is a ${ without its }")
        return _joined(found)

    def _single(self) -> str:
        end = self._word.find("'", self._at)
        if end < 0:
            raise self._wrong("a ' is not closed")
        found, self._at = self._word[self._at : end], end + 1
        return found

    def _double(self) -> list[variables.Part]:
        found: list[variables.Part] = []
        while (character := self._next()) != '"':
            if not character:
                raise self._wrong('a " is not closed')
            if character == "$":
                found += self._dollar()
            elif character == self._escape:
                taken = self._peek() and self._peek() in f'"${self._escape}'
                found.append(self._next() if taken else character if self._peek() else "")
            else:
                found.append(character)
        return found

    def _dollar(self) -> list[variables.Part]:
        if self._peek() == "{":
            self._next()
            return self._braces()
        name = self._name()
        if not name:
            return ["$"]
        # $1, $? and their like are never set while a Dockerfile is read.
        return [variables.Variable(name)] if _is_name(name) else []

    def _braces(self) -> list[variables.Part]:
        name = self._name()
        if not _is_name(name):
            raise self._wrong("a ${ has no name after it")
        operator = self._next()
        if operator == "}":
            return [variables.Variable(name)]
        if operator == ":":
            operator += self._next()
        if not operator:
            raise self._wrong("there is a ${ without its }")
        if operator[-1] not in _OPERATORS:
            raise CannotSayError(f"${{{name}{operator}...}} cannot be said", _MEND)
        return [variables.Variable(name, operator, self._until("}"))]

    def _name(self) -> str:
        """A name; digits and special characters are whole names where they come first."""
        if self._peek() and self._peek() in _SPECIAL:
            return self._next()
        digits = self._peek().isdecimal()
        start = self._at
        while self._peek().isdecimal() or (
            not digits and (self._peek().isalpha() or self._peek() == "_")
        ):
            self._at += 1
        return self._word[start : self._at]

    def _peek(self) -> str:
        return self._word[self._at : self._at + 1]

    def _next(self) -> str:
        found = self._peek()
        self._at += len(found)
        return found

    def _wrong(self, what: str) -> CannotSayError:
        return CannotSayError(f"{what} in {self._word}", "correct it")


def _is_name(name: str) -> bool:
    return bool(name) and not name[0].isdecimal() and name[0] not in _SPECIAL


def _joined(found: Sequence[variables.Part]) -> tuple[variables.Part, ...]:
    """The parts with all literals in a row as one, and none of them empty."""
    joined: list[variables.Part] = []
    for part in found:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part:
            joined.append(part)
    return tuple(joined)
