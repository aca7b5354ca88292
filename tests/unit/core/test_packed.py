"""Logs of any length are packed into what a ConfigMap may have, both ends of them."""

import gzip
import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW

from imagebuild.core.kept import packed

KIB = 1024


def stamped(lines, *, start=0):
    """The log as a kubelet gives it: each line a millisecond after the one before."""
    return b"".join(
        f"{(NOW + timedelta(milliseconds=start + n)).isoformat(timespec='milliseconds')} ".encode()
        + line
        + b"\n"
        for n, line in enumerate(lines)
    )


def numbered(count):
    return [f"#5 0.123 {n} {noise(n)[:20]}".encode() for n in range(count)]


def noise(seed):
    """64 letters that hardly pack."""
    return hashlib.sha256(str(seed).encode()).hexdigest()


def read(small):
    return gzip.decompress(small)


def test_a_short_log_is_kept_as_it_was_printed():
    lines = [b"#1 [internal] load", b"", b"2026-01-31T12:00:00Z is what the step printed", b"end"]
    assert read(packed.pack(stamped(lines), longest=KIB)) == b"\n".join([*lines, b""])


def test_two_pieces_that_meet_are_one_log():
    text = stamped(numbered(1000))
    pieces = text.splitlines(keepends=True)
    head, tail = b"".join(pieces[:600]), b"".join(pieces[500:])[7:]
    whole = read(packed.pack(head, tail, longest=100 * KIB))
    assert whole.splitlines() == numbered(1000)


def test_pieces_that_do_not_meet_say_between_which_moments_lines_are_left_out():
    head, tail = stamped(numbered(10)), stamped(numbered(10), start=60_000)
    lines = read(packed.pack(head, tail, longest=100 * KIB)).decode().splitlines()
    assert lines[:10] == [line.decode() for line in numbered(10)]
    seam = (
        "[lines left out here, printed between "
        "2026-01-31T12:00:00.009+00:00 and 2026-01-31T12:01:00.001+00:00]"
    )
    assert lines[10:13] == ["", seam, ""]
    # The first line of the second piece may be cut.
    assert lines[13:] == [line.decode() for line in numbered(10)[1:]]


def test_a_log_that_is_known_whole_and_too_long_says_how_many_lines_are_left_out():
    lines = numbered(10_000)
    small = packed.pack(stamped(lines), longest=20 * KIB)
    assert 15 * KIB < len(small) <= 20 * KIB, "what may be kept is made use of"
    first, _, rest = read(small).partition(b"\n[")
    seam, _, last = rest.partition(b"]\n\n")
    first, last = first.splitlines(), last.splitlines()
    assert first == lines[: len(first)]
    assert last == lines[-len(last) :]
    left_out = 10_000 - len(first) - len(last)
    assert seam.startswith(f"{left_out} lines left out here, printed between 2026".encode())
    assert 0.8 < len(first) / len(last) < 1.2


def test_a_line_of_a_megabyte_is_cut_to_fit():
    line = "".join(noise(n) for n in range(16_000)).encode()
    small = packed.pack(stamped([b"begun", line, b"ended"]), longest=10 * KIB)
    assert len(small) <= 10 * KIB
    assert read(small).startswith(b"begun\n")
    assert read(small).endswith(b"ended\n")


LONG = "".join(noise(n) for n in range(16_000)).encode()
MANY = [noise(n).encode() for n in range(20_000)]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ([b"begun", LONG, *MANY, b"ended"], b"begun\n", b"ended\n"),
        ([b"begun", *MANY, LONG, b"ended"], b"begun\n", b"ended\n"),
        ([b"begun", *MANY, LONG], b"begun\n", LONG[-1000:] + b"\n"),
        ([LONG, *MANY, b"ended"], LONG[:1000], b"ended\n"),
    ],
)
def test_a_long_line_at_one_end_leaves_its_room_to_the_other(lines, first, last, whole):
    text = stamped(lines)
    head, tail = (text, b"") if whole else (packed.whole_lines(text[: KIB**2]), text[-(KIB**2) :])
    small = packed.pack(head, tail, longest=128 * KIB)
    assert 0.9 * 128 * KIB < len(small) <= 128 * KIB, "what may be kept is made use of"
    assert read(small).startswith(first)
    assert read(small).endswith(last)


@pytest.mark.parametrize("text", [b"", b"unable to retrieve container logs for containerd://abc"])
def test_what_is_no_log_is_none(text):
    assert packed.pack(text, longest=KIB) is None


def test_the_same_log_is_packed_to_the_same_bytes():
    text = stamped(numbered(100))
    assert packed.pack(text, longest=KIB * 9) == packed.pack(text, longest=KIB * 9)


@given(st.lists(st.binary(max_size=300), max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_whatever_was_printed_fits_and_nothing_is_kept_twice(lines, end_of_head, start_of_tail):
    lines = [line.replace(b"\n", b"").replace(b"\r", b"") for line in lines]
    pieces = stamped(lines).splitlines(keepends=True)
    head, tail = b"".join(pieces[:end_of_head]), b"".join(pieces[start_of_tail:])
    small = packed.pack(head, tail, longest=KIB)
    if not head:
        assert small is None
        return
    assert len(small) <= KIB
    text = read(small)
    if b"left out here" not in text and tail:
        assert text.split(b"\n")[:-1] == lines
