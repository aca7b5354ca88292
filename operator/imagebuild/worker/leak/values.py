"""What in a secret's file is secret: the file may be a token, or hold some among other things."""

import contextlib
import json
import math
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from typing import Any

from imagebuild.worker.leak import privatekeys

# Shorter or plainer values stand in many files by chance.
_SHORTEST = 12
_LEAST_DISTINCT = 6
_LEAST_ENTROPY = 2.5  # bits a byte

_SECRETISH = re.compile(r"pass|pwd|token|secret|key|auth|cred|sign", re.IGNORECASE)
# What stands beside secrets and is none: words, numbers, hosts, paths, addresses, URLs without
# credentials.
_PLAIN = re.compile(
    r"[A-Za-z_ .,-]+|[0-9.:_ -]+|[\w.-]+\.[a-z]{2,}(?::\d+)?(?:/[\w./-]*)?|[\w.+-]+@[\w.-]+|"
    r"~?/[\w./-]*|[a-z][a-z0-9+.-]*://[^@\s?]*"
)
# As in .env, .npmrc, pip.conf, properties and YAML.
_ASSIGNED = re.compile(
    r"""^[^\S\n]*(?:export[^\S\n]+)?(?P<key>[\w./:@"'-]+?)["']?[^\S\n]*(?:=|:[^\S\n])[^\S\n]*"""
    r"""(?P<value>\S[^\n]*)$""",
    re.MULTILINE,
)
_NETRC = re.compile(r"\bpassword\s+(?P<value>\S+)")
_IN_URL = re.compile(r"://[^\s/:@]*:(?P<value>[^\s/@]+)@")


def secret(content: bytes) -> tuple[bytes, ...]:
    """The values to guard in the content of a file; none where none of them can be.

    The content as a whole, without the end of its line, is one unless it holds some of a known
    form: lines of private keys, values of ``KEY=value``, .netrc, JSON and URLs, or tokens alone,
    one a line.
    """
    whole = content.rstrip(b"\r\n")
    parts = tuple(dict.fromkeys(part for part in _parts(content) if guardable(part)))
    parts = parts or _tokens(whole)
    if parts and b"\n" in whole:
        return parts
    return tuple(dict.fromkeys((*((whole,) if guardable(whole) else ()), *parts)))


def all_of(content: bytes) -> tuple[bytes, ...]:
    """All values in the content of a file, the whole among them, however short or plain."""
    whole = content.strip()
    found = (whole, *_parts(content), *whole.splitlines())
    return tuple(dict.fromkeys(value for value in found if value))


def guardable(value: bytes) -> bool:
    """Whether it is long enough, and has enough in it, not to stand anywhere by chance."""
    if len(value) < _SHORTEST:
        return False
    counts = Counter(value)
    shares = (count / len(value) for count in counts.values())
    entropy = -sum(share * math.log2(share) for share in shares)
    return len(counts) >= _LEAST_DISTINCT and entropy >= _LEAST_ENTROPY


def _tokens(whole: bytes) -> tuple[bytes, ...]:
    """The lines, where each is a token: whoever takes one, or breaks lines anew, takes a secret."""
    lines = whole.split()
    apart = lines == whole.splitlines() and all(map(guardable, lines))
    return tuple(dict.fromkeys(lines)) if apart else ()


def _parts(content: bytes) -> Iterator[bytes]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return
    yield from privatekeys.lines(text)
    yield from (match["value"].encode() for match in _NETRC.finditer(text))
    for match in _IN_URL.finditer(text):
        yield match["value"].encode()
        yield urllib.parse.unquote_to_bytes(match["value"])
    if text.lstrip().startswith(("{", "[")):
        with contextlib.suppress(ValueError, RecursionError):
            yield from _of_json(json.loads(text), key="")
            return
    for match in _ASSIGNED.finditer(text):
        value = match["value"].strip().strip("\"'")
        if _tells(match["key"], value):
            yield value.encode()


def _of_json(found: Any, *, key: str) -> Iterator[bytes]:
    """Docker's configuration, service accounts and the like."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _of_json(value, key=name)
    elif isinstance(found, list):
        for value in found:
            yield from _of_json(value, key=key)
    elif isinstance(found, str):
        lines = tuple(privatekeys.lines(found))
        yield from lines
        if not lines and _tells(key, found):
            yield found.encode()
        if key == "auth":
            with contextlib.suppress(ValueError):
                yield privatekeys.decoded(found).partition(b":")[2]


def _tells(key: str, value: str) -> bool:
    """Whether a value that has a name is a secret, as far as one can say."""
    return bool(_SECRETISH.search(key)) or not _PLAIN.fullmatch(value)
