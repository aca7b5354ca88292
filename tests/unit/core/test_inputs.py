"""Which changes of a spec are another build, and which are another attempt after a failure."""

import copy

import pytest
from tests.builders import SPEC

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import inputs


def hashes(changes=None, config_maps=None):
    spec = ImageBuildSpec.model_validate({**copy.deepcopy(SPEC), **(changes or {})})
    return inputs.inputs_of(spec, config_maps or {}), inputs.spec_of(spec)


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": [{"name": "final", "from": "alpine:3.18"}]},
        {"args": [{"name": "A", "value": "1"}]},
        {"context": {"files": {"main.go": "package other\n"}}},
        {"publish": []},
        {"platforms": ["linux/arm64"]},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_shapes_the_result_is_an_input(changes):
    assert hashes(changes)[0] != hashes()[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"timeoutSeconds": 5},
        {"resources": {"limits": {"memory": "1Gi"}}},
        {"registrySecrets": [{"name": "push"}]},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_only_helps_the_build_is_none_but_worth_another_attempt(changes):
    assert hashes(changes)[0] == hashes()[0]
    assert hashes(changes)[1] != hashes()[1]


def test_suspending_is_neither():
    assert hashes({"suspend": True}) == hashes()


def test_the_order_of_maps_and_arguments_is_no_input():
    one = {"args": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    other = {"args": list(reversed(one["args"]))}
    assert hashes(one)[0] == hashes(other)[0]
    labels = copy.deepcopy(SPEC["stages"])
    labels[1]["labels"] = {"a": "1", "b": "2"}
    reordered = copy.deepcopy(labels)
    reordered[1]["labels"] = {"b": "2", "a": "1"}
    assert hashes({"stages": labels})[0] == hashes({"stages": reordered})[0]


def test_the_content_of_a_config_map_is_an_input():
    assert hashes(config_maps={"c": "1"})[0] != hashes(config_maps={"c": "2"})[0]


def test_an_operator_of_tomorrow_gives_the_same_hash_as_todays():
    """A new value here rebuilds every image in every cluster: it needs a reason of its own."""
    assert hashes()[0] == GOLDEN


GOLDEN = "sha256:259adceffacfda5e2bdefc99c416b07fdc0721f47fb3354020dc77a9b16c6dff"
