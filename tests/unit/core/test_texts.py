"""Texts of others as a status may hold them."""

import pytest
from tests.builders import World, a_failure

from imagebuild.core import texts


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("as it is:\tone\ntwo ä 構築…", "as it is:\tone\ntwo ä 構築…"),
        ("\x1b[38;5;1mred\x1b[0m", "red"),
        ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b(B\x1b=\x1bMx", "x"),
        ("cut off \x1b[", "cut off "),
        ("1\r2\r\n3\r\r\n4", "1\n2\n3\n4"),
        ("a\x00b\x08\x0b\x7f\x9bc", "abc"),
    ],
)
def test_what_a_terminal_would_obey_is_gone(said, read):
    assert texts.plain(said) == read


@pytest.mark.parametrize(
    ("text", "longest", "part"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "ab…"),
        ("構築", 6, "構築"),
        ("構築構築", 11, "構築…"),
        ("äääää", 9, "äää…"),
        ("構築", 3, "…"),
    ],
)
def test_a_text_is_cut_between_characters_and_counted_in_bytes(text, longest, part):
    assert texts.cut(text, longest) == part
    assert len(part.encode()) <= longest


@pytest.mark.parametrize("letter", ["a", "ä", "構", "🧱"])
def test_a_message_has_no_more_bytes_than_an_event_may_have(letter):
    world = World()
    world.look()
    world.end(a_failure(error="x", exit_code=1, log_tail=letter * 1000))
    world.wait(6)
    world.look()
    assert len(world.status["failure"]["message"].encode()) <= 1024
    assert 900 < len(world.message().encode()) <= 1024
    assert " Mend: " in world.message()
