import base64
import html
import json
import os
import re
import shlex
import textwrap
import time
import urllib.parse
from collections.abc import Callable

import pytest

from imagebuild.core.dockerfile import quoting
from imagebuild.worker.mask import mask


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        ([], "nothing to hide", "nothing to hide"),
        (["hunter2"], "hunter2 and hunter2", "*** and ***"),
        (["pass", "password"], "password pass", "*** ***"),
        (["a.c*"], "a.c* abcc", "*** abcc"),
        (["", "abc"], "abc is too short to hide", "abc is too short to hide"),
        (['ab"c'], r'abc a\b"c "ab" c', r'abc a\b"c "ab" c'),
    ],
)
def test_secrets_are_hidden(secrets: list[str], text: str, shown: str) -> None:
    assert mask(secrets)(text) == shown


def in_a_script(text: str) -> str:
    return quoting.json_list(["/bin/sh", "-c", f"login {shlex.quote(text)}"])


def double_quoted(text: str) -> str:
    return '"' + "".join(f"\\{sign}" if sign in '"$`\\' else sign for sign in text) + '"'


def traced(text: str) -> str:
    """As bash's `set -x` shows a word."""
    return "'" + text.replace("'", r"'\''") + "'"


def html_safe(text: str) -> str:
    """As Go's encoding/json does."""
    return json.dumps(text).replace("<", r"\u003c").replace("&", r"\u0026")


@pytest.mark.parametrize(
    "quoted",
    [
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(json.dumps(text)),
        lambda text: json.dumps(json.dumps(json.dumps(text))),
        html_safe,
        quoting.literal,
        in_a_script,
        lambda text: json.dumps(in_a_script(text)),
        shlex.quote,
        double_quoted,
        traced,
    ],
)
@pytest.mark.parametrize(
    "secret",
    [
        "hunter22",
        'sw0rd"f1sh',
        'ba"ck\\s\\\\lash',
        "it's",
        "dollar$`tick`",
        "<a&b>!;",
        "two\nlines\t",
        "schlüssel😀",
        '\\"a\\"',
    ],
)
def test_a_secret_that_is_quoted_is_hidden_too(secret: str, quoted: Callable[[str], str]) -> None:
    text = quoted(secret)
    hidden = mask([secret])(f"RUN {text} end")
    assert hidden.count("***") == 1, text
    around = hidden.translate(dict.fromkeys(map(ord, "\\'\"")))
    assert around in ("RUN *** end", "RUN [/bin/sh, -c, login ***] end"), text


@pytest.mark.parametrize("secret", ["\\" * 6 + "x", '\\"' * 5 + "x", "\\'" * 5 + "x"])
@pytest.mark.parametrize("text", ["\\" * 6000, '\\"' * 3000, "\\'" * 3000])
def test_no_text_takes_long_to_look_through(secret: str, text: str) -> None:
    began = time.process_time()
    assert mask([secret])(text) == text
    assert time.process_time() - began < 2


SECRET = "t0k3n+of/a=length~that>needs?4=or so"  # noqa: S105 - of no one


@pytest.mark.parametrize(
    "coded",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(f"z{text}".encode()).decode(),
        lambda text: base64.b64encode(f"ab{text}yz".encode()).decode(),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
        lambda text: urllib.parse.quote(text, safe=""),
        lambda text: urllib.parse.quote(text, safe="!'()*~"),
        urllib.parse.quote_plus,
        lambda text: re.sub("%..", lambda match: match[0].lower(), urllib.parse.quote(text)),
        lambda text: "".join(
            f"%{byte:02X}" if byte in b"+/=" else chr(byte) for byte in text.encode()
        ),
    ],
)
def test_a_secret_that_is_encoded_is_hidden_but_for_what_it_shares_with_its_surroundings(
    coded: Callable[[str], str],
) -> None:
    before, stars, after = mask([SECRET])(f"it is {coded(SECRET)} they say").partition("***")
    assert stars
    assert len(before) <= len("it is ") + len("YWJ")
    assert len(after) <= len(" they say") + len("95eg==")


@pytest.mark.parametrize(
    "written",
    [
        html.escape,
        lambda text: html.escape(json.dumps(text)),
        lambda text: text.replace("&", "&#38;").replace('"', "&#x22;").replace("'", "&apos;"),
        lambda text: json.dumps(text).replace("&", r"\u0026").replace("/", r"\/"),
        lambda text: json.dumps(text).replace("<", r"\u003C").replace("+", r"\u002B"),
        lambda text: urllib.parse.quote_plus(text, safe="@/"),
        lambda text: "".join(sign if sign.isalnum() else f"\\{sign}" for sign in text),
        lambda text: json.dumps({"password": json.dumps(text)}),
    ],
)
def test_a_secret_in_a_document_a_url_or_a_shells_words_is_hidden(
    written: Callable[[str], str],
) -> None:
    text = written("a <b>&c\"d'e+f/g@h\\ i")
    hidden = mask(["a <b>&c\"d'e+f/g@h\\ i"])(f"it is {text} they say")
    assert re.fullmatch(r"""it is ([\W]|quot|password)*\*{3}([\W]|quot)* they say""", hidden), text


@pytest.mark.parametrize("width", [60, 64, 76])
@pytest.mark.parametrize("before", [0, 1, 20, 42])
@pytest.mark.parametrize("code", [lambda data: base64.b64encode(data).decode(), bytes.hex])
@pytest.mark.parametrize("secret", [b"Wd#7!kQ*zR(5)pL tX9vB3&mN6", bytes(range(255, 100, -1))])
def test_digits_in_lines_of_any_width_are_hidden_whatever_stands_before(
    secret: bytes, code: Callable[[bytes], str], before: int, width: int
) -> None:
    hidden = mask([os.fsdecode(secret)])
    shown = "".join(map(hidden, textwrap.wrap(code(bytes(before) + secret), width)))
    begin = len(code(bytes(before)).rstrip("=")) - 1
    # At each end of a line up to nine digits are too few to be told from others.
    left = re.sub(r"\*+|=", "", shown)[begin:]
    assert "***" in shown
    assert len(left) <= 3 + 9 * (code(secret).count("") // width + 1), shown


def test_a_secret_that_is_no_text_is_hidden_as_it_is_shown_and_in_digits() -> None:
    secret = b"\xff\xfehunter22\x80"
    hidden = mask([os.fsdecode(secret)])
    assert hidden(f"it is {secret.decode(errors='replace')}") == "it is ***"
    assert hidden(f"it is {secret.hex()}") == "it is ***"
    assert mask(["\ud800hunter22"])("hunter22") == "hunter22"


def test_zeros_are_shown_though_a_keystore_has_many() -> None:
    hidden = mask([os.fsdecode(bytes(64) + b"hunter22" * 4 + bytes(64))])
    assert hidden(f"0x{'0' * 16} {'A' * 24}") == f"0x{'0' * 16} {'A' * 24}"


@pytest.mark.parametrize("width", [64, 76])
def test_a_secret_in_lines_of_base64_is_hidden_line_by_line(width: int) -> None:
    lines = textwrap.wrap(base64.b64encode(f"{SECRET * 4}\n".encode()).decode(), width)
    hidden = mask([SECRET * 4])
    assert len(lines) > 2
    for line in lines:
        assert len(hidden(line)) <= len("***") + 4, line


def test_a_secret_in_several_colours_is_hidden_and_other_colours_stay() -> None:
    hidden = mask(["hunter22"])
    assert hidden("it is \x1b[31mhun\x1b[1mter22\x1b[0m") == "it is ***"
    assert hidden("it is \x1b[31mhunter22\x1b[0m") == "it is \x1b[31m***\x1b[0m"
    assert mask(["hunter22", "ter22"])("hun\x1b[1mter22") == "***"
    assert hidden("\x1b[31mred\x1b[0m") == "\x1b[31mred\x1b[0m"


def test_a_short_secret_hides_no_text_that_its_code_happens_to_be() -> None:
    assert mask(["abcd"])(f"{b'abcd'.hex()} YWJjZA==") == "61626364 YWJjZA=="
