"""Searches streams for many things at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import ahocorasick_rs

from imagebuild.worker.leak import encodings

_FEW_BYTES = 32 * 1024


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
        found: dict[bytes, Hit] = {}
        for index, values in enumerate(secrets):
            for value in values:
                for form, name in encodings.of(value).items():
                    found.setdefault(form, Hit(index, name))
        self._hits = tuple(found.values())
        self._longest = max(map(len, found), default=1)
        self._automaton = _automaton(found) if found else None

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return self._automaton is not None

    def of(self, data: bytes) -> Iterator[Hit]:
        """What is found in it, in its order; of what overlaps only one."""
        if self._automaton is not None:
            for index, _, _ in self._automaton.find_matches_as_indexes(data):
                yield self._hits[index]

    def of_stream(self, chunks: Iterable[bytes]) -> Iterator[Hit]:
        """The same of a stream, at whose borders nothing is missed and some perhaps told twice."""
        rest = b""
        for chunk in chunks:
            data = rest + chunk
            yield from self.of(data)
            rest = data[1 - self._longest :] if self._longest > 1 else b""

    def of_texts(self, texts: Mapping[str, bytes]) -> Iterator[tuple[str, Hit]]:
        """The keys of the texts in which something is found, and what."""
        for key, text in texts.items():
            for hit in self.of(text):
                yield key, hit


def _automaton(forms: Collection[bytes]) -> ahocorasick_rs.BytesAhoCorasick:
    """The faster kind, as long as it takes some 30 MB at most."""
    small = sum(map(len, forms)) <= _FEW_BYTES
    kind = ahocorasick_rs.Implementation.DFA if small else None
    return ahocorasick_rs.BytesAhoCorasick(forms, implementation=kind)
