"""What CEL is told and what Python checks are the same, where both are written by one function."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagebuild.api import references
from imagebuild.api.rules import rule, textrules
from imagebuild.contract import facts


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        ("(^|/)b(/|$)", "a/b\n", False),
        (r"^\$$", "$", True),
        ("^[^$]$", "$", False),
        (r"^\d$", "\u0663", False),
    ],
)
def test_a_pattern_means_what_it_does_in_go(pattern, text, found):
    assert rule.matches(pattern, text) is found


PIECES = st.sampled_from(
    ["$", "$$", "(", ")", "$(", "$(commit7)", "$(x)", "$$(", "a", "commit", "$(name)", "{", "é"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_facts_are_known_to_cel_as_they_are_to_the_worker(text):
    try:
        known = set(facts.names(text)) <= set(facts.NAMES)
    except ValueError:
        known = False
    assert rule.matches(textrules.FACTS, text) is known


def test_exactly_one_of_several_fields_is_set():
    found = rule.exactly_one(("url", "configMap", "from"), of="a thing", mend="m")
    assert found.cel == (
        "[has(self.url), has(self.configMap), has(self.from)].filter(x, x).size() == 1"
    )
    assert found.what == "a thing has exactly one of url, configMap and from"
    for given_, holds in (({}, False), ({"config_map": 1}, True), ({"url": 1, "from_": 1}, False)):
        fields = {"url": None, "config_map": None, "from_": None, **given_}
        assert (not found.findings(SimpleNamespace(**fields))) is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ({}, True),
        ({"copy_": ("a",)}, True),
        ({"parents": True}, False),
        ({"parents": True, "copy_": ("a",)}, True),
        ({"parents": ()}, True),
    ],
)
def test_a_field_stands_only_beside_those_that_it_belongs_to(value, holds):
    found = rule.belongs_to("parents", "copy", "add")
    assert found.cel == "!has(self.parents) || has(self.copy) || has(self.add)"
    fields = {"parents": None, "copy_": None, "add": None, **value}
    findings = found.findings(SimpleNamespace(**fields))
    assert [(f.field, f.what, f.mend) for f in findings] == (
        [] if holds else [(".parents", "parents belongs to copy and add", MEND)]
    )


MEND = "leave it out, or give copy or add"


def test_what_the_budget_does_not_carry_is_left_to_the_operator():
    rules = (rule.Rule(what="a", mend="b"), rule.Rule(cel="true", what="c", mend="d"))
    (entry,) = rule.extend({}, rules)["x-kubernetes-validations"]
    assert entry["message"] == "c; d"


@pytest.mark.parametrize(
    ("image", "called"),
    [
        ("alpine:latest", "alpine"),
        ("docker.io/library/alpine:latest", "alpine"),
        ("index.docker.io/library/alpine:latest", "alpine"),
        ("docker.io/alpine:latest", "alpine"),
        ("docker.io/team/alpine:latest", "team/alpine"),
        ("alpine:3.18", "alpine:3.18"),
        ("registry.example.com/alpine:latest", "registry.example.com/alpine"),
    ],
)
def test_an_image_is_called_as_docker_calls_it_for_short(image, called):
    assert references.familiar(image) == called
