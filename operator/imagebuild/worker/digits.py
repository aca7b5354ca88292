"""Finds what stands for a value in base64 or hexadecimal digits: in whole, or as much as there is.

Programs break digits into lines of any width, wherever a value begins or ends in what they write;
so each long enough part of the digits counts.
"""

from collections.abc import Iterable, Iterator

# A part of fewer is as short as what stands anywhere by chance.
_SHORTEST = 10
# Looked for are pieces of so many digits, which begin so far from each other that one is in any
# part that counts.
_PIECE = 7
_APART = _SHORTEST - _PIECE + 1
# Of zeros, and the like, binary data have many.
_LEAST_DISTINCT = 4
# Of a value, and of all, the shortest first: a few pieces a byte take time and memory.
_MOST_BYTES = 1 << 14
_MOST_BYTES_OF_ALL = 1 << 15


class Digits:
    """The digits of all values; ``pieces`` are what to look for in a text."""

    def __init__(self, values: Iterable[bytes]) -> None:
        # Builds without secrets do without it.
        from imagebuild.worker.leak import encodings  # noqa: PLC0415

        self._places: dict[str, list[tuple[str, int]]] = {}
        forms: set[str] = set()
        left = _MOST_BYTES_OF_ALL
        for value in sorted(values, key=len):
            taken = value[: min(_MOST_BYTES, left)]
            left -= len(taken)
            forms.update(form.decode() for form, _ in encodings.in_digits(taken))
        for digits in forms:
            if len(digits) >= _SHORTEST:
                self._add(digits)

    @property
    def pieces(self) -> Iterable[str]:
        """Each once."""
        return self._places

    def around(self, piece: str, text: str, at: int) -> Iterator[tuple[int, int]]:
        """From where to where in the text digits stand for a value, as the piece there does."""
        for digits, begin in self._places[piece]:
            first, last = at, at + _PIECE
            while (
                first and at - first < begin and text[first - 1] == digits[begin - at + first - 1]
            ):
                first -= 1
            ends = min(len(text), at + len(digits) - begin)
            while last < ends and text[last] == digits[begin + last - at]:
                last += 1
            if last - first >= _SHORTEST:
                yield first, last

    def _add(self, digits: str) -> None:
        last = len(digits) - _PIECE
        for begin in (*range(0, last, _APART), last):
            piece = digits[begin : begin + _PIECE]
            if len(set(piece)) >= _LEAST_DISTINCT or len(digits) < 2 * _SHORTEST:
                self._places.setdefault(piece, []).append((digits, begin))
