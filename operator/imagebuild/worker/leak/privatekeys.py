"""Private keys in PEM: which lines of one are nobody else's.

Much of a key's file is in others too: how it begins, which kind of key it is, the public half.
Sources: RFC 7468 (PEM), RFC 8017 (RSA), RFC 5915 (EC), RFC 5958 (PKCS #8), X.690 (DER), and
OpenSSH's PROTOCOL.key.
"""

import base64
import re
from collections.abc import Iterator

_BLOCK = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----(?P<body>.*?)-----END", re.DOTALL
)
_LINE = re.compile(r"[A-Za-z0-9+/=]+")
_OPENSSH = b"openssh-key-v1\0"
# Shorter numbers and texts in a key say of which kind it is.
_SHORTEST = 20

_INTEGER, _OCTETS, _CONSTRUCTED, _SEQUENCE = 0x02, 0x04, 0x20, 0x30
_LONG_FORM = 0x80


def lines(text: str) -> Iterator[bytes]:
    """The lines of base64 in all private keys of a text that hold something of the secret half.

    Of a key in a form that is not known, as of an encrypted one, all but its first line.
    """
    for block in _BLOCK.finditer(text):
        # Headers, as of an encrypted key, have a colon; "=" and four more are a checksum.
        body = [line.strip() for line in block["body"].splitlines()]
        body = [line for line in body if _LINE.fullmatch(line) and not line.startswith("=")]
        yield from (line.encode() for line in _own(body))


def decoded(text: str) -> bytes:
    """What base64 stands for; raises ValueError."""
    return base64.b64decode(text, validate=True)


def _own(body: list[str]) -> Iterator[str]:
    try:
        ranges = _secret_ranges(decoded("".join(body)))
    except (ValueError, IndexError):
        ranges = []
    if not ranges:
        yield from body[1:] if len(body) > 1 else body
        return
    at = 0
    for line in body:
        for first, last in ranges:
            # Three bytes are four characters; what stands for bytes of both halves is left out.
            begin, end = max(at, -(-first * 4 // 3)), min(at + len(line), last * 4 // 3)
            if end > begin:
                yield line[begin - at : end - at]
        at += len(line)


def _secret_ranges(key: bytes) -> list[tuple[int, int]]:
    """Where the secret half is in a key's bytes; raises ValueError or IndexError."""
    if key.startswith(_OPENSSH):
        return _of_openssh(key)
    fields = list(_leaves(key, 0, len(key)))
    numbers = [(begin, end) for kind, begin, end in fields if kind == _INTEGER]
    numbers = [(b, e) for b, e in numbers if e - b >= _SHORTEST]
    # An RSA key begins with its modulus, which is public.
    secret = numbers[1:] if len(numbers) > 1 else []
    return secret + [(b, e) for kind, b, e in fields if kind == _OCTETS and e - b >= _SHORTEST]


def _leaves(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The values in DER that hold no others: kind, beginning, end."""
    while at < end:
        kind, begin, at = _value(data, at)
        if at > end:
            raise ValueError("not DER")
        if kind & _CONSTRUCTED or (kind == _OCTETS and _holds_der(data, begin, at)):
            yield from _leaves(data, begin, at)
        else:
            yield kind, begin, at


def _holds_der(data: bytes, begin: int, end: int) -> bool:
    """Whether an OCTET STRING is one value of DER, as in PKCS #8: a key's numbers hardly ever."""
    try:
        kind, _, last = _value(data, begin)
    except IndexError:
        return False
    return kind in {_SEQUENCE, _OCTETS} and last == end


def _value(data: bytes, at: int) -> tuple[int, int, int]:
    kind, length, at = data[at], data[at + 1], at + 2
    if length & _LONG_FORM:
        size = length - _LONG_FORM
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    return kind, at, at + length


def _of_openssh(key: bytes) -> list[tuple[int, int]]:
    """Of an unencrypted key the fields behind its public half; else all that is encrypted."""
    at = len(_OPENSSH)
    cipher, at = _field(key, at)
    for _ in ("kdf", "its options"):
        _, at = _field(key, at)
    (first, last), at = _field(key, at + 4)
    public = key[first:last]
    (first, last), _ = _field(key, at)
    if key[slice(*cipher)] != b"none":
        return [(first, last)]
    at, found = first + 8, []
    while at + 4 < last:
        begin, end = _span(key, at)
        # What is left at the end fills it up to a whole block.
        if end > last:
            break
        # An Ed25519 key repeats its public half at the end of the private one.
        field = key[begin:end]
        if field not in public and end - begin >= _SHORTEST:
            shared = len(field) // 2 if field[len(field) // 2 :] in public else 0
            found.append((begin, end - shared))
        at = end
    return found


def _field(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Where a field is, and where the next one begins; raises ValueError."""
    begin, end = _span(data, at)
    if end > len(data):
        raise ValueError("cut short")
    return (begin, end), end


def _span(data: bytes, at: int) -> tuple[int, int]:
    """Where a field begins and ends, which its length stands before."""
    return at + 4, at + 4 + int.from_bytes(data[at : at + 4], "big")
