"""Which stages a build needs, and what each is made from."""

import pytest

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import graph


def a_spec(*stages, publish=(), args=None):
    """Stages as (name, base, *names it copies from); ``publish``: names of stages."""
    return ImageBuildSpec.model_validate(
        {
            "args": [{"name": k, "value": v} for k, v in (args or {}).items()],
            "stages": [
                {
                    "name": name,
                    "from": base,
                    "steps": [{"copy": ["/a"], "from": used, "to": "/"} for used in copied],
                }
                for name, base, *copied in stages
            ],
            "publish": [
                {"stage": name, "images": [f"registry.example.com/{name}:1"]} for name in publish
            ],
        }
    )


DIAMOND = (
    ("base", "alpine:3.18"),
    ("left", "base"),
    ("right", "golang:1.19"),
    ("lint", "base"),
    ("final", "scratch", "right", "left", "alpine:3.18"),
)


@pytest.mark.parametrize(
    ("publish", "needed"),
    [
        ([], ["base", "left", "right", "final"]),
        (["final"], ["base", "left", "right", "final"]),
        (["lint"], ["base", "lint"]),
        (["right"], ["right"]),
        (["lint", "right"], ["base", "right", "lint"]),
    ],
)
def test_what_is_needed_is_what_the_targets_use_and_the_rest_is_skipped(publish, needed):
    spec = a_spec(*DIAMOND, publish=publish)
    assert list(graph.needed(spec)) == needed
    assert {*graph.needed(spec), *graph.skipped(spec)} == {name for name, *_ in DIAMOND}
    assert not {*graph.needed(spec)} & {*graph.skipped(spec)}


def test_a_stage_uses_its_base_and_what_it_copies_from_each_once():
    nodes = graph.nodes(a_spec(("a", "alpine:3.18"), ("b", "a", "a", "a"), ("c", "b", "a")))
    assert [node.uses for node in nodes] == [(), ("a",), ("a", "b")]


@pytest.mark.parametrize(
    ("base", "resolved", "pulls"),
    [
        ("scratch", "scratch", False),
        ("base", "base", False),
        ("golang:1.19", "golang:1.19", True),
        ("golang:$VERSION", "golang:1.19", True),
        ("$STAGE", "base", False),
        ("${EMPTY:-base}", "base", False),
    ],
)
def test_a_base_with_variables_is_what_comes_of_them(base, resolved, pulls):
    args = {"VERSION": "1.19", "STAGE": "base", "EMPTY": ""}
    node = graph.nodes(a_spec(("base", "alpine:3.18"), ("final", base), args=args))[1]
    assert (node.base, node.pulls) == (resolved, pulls)
    assert node.uses == (("base",) if resolved == "base" else ())


def test_a_spec_without_stages_needs_none():
    spec = ImageBuildSpec.model_validate({"dockerfile": {"inline": "FROM scratch"}})
    assert graph.needed(spec) == graph.targets(spec) == ()


def test_a_published_entry_without_stage_means_the_last_one():
    spec = a_spec(("a", "alpine:3.18"), ("b", "alpine:3.18"))
    spec = ImageBuildSpec.model_validate(
        {**spec.to_json(), "publish": [{"images": ["registry.example.com/b:1"]}]}
    )
    assert graph.targets(spec) == ("b",)
    assert graph.skipped(spec) == ("a",)
