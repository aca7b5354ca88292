"""A converted word means what the Dockerfile's word means."""

import re

import pytest
from e2b_dockerfile_utils import ShellLex
from hypothesis import assume, given
from hypothesis import strategies as st

from imagebuild.api import variables
from imagebuild.cli.conversion import words
from imagebuild.cli.conversion.problems import CannotSayError

UNSAYABLE = re.compile(r"\$\{(?!\w*([:}+?-]))|\$\{[^A-Za-z_ß-ÿ]")
SET = {"A": "<a>", "EMPTY": "", "größe": "{g}"}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("plain", "plain"),
        ('"two words"', "two words"),
        ("'$A'", r"\$A"),
        (r"\$A", r"\$A"),
        ("$A", "$A"),
        ("${A}", "$A"),
        ("${A}b", "${A}b"),
        ("${A}-b", "$A-b"),
        ("$A$B", "$A$B"),
        ('"it\'s ${A}"', "it's $A"),
        ("${A:-'x y'}", "${A:-x y}"),
        ("${A:+:$A}", "${A:+:$A}"),
        (r"${A:-a\}b}", r"${A:-a\}b}"),
        (r'"a\b"', r"a\b"),
        (r"a\b", "ab"),
        (r"a\\b", r"a\b"),
        (r"a\\$A", r"a\\$A"),
        (r"a\\\$A", r"a\\\$A"),
        ("costs 5$", r"costs 5\$"),
        ("costs $5", "costs "),
        ("$$A", "A"),
    ],
)
def test_a_word_becomes_a_value(word, value):
    assert words.value(word, escape="\\") == value


def test_the_escape_directive_counts():
    assert words.value(r"C:\dir\`$A", escape="`") == r"C:\dir\\\$A"


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("${A#x}", "${A#...} cannot be said"),
        ("${A//a/b}", "${A/...} cannot be said"),
        ("${A%%x}", "${A%...} cannot be said"),
        ("${A:}", "${A:}...} cannot be said"),
        ("${A", "there is a ${ without its } in ${A"),
        ("${A:-b", "there is a ${ without its } in ${A:-b"),
        ("${1}", "a ${ has no name after it in ${1}"),
        ("'a", "a ' is not closed in 'a"),
        ('"a', 'a " is not closed in "a'),
    ],
)
def test_what_cannot_be_said_is_named(word, what):
    with pytest.raises(CannotSayError) as refused:
        words.value(word, escape="\\")
    assert refused.value.what == what


_fragments = st.sampled_from(
    ["$A", "${A}", "$UNSET", "${UNSET:-x}", "${EMPTY-y}", "${A:+'}'}", '${UNSET:-"q$A"}', "größe",
     r"\$", r"\\", "\\", "'", '"', "$", "{", "}", "`", "<", "<<", " ", "$größe", r"\}", "$1", "$?"]
)  # fmt: skip


@given(
    st.lists(_fragments | st.text("ab$\\\"'{}`_ é", max_size=4), max_size=6).map("".join),
    st.sampled_from("\\`"),
)
def test_a_value_is_worth_what_buildkit_makes_of_the_word(word, escape):
    try:
        expected = ShellLex(escape, env=SET, skip_unset_env=False).process_word(word)
    except ValueError:
        with pytest.raises(CannotSayError):
            words.value(word, escape=escape)
        return
    assume(not UNSAYABLE.search(word))
    value = words.value(word, escape=escape)
    assert variables.expand(variables.parse(value), SET) == expected


@given(st.text("a$\\}{'\""))
def test_a_literal_has_no_variable(plain):
    assert variables.parse(words.literal(plain)) in ((plain,), ())
