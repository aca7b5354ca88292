"""Scripts keep their lines where a shell reads them so, and are told where `set -e` matters."""

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imagebuild.cli.conversion import script

SH = ("/bin/sh", "-c")


@pytest.mark.parametrize(
    "text",
    [
        "make",
        "make;",
        "apt-get update && apt-get install -y curl",
        "a && b || c",
        "a | b && c > /dev/null 2>&1",
        "echo 'a; b'",
        'echo "a; b & c" && d',
        r"echo a\; b",
        'test -n "$(id -u)" && (cd /a && make)',
        ". /venv/bin/activate && pip install x",
        "curl -fsSL 'https://x/?a=1&b=2' | sh",
        "set -eux; a; b",
        "set -o errexit && a; b",
        "set -euo pipefail\na\nb",
        "set +e; a; b",
        "a # one; two",
        "a &> log",
        "sed -e 's/;/\\n/g' file",
    ],
)
def test_set_e_makes_no_difference(text):
    assert not script.stops_earlier(text, shell=SH)


@pytest.mark.parametrize(
    "text",
    [
        "a; b",
        "a && b; c",
        "a\nb",
        "a & b",
        "a &",
        "if a; then b; fi",
        "for i in 1 2; do a; done",
        "a || { b; c; }",
        "x=$(a; b)",
        'echo "$(a; b)"',
        "echo `a; b`",
        ". ./script",
        "a && source ./script",
        "X=1 . ./script",
        'eval "$X"',
        "a $(. ./script)",
        "echo $'it\\'s'; b",
        "echo 'open",
        "set -x; a; b",
        "echo set -e; b",
    ],
)
def test_set_e_may_make_a_difference(text):
    assert script.stops_earlier(text, shell=SH)


@pytest.mark.parametrize(
    ("shell", "differs"),
    [
        (("/bin/bash", "-o", "pipefail", "-c"), True),
        (("bash", "-eo", "pipefail", "-c"), False),
        (("/bin/sh", "-ec"), False),
        (("/bin/bash", "-o", "errexit", "-c"), False),
        (("pwsh", "-Command"), False),
        (("/usr/bin/python3", "-c"), False),
    ],
)
def test_it_depends_on_the_shell(shell, differs):
    assert script.stops_earlier("a; b", shell=shell) == differs


def broken(*pieces):
    """The pieces as one script, and as the lines that it may be."""
    text = "".join(pieces)
    ends = [sum(map(len, pieces[: index + 1])) for index in range(len(pieces) - 1)]
    return text, script.lines(text, ends)


@pytest.mark.parametrize(
    "pieces",
    [
        ("echo a ", "  && echo b ", "  && echo c"),
        ('echo "a ', 'b" ', "  c"),
        ("echo 'a' ", "  'b'"),
        ("echo a", "b"),
        ('echo "$(echo x)" ', "  && echo y"),
        ("echo \"$(echo 'x y')\" ", "  && echo y"),
        ("echo \\; ", " a"),
        ("echo `echo x` ", "  y"),
        ("echo ${X:-", "y}"),
    ],
)
def test_lines_stay_lines(pieces):
    _, found = broken(*pieces)
    assert found == "\\\n".join(pieces)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("printf 'a ", "b' ", "c"), "printf 'a b' \\\nc"),
        (("echo a # b ", "&& echo c"), "echo a # b && echo c"),
        (("echo $'a\\'' ", "b"), "echo $'a\\'' b"),
        (('echo "$(echo "x', 'y")" ', "z"), 'echo "$(echo "xy")" z'),
        (("echo \"$(echo 'x ", "y')\" ", "z"), "echo \"$(echo 'x y')\" \\\nz"),
        (("echo a\\ ", "b"), "echo a\\ \\\nb"),
    ],
)
def test_lines_are_joined_where_a_shell_would_not_join_them(pieces, expected):
    assert broken(*pieces)[1] == expected


def told(text):
    """What a shell prints, and how it ends."""
    ran = subprocess.run(["/bin/sh", "-c", text], capture_output=True, check=False)
    return ran.stdout, ran.returncode


some = settings(max_examples=60, deadline=None)
_pieces = st.lists(
    st.sampled_from(
        ["echo ", "x", " ", "'", '"', "' y'", '"z"', '"$(echo ', ')"', "`", "$(", ")", "# ", "\\",
         ";", " && echo ", " | ", "$'", "${X:-", "}", "''\\''"]
    ),
    min_size=1,
    max_size=4,
).map("".join)  # fmt: skip


@some
@given(st.lists(_pieces, min_size=2, max_size=5))
@example(["echo 'a ", "b' \"c ", "$(printf '%s ", 'x\')" `echo "d ', 'e"` ', "f # g ", "h"])
@example(["X='it'\\''s ", "so' && echo \"$X ", '$(echo "a  ', 'b")" ', "c"])
def test_a_shell_does_the_same_with_lines(pieces):
    # A line that ends in a backslash goes on in a Dockerfile, and never ends a piece.
    pieces = [piece.rstrip("\\") or "x" for piece in pieces]
    joined, found = broken(*pieces)
    assert told(found) == told(joined)


_commands = st.sampled_from(
    ["true", "false", "echo x", "X=$(false)", 'echo "$(false; echo y)"', "(false && true)",
     "! true", "{ false; echo z; }", ". /dev/null", "eval 'false; echo e'", "cat <<< x",
     "f() { false; echo f; }", "f", "$(exit 3)", "(false; echo s)", "if false; then true; fi",
     "set -e", "set +e"]
)  # fmt: skip
_scripts = st.lists(
    st.tuples(st.sampled_from([" && ", " || ", " | ", "; "]), _commands), max_size=4
)


@some
@given(_commands, _scripts)
def test_what_is_said_not_to_differ_does_not(first, rest):
    text = first + "".join(operator + command for operator, command in rest)
    if not script.stops_earlier(text, shell=SH):
        assert told(text) == told(f"set -e\n{text}")
