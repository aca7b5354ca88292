"""What is wrong with a spec is said with its place, in words that lead to the mend."""

import pydantic
import pytest
from tests.badspecs import BAD
from tests.badspecs.case import (
    CHECKSUM,
    adding,
    copying,
    from_config_map,
    with_context,
    with_file,
)
from tests.goodspecs import GOOD, HOSTS, full_of_everything

from imagebuild.api import crd, kinds, validate
from imagebuild.api.checks.quantities import quantity
from imagebuild.api.spec import ImageBuildSpec, Resources


def problems_of(spec):
    try:
        return validate.problems(ImageBuildSpec.model_validate(spec))
    except pydantic.ValidationError as error:
        return validate.of_error(error)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_spec_has_one_problem_at_its_place(bad):
    found = problems_of(bad.spec)
    assert [p.path for p in found] == [bad.path], found
    assert bad.words in f"{found[0].what}; {found[0].mend}"


@pytest.mark.parametrize("name", GOOD)
def test_a_good_spec_has_no_problem(name):
    assert problems_of(GOOD[name]) == ()


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_a_name_or_four_numbers(host):
    git, file = f"https://{host}/a.git", f"http://{host}/a.tar"
    sources = {"git": {"url": git}, "http": {"url": file, "sha256": "0" * 64}}
    for kind, source in sources.items():
        assert problems_of(with_context(**{kind: source})) == ()
    for added in ({"git": {"url": git}}, {"url": file, "checksum": CHECKSUM}):
        assert problems_of(adding(**added)) == ()


def test_a_spec_of_full_size_has_no_problem():
    assert problems_of(full_of_everything()) == ()


def test_all_problems_are_told_at_once():
    step = {"copy": ["a", "b"], "to": "c", "chmod": "x"}
    spec = {"stages": [{"name": "A", "from": "alpine:3", "steps": [step, {}]}], "timeoutSeconds": 0}
    assert {p.path for p in problems_of(spec)} == {
        "spec.stages[0].name",
        "spec.stages[0].steps[0].chmod",
        "spec.stages[0].steps[1]",
        "spec.timeoutSeconds",
    }


def test_a_problem_reads_as_one_sentence():
    (problem,) = problems_of({})
    assert str(problem) == ("spec.stages: there is nothing to build; give stages, or a dockerfile.")


def patterns_in(schema):
    for key, value in schema.items():
        if key == "pattern" and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from patterns_in(value)


def test_every_pattern_in_the_schema_has_its_words():
    found = set(patterns_in(crd.crd()["spec"]["versions"][0]["schema"]))
    assert found == set(kinds.WORDS)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("500m", 1),
        ("1023", "1Ki"),
        ("1Ki", "1025"),
        ("999k", "1M"),
        ("1e3", "1001"),
        ("1.5", 2),
        ("1e-99", "1n"),
        ("1E", "1e99"),
    ],
)
def test_quantities_compare_by_what_they_mean(less, more):
    assert quantity(less) < quantity(more)


@pytest.mark.parametrize("text", ["", "1e9999999", "1e-9999999", "1.2.3", ".", "1X", "1mi", "-1"])
def test_what_is_no_quantity_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"is no quantity"):
        quantity(text)


def test_a_quantity_that_the_model_let_through_is_a_problem_not_a_crash():
    spec = ImageBuildSpec.model_validate({"stages": [{"name": "a", "from": "alpine:3.18"}]})
    resources = Resources.model_construct(requests={"cpu": "1e9999999"}, limits={"cpu": 1})
    (problem,) = validate.problems(spec.model_copy(update={"resources": resources}))
    assert problem.path == "spec.resources"
    assert problem.what == "'1e9999999' is no quantity"


@pytest.mark.parametrize("path", ["a" * 255, "é" * 127, "a..b", ".a/b..", f"{'a' * 255}/b"])
def test_a_path_that_a_file_can_have_is_taken(path):
    for spec in (with_file(path), from_config_map(path)):
        assert problems_of(spec) == ()


def test_where_a_variable_leads_to_is_not_judged_by_its_name():
    assert problems_of(copying(to="/a/${UNSET:+" + "b" * 256 + "}c")) == ()
