"""What in a secret's file is secret: the file may be a token, or hold some among other things."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from imagebuild.worker.leak import parts

# Shorter or plainer values stand in many files by chance.
_SHORTEST = 12
_LEAST_DISTINCT = 6
_LEAST_ENTROPY = 2.5  # bits a byte
# Of a value that nothing calls a secret, for a reader's eyes.
_SHORTEST_UNSURE = 6
# A name, and nothing else that may be one.
_NAME = re.compile(r"[A-Za-z]+(?:[_.-]{1,2}[A-Za-z]+)*|_[A-Za-z]+")


def secret(content: bytes) -> tuple[bytes, ...]:
    """The values to guard in the content of a file; none where none of them can be.

    The content as a whole, without the blanks around it, is one unless it holds some of a known
    form: lines of private keys, values of ``KEY=value``, .netrc, JSON and URLs, or tokens alone,
    one a line.
    """
    whole = content.strip()
    readings = (reading for part in parts.of(content) for reading in part.readings)
    found = tuple(dict.fromkeys(reading for reading in readings if guardable(reading)))
    found = found or _tokens(whole)
    if found and b"\n" in whole:
        return found
    return tuple(dict.fromkeys((*((whole,) if guardable(whole) else ()), *found)))


def unguarded(content: bytes) -> Iterator[str]:
    """What cannot be searched for, by the name of its key, "" where it has none to be told.

    Each value that is surely secret is told, and the whole where nothing in it can be.
    """
    if content.strip() and not secret(content):
        yield ""
        return
    found = tuple(parts.of(content))
    kept = tuple(reading for part in found for reading in part.readings if guardable(reading))
    for part in found:
        if part.sure and not all(map(guardable, part.readings)):
            yield _told(part.name, kept)


def all_of(content: bytes) -> tuple[bytes, ...]:
    """All values in the content of a file, the whole among them, however short or plain."""
    whole = content.strip()
    found = [
        reading
        for part in parts.of(content)
        for reading in part.readings
        if part.sure or len(reading) >= _SHORTEST_UNSURE
    ]
    return tuple(dict.fromkeys(value for value in (whole, *found, *whole.splitlines()) if value))


def guardable(value: bytes) -> bool:
    """Whether it is long enough, and has enough in it, not to stand anywhere by chance."""
    if len(value) < _SHORTEST:
        return False
    counts = Counter(value)
    shares = (count / len(value) for count in counts.values())
    entropy = -sum(share * math.log2(share) for share in shares)
    return len(counts) >= _LEAST_DISTINCT and entropy >= _LEAST_ENTROPY


def _told(name: str, kept: tuple[bytes, ...]) -> str:
    known = _NAME.fullmatch(name) and not any(name.encode() in value for value in kept)
    return name if known else ""


def _tokens(whole: bytes) -> tuple[bytes, ...]:
    """The lines, where each is a token: whoever takes one, or breaks lines anew, takes a secret."""
    lines = whole.split()
    apart = lines == whole.splitlines() and all(map(guardable, lines))
    return tuple(dict.fromkeys(lines)) if apart else ()
