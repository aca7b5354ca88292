"""Facts in texts: one syntax, for those who check, who fill in and who show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagebuild.contract import facts
from imagebuild.contract.source import Source

VALUES = {"commit7": "4f1c0de", "branch": "main", "tag": ""}
COMMIT = Source("context", commit="4f1c0de" + "0" * 33, branch="feat/x_y", time=1769860800)


def values(source=COMMIT):
    return facts.values(source, namespace="team", name="shop", number=7, started=86400)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain $HOME ${X} $", "plain $HOME ${X} $"),
        ("$(branch)-$(commit7)", "main-4f1c0de"),
        ("v$(tag)", "v"),
        ("$$(commit7)", "$(commit7)"),
        ("$$$(commit7)", "$$(commit7)"),
        ("costs $$5", "costs $$5"),
    ],
)
def test_facts_are_filled_in_and_all_else_stays(text, expected):
    assert facts.expand(text, VALUES) == expected


@given(st.text("$()abc commit7", max_size=30))
def test_a_literal_comes_out_as_it_went_in(text):
    assert facts.expand(facts.literal(text), VALUES) == text


@pytest.mark.parametrize("text", ["$(commit", "a$(", "$(a$(commit))"])
def test_what_has_no_end_is_no_fact(text):
    with pytest.raises(ValueError, match="without its"):
        facts.names(text)


def test_the_names_are_told_known_or_not():
    assert facts.names("$(commit) $$(x) $(y)") == ("commit", "y")


def test_an_image_of_which_a_fact_is_empty_is_none():
    assert facts.image("reg/app:$(branch)", VALUES) == "reg/app:main"
    assert facts.image("reg/app:$(tag)", VALUES) is None
    assert facts.image("reg/app:1.0", VALUES) == "reg/app:1.0"


def test_every_fact_has_a_value_and_no_other_has():
    assert set(values()) == set(facts.NAMES)


def test_the_facts_of_a_commit_are_the_commit_s():
    found = values()
    assert found["commit7"] == "4f1c0de"
    assert found["branch"] == "feat-x_y"
    assert (found["time"], found["date"]) == ("20260131120000", "2026-01-31")
    assert (found["namespace"], found["name"], found["number"]) == ("team", "shop", "7")


def test_without_a_commit_the_time_is_the_build_s():
    found = values(None)
    assert (found["time"], found["commit"], found["branch"]) == ("19700102000000", "", "")


@given(st.text(max_size=300))
def test_any_branch_may_stand_in_a_tag(branch):
    safe = facts.tag_safe(branch)
    assert facts.tag_safe(safe) == safe
    assert len(safe) <= 128
    assert safe.isascii()
    assert safe[:1] not in {".", "-"}
