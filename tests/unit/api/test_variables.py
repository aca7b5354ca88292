"""What a dollar sign means, and what it does not."""

import re

import pytest

from imagebuild.api import variables
from imagebuild.api.variables import Variable

VALUES = {"A": "a", "EMPTY": "", "B_2": "b"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("$A-${A}", "a-a"),
        ("$A$B_2", "ab"),
        ("$AB", ""),
        ("${B_2}c", "bc"),
        (r"\$A", "$A"),
        (r"\\$A", r"\a"),
        (r"\\\$A", r"\$A"),
        (r"C:\dir\\x", r"C:\dir\\x"),
        ("a\\", "a\\"),
        ("5 $ or $", "5 $ or $"),
        ("$/x", "$/x"),
        ("${A:-x}${NONE:-x}${EMPTY:-x}", "axx"),
        ("${A-x}${NONE-x}${EMPTY-x}", "ax"),
        ("${A:+x}${NONE:+x}${EMPTY:+x}", "x"),
        ("${A+x}${NONE+x}${EMPTY+x}", "xx"),
        ("${NONE:-${A}b}", "ab"),
        ("${NONE:-$A}", "a"),
        (r"${NONE:-a\}b}c", "a}bc"),
        (r"${NONE:-\$A}", "$A"),
        ('${NONE:-it\'s "q"}', 'it\'s "q"'),
        ("a}b{c", "a}b{c"),
    ],
)
def test_a_dollar_sign_means_what_a_dockerfile_says(text, expanded):
    assert variables.expand(variables.parse(text), VALUES) == expanded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${", "${ without a name"),
        ("${}", "${ without a name"),
        ("${A", "${A without its }"),
        ("${A:-x", "${A without its }"),
        ("${A:-${B}", "${A without its }"),
        ("${A#x}", "${A# is not known"),
        ("${A/x/y}", "${A/ is not known"),
        ("${A:x}", "${A: is not known"),
        ("$1", r"$1 is no variable; write \$"),
        ("$$", "$$ is no variable"),
        ("a $@ b", "$@ is no variable"),
    ],
)
def test_what_a_dockerfile_would_not_take_or_silently_drop_is_refused(text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        variables.parse(text)


def nested(depth):
    return "${NONE:-" * depth + "x" + "}" * depth


def test_variables_as_deep_as_may_be_expand():
    assert variables.expand(variables.parse(nested(variables.MAX_DEPTH)), VALUES) == "x"
    assert variables.parse("${A:-${B}}" * 400), "side by side is not deep"


@pytest.mark.parametrize("depth", [variables.MAX_DEPTH + 1, 453])
def test_variables_nested_deeper_are_refused(depth):
    with pytest.raises(ValueError, match=r"^variables nested deeper than 8$"):
        variables.parse(nested(depth))


def test_all_names_are_found_nested_ones_too():
    assert [*variables.names(variables.parse(r"$A ${B:-$C ${D}} \$E"))] == ["A", "B", "C", "D"]


def test_parts_are_literals_and_variables_in_order():
    assert variables.parse(r"a\$${B:-c}d") == ("a$", Variable("B", ":-", ("c",)), "d")


class Counted(str):
    """A text that counts every character that is read or copied out of it."""

    __slots__ = ("read",)

    def __new__(cls, text):
        counted = super().__new__(cls, text)
        counted.read = 0
        return counted

    def __getitem__(self, key):
        found = super().__getitem__(key)
        self.read += len(found)
        return found


LONGEST = 4096


@pytest.mark.parametrize(
    "repeated",
    ["$A", "a", "\\", r"\$", r"\\$A", "a$", "${A}", "${A:-b}", "${A:-${B}c}", "$/", "}", "${AB+}}"],
)
def test_reading_a_value_costs_no_more_than_its_length_asks_for(repeated):
    text = Counted((repeated * LONGEST)[: LONGEST // len(repeated) * len(repeated)])
    variables.parse(text)
    assert text.read <= 8 * len(text)


def test_many_values_of_the_greatest_length_are_read():
    texts = ["$A" * (LONGEST // 2 - index) for index in range(200)]
    assert [len(variables.parse(text)) for text in texts] == [len(text) // 2 for text in texts]
