"""What is rendered of a spec is read as it was meant: names, lines, counts and needs agree."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import specs

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import dockerfile as rendering
from imagebuild.core import graph
from imagebuild.worker import dockerfile, lint

some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(spec):
    """The parsed spec, what is rendered of it, and how the worker reads that."""
    parsed = ImageBuildSpec.model_validate(spec)
    rendered = rendering.render(parsed)
    args = {arg.name: arg.value or "x" for arg in parsed.args}
    return parsed, rendered, dockerfile.read(rendered.text, args)


@some
@given(specs.specs())
def test_names_lines_and_counts_are_those_of_the_order(spec):
    _, rendered, found = read(spec)
    ordered = dockerfile.order_stages(found)
    assert [stage.name for stage in ordered] == [stage.name for stage in rendered.stages]
    for ours, theirs in zip(ordered, rendered.stages, strict=True):
        assert [(i.line, i.counted) for i in ours.instructions] == [
            (i.line, i.counted) for i in theirs.instructions
        ]


@some
@given(spec=specs.specs(), data=st.data())
def test_a_stage_needs_what_the_spec_says(spec, data):
    names = [stage["name"] for stage in spec["stages"]]
    published = data.draw(st.sets(st.sampled_from(names), min_size=1))
    publish = [{"stage": name, "images": [f"example.com/{name}:1"]} for name in sorted(published)]
    parsed, _, found = read({**spec, "publish": publish, "gates": []})
    assert dockerfile.needed(found, sorted(published)) == set(graph.needed(parsed))


@some
@given(specs.specs())
def test_advice_is_given_of_whatever_can_be_built(spec):
    """Nothing that can be rendered is too strange to be looked at, and no image lacks a version."""
    _, rendered, found = read(spec)
    advice = lint.warnings(found, published=[None], contexts=specs.CONTEXTS)
    lines = {i.line for stage in rendered.stages for i in stage.instructions}
    for warning in advice:
        assert warning.rule != "LatestBase", warning
        assert warning.rule != "UnnamedStage", warning
        assert warning.line in lines, warning


@pytest.mark.parametrize(
    ("step", "rules"),
    [
        ({"run": "curl x | sh"}, {"PipeWithoutPipefail"}),
        ({"run": "set -o pipefail\ncurl x | sh"}, set()),
        ({"run": "case a in b|c) ;; esac"}, set()),
        ({"run": "cat <<'E' > f\na | b\nE\n"}, set()),
        ({"run": "x", "mounts": [{"cache": {"target": "/c"}}]}, {"CacheMountNotKept"}),
        ({"run": "apk add gcc"}, {"CompilerInFinalStage", "PackageCacheInFinalStage"}),
        ({"exec": ["apk", "add", "gcc"]}, {"CompilerInFinalStage", "PackageCacheInFinalStage"}),
        ({"exec": ["echo", "apk", "add", "gcc", "|", "sh"]}, set()),
        ({"user": 0}, {"RootUser"}),
        ({"run": "make\n" + "# filler | filler\n" * 1500 + "curl x | sh"}, {"PipeWithoutPipefail"}),
    ],
    ids=lambda given: "" if isinstance(given, set) else str(given)[:40],
)
def test_a_step_is_looked_at_as_it_is_run(step, rules):
    stage = {"name": "a", "from": "alpine:3.22", "user": 65532, "steps": [step]}
    *_, found = read({"stages": [stage]})
    assert {warning.rule for warning in lint.warnings(found, published=[None])} == rules
