"""A log of any length made small enough for a ConfigMap: both its ends, compressed.

Logs come as the kubelet gives them with ``timestamps=true``: each line after a moment by RFC 3339
with nanoseconds, and a blank. The moments tell where two pieces meet, and are not kept.
"""

import gzip
import re

_STAMP = re.compile(rb"^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ", re.MULTILINE)
# Aim a little below what is allowed: what is cut off may be what compressed best.
_AIM = 0.95


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
    return text[text.find(b"\n") + 1 :]


def _of_both_ends(head: bytes, tail: bytes, *, longest: int, counted: bool) -> bytes:
    """``counted``: head and tail are the same text, of which all lines are known."""
    room = min(len(head), len(tail)) // 2 if counted else max(len(head), len(tail))
    while True:
        first = whole_lines(head[:room]) if room < len(head) else head
        last = _from_a_line(tail[len(tail) - room :]) if room < len(tail) else tail
        between = head.count(b"\n") - first.count(b"\n") - last.count(b"\n") if counted else None
        seam = _seam(first, last, between)
        packed = _gzip(_plain(first) + seam + _plain(last))
        if len(packed) <= longest or not room:
            return packed
        room = int(room * min(1, longest / len(packed)) * _AIM)


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
