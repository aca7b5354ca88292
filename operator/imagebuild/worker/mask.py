"""Hides credentials in what people get to read."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence

from imagebuild.contract import plain
from imagebuild.worker import spelled
from imagebuild.worker.digits import Digits

STARS = "***"

# Shorter values are words that every log has: to hide them hides nothing and spoils the log.
_SHORTEST = 4
# Of what is longer, lines and parts are values of their own; no line of a log holds all of it.
_LONGEST = 1 << 13

_Spans = Iterable[tuple[int, int]]


def mask(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that puts ``***`` in place of each secret in a text, quoted, encoded or not.

    Bytes of a secret that are no UTF-8 are surrogates, as of ``os.fsdecode``.
    """
    values = sorted({secret for secret in secrets if len(secret) >= _SHORTEST})
    if not values:
        return str
    found = _Finder(values).spans

    def hide(text: str) -> str:
        return _starred(text, found(text))

    def hide_coloured(text: str) -> str:
        hidden = hide(text)
        if "\x1b" not in text:
            return hidden
        # A colour in its midst must not hide what is whole without it.
        bare = hide(plain.plain(text))
        return hidden if plain.plain(hidden) == bare else bare

    return hide_coloured


class _Finder:
    """Where values are in a text. One look at it tells of most texts that none is."""

    def __init__(self, values: Sequence[str]) -> None:
        # Builds without secrets do without it.
        from ahocorasick_rs import AhoCorasick  # noqa: PLC0415

        self._digits = Digits(map(_bytes, values))
        self._plain = {form for value in values for form in _readable(value)}
        self._cores: dict[str, list[str]] = {}
        for value in values:
            core = spelled.core(value)
            if core != value and len(value) <= _LONGEST and _is_text(value):
                self._cores.setdefault(core, []).append(value)
        # Nothing tells where these may be.
        self._anywhere = self._cores.pop("", [])
        self._sought = sorted({*self._plain, *self._cores, *self._digits.pieces})
        self._automaton = AhoCorasick(self._sought)

    def spans(self, text: str) -> _Spans:
        """From where to where values are; some hold others."""
        # What is no text would be an error to the automaton.
        text = text if text.isascii() else text.encode(errors="replace").decode()
        likely = dict.fromkeys(self._anywhere)
        for index, begin, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            sought = self._sought[index]
            if sought in self._plain:
                yield begin, end
            if sought in self._cores:
                likely.update(dict.fromkeys(self._cores[sought]))
            if sought in self._digits.pieces:
                yield from self._digits.around(sought, text, begin)
        for value in likely:
            for match in _pattern(value).finditer(text):
                yield match.span()


# A log's lines have few of the values in them, and the same ones.
_pattern = functools.lru_cache(maxsize=256)(spelled.pattern)


def _bytes(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(value: str) -> Iterator[str]:
    """As it stands in a log, which is text."""
    shown = _bytes(value).decode("utf-8", "replace")
    if len(shown) <= _LONGEST:
        yield shown


def _starred(text: str, spans: _Spans) -> str:
    shown, end = "", -1
    for begin, last in sorted(spans):
        # What touches is one, as the lines of a key are.
        if begin > end:
            shown += text[max(end, 0) : begin] + STARS
        end = max(end, last)
    return shown + text[max(end, 0) :]
