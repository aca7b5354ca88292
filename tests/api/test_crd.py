"""The CRD on a real API server, the only judge of what a structural schema and CEL may be."""

import json
from pathlib import Path

import pytest
import yaml
from tests.badspecs import BAD, IMAGE

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


pytestmark = pytest.mark.usefixtures("crd")


@pytest.fixture(scope="session")
def crd(kubectl):
    """The CRD of this very tree, installed."""
    kubectl(
        "apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds/imagebuilds.yaml")
    )
    kubectl("wait", "--for=condition=Established", "crd/imagebuilds.imagebuild.dev")


@pytest.fixture
def dry_run(kubectl):
    """Apply a spec without keeping it: (whether it is taken, what is said)."""

    def apply(spec, *args):
        found = {
            "apiVersion": "imagebuild.dev/v1alpha1",
            "kind": "ImageBuild",
            "metadata": {"name": "hello", "namespace": "default"},
            "spec": spec,
        }
        argv = ("apply", "--server-side", "--dry-run=server", "-f", "-", *args)
        said = kubectl(*argv, stdin=json.dumps(found), check=False)
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


def full_size():
    """64 stages of 64 steps, every step a copy from the stage before, every name at its longest."""
    names = [f"{'s' * 60}{index:03}" for index in range(64)]
    bases = ["alpine:3.18", *names]
    return [
        {
            "name": name,
            "from": bases[index],
            "steps": [{"copy": ["/a", "/b"], "from": bases[index], "to": "/c/"}] * 64,
        }
        for index, name in enumerate(names)
    ]


def test_64_stages_of_64_steps_are_taken(dry_run):
    taken, said = dry_run({"stages": full_size(), "publish": [{"images": [IMAGE]}]})
    assert taken, said


def test_of_64_stages_of_64_steps_the_wrong_one_is_named(dry_run):
    stages = full_size()
    stages[63]["steps"] = [*stages[63]["steps"][:63], {"copy": ["/a"], "from": "oops", "to": "/c"}]
    taken, said = dry_run({"stages": stages})
    assert not taken
    assert "oops is no earlier stage" in said


def test_nothing_is_defaulted_in_spec_and_status_says_that_nobody_looked(namespace):
    spec = {"stages": [{"name": "a", "from": "alpine:3.18", "steps": [{"run": "true"}]}]}
    namespace.apply(
        {
            "apiVersion": "imagebuild.dev/v1alpha1",
            "kind": "ImageBuild",
            "metadata": {"name": "hello"},
            "spec": {**spec, "suspend": True},
        }
    )
    found = namespace.get("imgb", "hello")
    assert found["spec"] == {**spec, "suspend": True}
    assert found["status"]["observedGeneration"] in (-1, 1)


def test_every_field_is_explained(kubectl):
    said = kubectl("explain", "imagebuild.spec.stages.steps")
    assert "exactly one of run, copy" in said


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_taken(dry_run, example):
    for found in yaml.safe_load_all(example.read_text()):
        if found["kind"] == "ImageBuild":
            taken, said = dry_run(found["spec"])
            assert taken, said
