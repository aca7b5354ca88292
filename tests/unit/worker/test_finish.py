import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imagebuild.worker.solve import finish

# What buildkitd v0.34.2 answered for a record that it had, frame by frame.
SETTINGS = bytes.fromhex("000006040000000000000500004000")
ACKNOWLEDGED = bytes.fromhex("000000040100000000")
WINDOW = bytes.fromhex("00000408000000000000000022")
PING = bytes.fromhex("00000806000000000002041010090e0707")
HEADERS = bytes.fromhex("00000e010400000001885f8b1d75d0620d263d4c4d6564")
EMPTY = bytes.fromhex("0000050000000000010000000000")
TRAILERS = bytes.fromhex("00001801050000000140889acac8b21234da8f013040899acac8b5254207317f00")
ANSWER = (SETTINGS, ACKNOWLEDGED, WINDOW, PING, HEADERS, EMPTY, TRAILERS)

RESET = bytes.fromhex("00000403000000000100000007")
REF = "5bzk8fq2ibizaqfcn2q2xwu6t"


@dataclass
class Daemon:
    """Takes one request and gives these answers; then it waits until it is let go."""

    answers: tuple[bytes, ...]
    heard: bytes = b""
    let_go: threading.Event = field(default_factory=threading.Event)

    def serve(self, server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            self.heard = connection.recv(65536)
            for answer in self.answers:
                connection.sendall(answer)
            self.let_go.wait(10)


@contextmanager
def listening(place: Path, *answers: bytes, stays: bool = True) -> Iterator[Daemon]:
    daemon = Daemon(answers)
    if not stays:
        daemon.let_go.set()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()
        server.settimeout(10)
        thread = threading.Thread(target=daemon.serve, args=(server,))
        thread.start()
        try:
            yield daemon
        finally:
            daemon.let_go.set()
            thread.join(10)


def frames(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Kind, flags, stream and payload of each frame."""
    while data:
        length, kind, flags, stream = struct.unpack(">LBBL", b"\0" + data[:9])
        yield kind, flags, stream, data[9 : 9 + length]
        data = data[9 + length :]


def test_a_record_is_asked_for_in_one_call_of_grpc(tmp_path: Path) -> None:
    with listening(tmp_path / "s", *ANSWER) as daemon:
        finish.finish(REF, tmp_path / "s", seconds=10)
    preface, sent = daemon.heard[:24], daemon.heard[24:]
    assert preface == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    settings, headers, data = frames(sent)
    assert settings == (4, 0, 0, b"")
    assert headers[:3] == (1, 4, 1)
    assert b"/moby.buildkit.v1.Control/UpdateBuildHistory" in headers[3]
    message = b"\x0a\x19" + REF.encode() + b"\x20\x01"
    assert data == (0, 1, 1, struct.pack(">BL", 0, len(message)) + message)


@pytest.mark.parametrize(
    ("answers", "stays"),
    [
        (ANSWER, True),
        ((b"".join(ANSWER),), True),
        ((SETTINGS, RESET), True),
        ((SETTINGS, TRAILERS), True),
        ((SETTINGS, HEADERS), False),
        ((TRAILERS[:5],), False),
        ((), False),
    ],
    ids=["frames", "at-once", "refused", "no-message", "gone", "torn", "nothing"],
)
def test_the_call_returns_with_the_end_of_the_answer(
    tmp_path: Path, answers: tuple[bytes, ...], *, stays: bool
) -> None:
    began = time.monotonic()
    with listening(tmp_path / "s", *answers, stays=stays):
        finish.finish(REF, tmp_path / "s", seconds=10)
        assert time.monotonic() - began < 8, "it waited for more than the end"


@pytest.mark.parametrize("answers", [(), (SETTINGS, PING), (HEADERS, EMPTY)], ids=str)
def test_a_daemon_that_says_no_more_is_not_waited_for(
    tmp_path: Path, answers: tuple[bytes, ...]
) -> None:
    with listening(tmp_path / "s", *answers), pytest.raises(OSError, match="timed out"):
        finish.finish(REF, tmp_path / "s", seconds=0.1)


def test_where_no_daemon_listens_that_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        finish.finish(REF, tmp_path / "s", seconds=1)
