"""The CRD on a real API server, the only judge of what a structural schema and CEL may be."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import specs
from tests.badspecs import BAD
from tests.badspecs.case import IMAGE
from tests.goodspecs import GOOD, full_of_everything, full_size

ROOT = Path(__file__).parents[2]
DRY_RUN = ("apply", "--server-side", "--dry-run=server", "-f", "-")
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


pytestmark = pytest.mark.usefixtures("crd")


@pytest.fixture(scope="session")
def crd(kubectl):
    """The CRD of this very tree, installed."""
    kubectl(
        "apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds/imagebuilds.yaml")
    )
    kubectl("wait", "--for=condition=Established", "crd/imagebuilds.imagebuild.dev")


def an_imagebuild(spec, name="hello"):
    return {
        "apiVersion": "imagebuild.dev/v1alpha1",
        "kind": "ImageBuild",
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


@pytest.fixture
def dry_run(kubectl):
    """Apply a spec without keeping it: (whether it is taken, what is said)."""

    def apply(spec):
        said = kubectl(*DRY_RUN, stdin=json.dumps(an_imagebuild(spec)), check=False)
        return "serverside-applied" in said, said

    return apply


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_spec_is_refused_at_its_place_and_with_the_operators_words(dry_run, bad):
    taken, said = dry_run(bad.spec)
    assert taken == bad.taken, said
    if not taken:
        assert f"{bad.there or bad.path}: " in said
        assert (bad.by_schema or bad.words) in said
        assert "no such key" not in said


@pytest.mark.parametrize("name", GOOD)
def test_a_good_spec_is_taken(dry_run, name):
    taken, said = dry_run(GOOD[name])
    assert taken, said


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=st.lists(specs.specs(), min_size=10, max_size=10))
def test_what_the_operator_can_build_the_api_server_takes(kubectl, found):
    items = [an_imagebuild(spec, f"i{index}") for index, spec in enumerate(found)]
    said = kubectl(
        *DRY_RUN,
        stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}),
        check=False,
    )
    assert said.count("serverside-applied") == len(found), said


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"stages": [{"name": "a", "from": "alpine:3", "step": []}]}, ".spec.stages[0].step"),
        ({"stage": []}, ".spec.stage"),
    ],
)
def test_unknown_fields_are_refused(dry_run, field, path):
    taken, said = dry_run({"stages": [{"name": "a", "from": "alpine:3"}], **field})
    assert not taken
    assert f"{path}: field not declared in schema" in said


def test_unknown_fields_are_refused_by_a_plain_apply_too(kubectl):
    spec = {"stages": [{"name": "a", "from": "alpine:3", "step": []}]}
    found = json.dumps(
        {
            "apiVersion": "imagebuild.dev/v1alpha1",
            "kind": "ImageBuild",
            "metadata": {"name": "hello", "namespace": "default"},
            "spec": spec,
        }
    )
    said = kubectl("apply", "--dry-run=server", "-f", "-", stdin=found, check=False)
    assert "created" not in said
    assert re.search(r'unknown field "(spec\.stages\[0\]\.)?step"', said), said


def test_64_stages_of_64_steps_are_taken(dry_run):
    taken, said = dry_run(full_size(publish=[{"images": [IMAGE]}]))
    assert taken, said


def test_with_all_else_at_its_most_they_are_taken_too(dry_run):
    taken, said = dry_run(full_of_everything())
    assert taken, said


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("oops", "oops is no earlier stage or context"),
        (f"{'s' * 60}063", f"copies from {'s' * 60}063, which does not stand before it"),
    ],
)
def test_of_64_stages_of_64_steps_the_wrong_one_is_named(dry_run, wrong, words):
    spec = full_of_everything()
    spec["stages"][63]["steps"][63] = {"copy": ["/a"], "from": wrong, "to": "/c"}
    taken, said = dry_run(spec)
    assert not taken
    assert words in said


def test_nothing_is_defaulted_in_spec_and_status_says_that_nobody_looked(namespace):
    spec = {"stages": [{"name": "a", "from": "alpine:3.18", "steps": [{"run": "true"}]}]}
    found = an_imagebuild({**spec, "suspend": True})
    namespace.apply({**found, "metadata": {"name": "hello"}})
    found = namespace.get("imgb", "hello")
    assert found["spec"] == {**spec, "suspend": True}
    assert found["status"]["observedGeneration"] in (-1, 1)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("steps", "Exactly one of run, exec, copy, add, file, args, env, workdir and user."),
        ("steps.run", "It runs with `set -e`"),
        ("steps.run", "kustomize.toolkit.fluxcd.io/substitute: disabled"),
        ("steps.copy", "of a directory its CONTENTS are copied, not itself"),
        ("steps.link", "BECOMES the file instead of taking it in"),
        ("steps.chmod", "Quote it: YAML reads 0755 as the number 493"),
        ("user", "User BEFORE the first step"),
    ],
)
def test_a_trap_is_explained_where_it_bites(kubectl, field, words):
    said = kubectl("explain", f"imagebuild.spec.stages.{field}")
    assert words in " ".join(said.split())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_taken(dry_run, example):
    for found in yaml.safe_load_all(example.read_text()):
        if found["kind"] == "ImageBuild":
            taken, said = dry_run(found["spec"])
            assert taken, said
