"""Which stages a build needs, and what each is made from."""

import pytest

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import graph


def a_spec(*stages, publish=(), args=None, **fields):
    """Stages as (name, base, *names it copies from); ``publish``: names of stages."""
    return ImageBuildSpec.model_validate(
        {
            **fields,
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


def a_stage(name, base="scratch", *mounts):
    return {"name": name, "from": base, "steps": [{"run": "true", "mounts": list(mounts)}]}


def with_contexts(*stages, **fields):
    contexts = [{"name": name, "files": {}} for name in ("one", "two", "three", "four", "unused")]
    return ImageBuildSpec.model_validate({"contexts": contexts, "stages": stages, **fields})


@pytest.mark.parametrize(
    "mount",
    [
        {"bind": {"from": "builder", "target": "/a"}},
        {"cache": {"from": "builder", "target": "/a"}},
    ],
)
def test_a_stage_uses_what_it_mounts(mount):
    spec = with_contexts(
        a_stage("builder"),
        a_stage("other"),
        a_stage("last", "scratch", {"tmpfs": {"target": "/b"}}, mount),
    )
    assert graph.nodes(spec)[2].uses == ("builder",)
    assert graph.skipped(spec) == ("other",)


def test_the_contexts_of_a_build_are_those_that_its_needed_stages_use_in_any_way():
    spec = with_contexts(
        a_stage("skipped", "unused"),
        a_stage("based", "two"),
        {
            **a_stage("last", "based", {"bind": {"from": "one", "target": "/a"}}),
            "steps": [
                {"copy": ["/"], "from": "four", "to": "/"},
                {"run": "true", "mounts": [{"cache": {"from": "one", "target": "/a"}}]},
            ],
        },
    )
    assert graph.contexts(spec) == ("one", "two", "four")
    assert [node.pulls for node in graph.nodes(spec)] == [True, True, False]


def test_gates_are_targets_after_what_is_published_and_none_is_there_twice():
    spec = a_spec(*DIAMOND, publish=["right"], gates=["lint", "left"])
    assert graph.targets(spec) == ("right", "lint", "left")
    assert graph.skipped(spec) == ("final",)
    spec = a_spec(*DIAMOND, gates=["lint"])
    assert graph.targets(spec) == ("final", "lint")


@pytest.mark.parametrize(
    "arg",
    [
        {"name": "TAG", "value": "$(branch)"},
        {"name": "TAG", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}},
    ],
)
def test_a_base_that_only_the_build_knows_is_an_image(arg):
    spec = ImageBuildSpec.model_validate(
        {"args": [arg], "stages": [a_stage("branch"), a_stage("last", "alpine:$TAG")]}
    )
    node = graph.nodes(spec)[1]
    assert (node.base, node.uses, node.pulls) == ("alpine:$TAG", (), True)


def test_a_base_whose_argument_only_looks_like_a_fact_is_known():
    spec = a_spec(("base", "scratch"), ("last", "${A:+base}"), args={"A": "$$(tag)"})
    assert graph.nodes(spec)[1].uses == ("base",)
