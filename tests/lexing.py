r"""Words of a Dockerfile's instructions: where they end, and what they stand for.

Source: https://docs.docker.com/reference/dockerfile/#environment-replacement
"""


class NotUnderstoodError(ValueError):
    """The file does not say what a rendered file may say."""


def split(rest):
    """Words between blanks that stand in no quotes; quotes and escapes stay in them."""
    word, quote, at = "", "", 0
    while at < len(rest):
        character = rest[at]
        if character == "\\" and quote != "'":
            word += rest[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character.isspace():
            if word:
                yield word
            word, at = "", at + 1
            continue
        word += character
        at += 1
    if word:
        yield word


class Word:
    """One word with its quotes, escapes and variables, read from left to right."""

    def __init__(self, text, get):
        self._text = text.removeprefix("\ufeff")
        self._at = 0
        self._get = get

    def whole(self):
        return self._until("")

    def _until(self, stop):
        out = ""
        while self._at < len(self._text):
            character = self._next()
            if stop and character == stop:
                return out
            if character == "'":
                out += self._single()
            elif character == '"':
                out += self._double()
            elif character == "$":
                out += self._variable()
            elif character == "\\":
                out += self._next()
            else:
                out += character
        if stop:
            raise NotUnderstoodError(f"no {stop} in {self._text}")
        return out

    def _single(self):
        end = self._text.index("'", self._at)
        found, self._at = self._text[self._at : end], end + 1
        return found

    def _double(self):
        out = ""
        while (character := self._next()) != '"':
            if character == "$":
                out += self._variable()
            elif character == "\\" and self._peek() in '"$\\':
                out += self._next()
            else:
                out += character
        return out

    def _variable(self):
        if self._peek() != "{":
            name = self._name()
            return "$" if not name else self._get(name) or ""
        self._next()
        name = self._name()
        operator = self._next()
        if operator == "}":
            return self._get(name) or ""
        empty_counts = operator == ":"
        operator = self._next() if empty_counts else operator
        word = self._until("}")
        value = self._get(name)
        given = bool(value) if empty_counts else value is not None
        if operator == "-":
            return value if given else word
        if operator == "+":
            return word if given else ""
        raise NotUnderstoodError(f"operator {operator} in {self._text}")

    def _name(self):
        start = self._at
        while self._peek() and (
            self._peek().isalpha() or self._peek().isdecimal() or self._peek() == "_"
        ):
            self._at += 1
        name = self._text[start : self._at]
        if name[:1].isdecimal() or (not name and self._peek() and self._peek() in "@*#?-$!"):
            raise NotUnderstoodError(f"a special variable in {self._text}")
        return name

    def _peek(self):
        return self._text[self._at : self._at + 1]

    def _next(self):
        if self._at >= len(self._text):
            raise NotUnderstoodError(f"unexpected end of {self._text}")
        self._at += 1
        return self._text[self._at - 1]
