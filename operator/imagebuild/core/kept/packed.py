"""A log of any length made small enough for a ConfigMap: both its ends, compressed.

Logs come as the kubelet gives them with ``timestamps=true``: each line after a moment by RFC 3339
with nanoseconds, and a blank. The moments tell where two pieces meet, and are not kept.
"""

import gzip
import re
from collections.abc import Callable

_STAMP = re.compile(rb"^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ", re.MULTILINE)
# Aim a little below what is allowed: the line between the ends needs room too.
_AIM = 0.98
_HALVINGS = 12


def pack(head: bytes, tail: bytes = b"", *, longest: int) -> bytes | None:
    """The log as gzip of at most ``longest`` bytes, of 1 KiB and more; None where it is none.

    ``head``: the log's beginning in whole lines, or all of it. ``tail``: its end, where ``head``
    may not reach so far; its first line may be cut.
    """
    if not _STAMP.match(head):
        return None
    last_of_head = head[head.rfind(b"\n", 0, -1) + 1 :]
    end = _from_a_line(tail)
    meet = end.rfind(last_of_head)
    if meet >= 0:
        head, tail = head + end[meet + len(last_of_head) :], b""
    packed = b"" if tail else _gzip(_plain(head))
    if packed and len(packed) <= longest:
        return packed
    return _of_both_ends(head, end if tail else head, longest=longest, counted=not tail)


def whole_lines(text: bytes) -> bytes:
    """A text that may be cut in its last line, without that line unless there is no other."""
    return text[: text.rfind(b"\n") + 1] or text


def _from_a_line(text: bytes) -> bytes:
    """The same for its first line."""
    return text[text.find(b"\n", 0, -1) + 1 :]


def _of_both_ends(head: bytes, tail: bytes, *, longest: int, counted: bool) -> bytes:
    """``counted``: head and tail are the same text, of which all lines are known."""
    room = int(longest * _AIM)
    while True:
        first, last = _ends(head, tail, longest=room, same=counted)
        between = head.count(b"\n") - first.count(b"\n") - last.count(b"\n") if counted else None
        seam = _seam(first, last, between)
        packed = _gzip(_plain(first) + seam + _plain(last))
        if len(packed) <= longest or not (first or last):
            return packed
        room = int(room * _AIM)


def _ends(head: bytes, tail: bytes, *, longest: int, same: bool) -> tuple[bytes, bytes]:
    """The beginning of one text and the end of another, or the ``same``, without what both have.

    Each may have half of what is allowed, and what the other leaves: it ends at a long line.
    """
    first, packed = _fitting(head, longest // 2, _beginning)
    last, packed = _fitting(tail[len(first) :] if same else tail, longest - packed, _ending)
    first, _ = _fitting(
        head[: len(head) - len(last)] if same else head, longest - packed, _beginning
    )
    return first, last


def _beginning(text: bytes, room: int) -> bytes:
    return whole_lines(text[:room])


def _ending(text: bytes, room: int) -> bytes:
    return _from_a_line(text[len(text) - room :])


def _fitting(text: bytes, longest: int, part: Callable[[bytes, int], bytes]) -> tuple[bytes, int]:
    """The longest part of a text that packs into so many bytes, and into how many it packs.

    ``part``: what is left of a text that may have so many bytes.
    """
    found, size = text, len(_gzip(_plain(text)))
    if size <= longest:
        return found, size
    found, size, least, most = b"", 0, 0, len(text)
    for _ in range(_HALVINGS):
        room = (least + most) // 2
        tried = part(text, room)
        packed = len(_gzip(_plain(tried)))
        if packed <= longest:
            found, size, least = tried, packed, room
        else:
            most = room
    return found, size


def _seam(first: bytes, last: bytes, lines: int | None) -> bytes:
    """The line that stands for what is left out: how many lines, where that is known."""
    how_many = "lines" if lines is None else f"{lines} lines"
    since, until = _STAMP.findall(first)[-1:], _STAMP.findall(last)[:1]
    moments = b" and ".join((*since, *until)).decode()
    when = f", printed between {moments}" if since and until else ""
    return f"\n[{how_many} left out here{when}]\n\n".encode()


def _plain(text: bytes) -> bytes:
    return _STAMP.sub(b"", text)


def _gzip(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)
