"""Has the daemon finish a build's record at once: else it waits 3 s for spans that may come.

buildctl has no command for it. It is one call of gRPC with an empty answer, so that HTTP/2 is
spoken here: no header is compressed, and of what the daemon says only the end is looked at.
Sources: RFC 9113 (frames), RFC 7541 (headers), https://grpc.io "gRPC over HTTP2", and
UpdateBuildHistory in BuildKit's api/services/control/control.proto.
"""

import socket
import struct
from pathlib import Path

_METHOD = "/moby.buildkit.v1.Control/UpdateBuildHistory"

# Of both RFCs: kinds of frames, their flags, and the fields of the static table that are used.
_DATA, _HEADERS, _RESET, _SETTINGS = 0x0, 0x1, 0x3, 0x4
_END_STREAM, _END_HEADERS = 0x1, 0x4
_POST, _HTTP, _NEW_NAME = b"\x83", b"\x86", b"\x00"
_AUTHORITY, _PATH = b"\x01", b"\x04"

_HEAD_BYTES = 9
_STREAM = 1


def finish(ref: str, daemon: Path, *, seconds: float) -> None:
    """Returns when the record of the build ``ref`` is as finished as it gets.

    Raises OSError where nothing is heard at this socket, or nothing for so many seconds.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(str(daemon))
        connection.sendall(request(ref))
        with connection.makefile("rb") as answer:
            while len(head := answer.read(_HEAD_BYTES)) == _HEAD_BYTES:
                length, kind, flags, stream = struct.unpack(">LBBL", b"\0" + head)
                answer.read(length)
                if stream == _STREAM and (kind == _RESET or flags & _END_STREAM):
                    return


def request(ref: str) -> bytes:
    """All that is sent."""
    # Fields 1 (a text: whose record) and 4 (a truth value: finish it).
    message = b"\x0a" + _text(ref) + b"\x20\x01"
    headers = _POST + _HTTP + _PATH + _text(_METHOD) + _AUTHORITY + _text("localhost")
    for name, value in (("content-type", "application/grpc"), ("te", "trailers")):
        headers += _NEW_NAME + _text(name) + _text(value)
    data = struct.pack(">BL", 0, len(message)) + message
    return (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        + _frame(_SETTINGS, b"")
        + _frame(_HEADERS, headers, flags=_END_HEADERS, stream=_STREAM)
        + _frame(_DATA, data, flags=_END_STREAM, stream=_STREAM)
    )


def _frame(kind: int, payload: bytes, *, flags: int = 0, stream: int = 0) -> bytes:
    return struct.pack(">L", len(payload))[1:] + struct.pack(">BBL", kind, flags, stream) + payload


def _text(text: str) -> bytes:
    """A text of less than 127 bytes: of both formats its length and itself."""
    data = text.encode()
    return bytes([len(data)]) + data
