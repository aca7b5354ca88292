"""Searches streams for many things at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import ahocorasick_rs

from imagebuild.worker.leak import encodings

_FEW_BYTES = 48 * 1024


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: the index of the secret, and how it is written there."""

    secret: int
    encoding: str


class Search:
    """Looks for secrets, each given as the values that are to be guarded, in each of their forms.

    A form that two secrets share is the first one's.
    """

    def __init__(self, secrets: Iterable[Iterable[bytes]]) -> None:
        blank: dict[bytes, Hit] = {}
        solid: dict[bytes, Hit] = {}
        for index, values in enumerate(secrets):
            for value in values:
                for form, name in encodings.of(value).items():
                    # Without the blanks around it what has none itself is found as well.
                    found = blank if any(sign in form for sign in encodings.BLANKS) else solid
                    found.setdefault(form, Hit(index, name))
        # Each with what is taken out of the data before.
        self._seeks = [
            _Seek(found, left_out)
            for found, left_out in ((blank, b""), (solid, encodings.BLANKS))
            if found
        ]

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._seeks)

    def of(self, data: bytes) -> Iterator[Hit]:
        """What is found in it; of what overlaps only one."""
        for seek in self._seeks:
            yield from seek.of(data, b"")[0]

    def of_stream(self, chunks: Iterable[bytes]) -> Iterator[Hit]:
        """The same of a stream, at whose borders nothing is missed and some perhaps told twice."""
        rests = [b""] * len(self._seeks)
        for chunk in chunks:
            for index, seek in enumerate(self._seeks):
                hits, rests[index] = seek.of(chunk, rests[index])
                yield from hits

    def of_texts(self, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
        """The keys of the texts in which something is found, and what."""
        for key, text in texts.items():
            for hit in self.of(text):
                yield key, hit


class _Seek:
    """Some forms, sought in data without the bytes that are left out."""

    def __init__(self, forms: Mapping[bytes, Hit], left_out: bytes) -> None:
        self._hits = tuple(forms.values())
        self._left_out = left_out
        self._longest = max(map(len, forms))
        self._automaton = _automaton(forms)

    def of(self, data: bytes, before: bytes) -> tuple[list[Hit], bytes]:
        """What is found in it behind the rest of what came before, and the rest of both."""
        if self._left_out:
            data = data.translate(None, self._left_out)
        data = before + data
        found = self._automaton.find_matches_as_indexes(data)
        return [self._hits[index] for index, _, _ in found], data[
            max(0, len(data) - self._longest + 1) :
        ]


def _automaton(forms: Collection[bytes]) -> ahocorasick_rs.BytesAhoCorasick:
    """The faster kind, as long as it takes some 45 MB at most."""
    small = sum(map(len, forms)) <= _FEW_BYTES
    kind = ahocorasick_rs.Implementation.DFA if small else None
    return ahocorasick_rs.BytesAhoCorasick(forms, implementation=kind)
