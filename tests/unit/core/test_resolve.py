"""What a spec comes to with what was found outside of it, and in which words it waits."""

import pytest
from tests.builders import another

from imagebuild.api.reasons import Reason
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import outside
from imagebuild.core.outside import FluxSource, OtherBuild, Outside, resolve
from imagebuild.core.owner import Owner

OWNER = Owner("team-a", "hello", "uid")
SHA256 = "7e" * 32
IMAGE = f"registry.example.com/team/base@sha256:{SHA256}"
BUCKET = ("Bucket", "assets")


def arg(name="m", key="k"):
    return {"name": "A", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}}


def spec(*contexts, **changes):
    """A spec whose only stage uses all these contexts, c0, c1 and so on."""
    named = [{"name": f"c{i}", **context} for i, context in enumerate(contexts)]
    steps = [{"copy": ["/a"], "from": context["name"], "to": "/"} for context in named]
    stages = [{"name": "final", "from": "alpine:3.18", "steps": steps}]
    return ImageBuildSpec.model_validate({"contexts": named, "stages": stages, **changes})


def resolved(wanted, **found):
    return resolve.resolve(OWNER, wanted, Outside(**found))


def config_map(**data):
    return outside.config_map({"data": data, "binaryData": {"binary": "AA=="}}, frozenset(data))


FROM_MAP = {"configMap": {"name": "m"}}
ITEM = {"configMap": {"name": "m", "items": [{"key": "k", "path": "p"}]}}
BINARY = {"configMap": {"name": "m", "items": [{"key": "binary", "path": "p"}]}}
FROM_BASE = {"imageBuild": {"name": "base"}}
FROM_FINAL = {"imageBuild": {"name": "base", "stage": "final"}}
FROM_FLUX = {"flux": {"kind": "Bucket", "name": "assets"}}

# (the spec, what is found, the reason to wait, words of it); None: nothing to wait for.
WAITS = [
    (spec(FROM_MAP), {}, Reason.CONTEXT_NOT_FOUND, "spec.contexts[0].configMap: there is no "
     "ConfigMap m (namespace team-a)"),
    (spec(FROM_MAP), {"config_maps": {"m": config_map()}}, None, ""),
    (spec(ITEM), {"config_maps": {"m": config_map(other="1")}}, Reason.CONTEXT_NOT_FOUND,
     "spec.contexts[0].configMap: ConfigMap m has no key k"),
    (spec(ITEM), {"config_maps": {"m": config_map(k="1")}}, None, ""),
    (spec(BINARY), {"config_maps": {"m": config_map()}}, None, ""),
    (spec(args=[arg()]), {}, Reason.CONTEXT_NOT_FOUND,
     "spec.args[0].valueFrom: there is no ConfigMap m"),
    (spec(args=[arg()]), {"config_maps": {"m": config_map(other="1")}}, Reason.CONTEXT_NOT_FOUND,
     "spec.args[0].valueFrom: ConfigMap m has no key k"),
    (spec(args=[arg(key="binary")]), {"config_maps": {"m": config_map()}},
     Reason.CONTEXT_NOT_FOUND, "spec.args[0].valueFrom: key binary of ConfigMap m is no text"),
    (spec(args=[arg()]), {"config_maps": {"m": config_map(k="1")}}, None, ""),
    (spec(FROM_BASE), {}, Reason.WAITING_FOR_IMAGEBUILD,
     "spec.contexts[0].imageBuild: there is no ImageBuild base"),
    (spec(FROM_BASE), {"image_builds": {"base": OtherBuild()}}, Reason.WAITING_FOR_IMAGEBUILD,
     "ImageBuild base has published no image yet"),
    (spec(FROM_BASE), {"image_builds": {"base": OtherBuild((("final", ""),))}},
     Reason.WAITING_FOR_IMAGEBUILD, "ImageBuild base has published no image yet"),
    (spec(FROM_FINAL), {"image_builds": {"base": OtherBuild((("tools", IMAGE), ("", IMAGE)))}},
     Reason.WAITING_FOR_IMAGEBUILD,
     "ImageBuild base has published tools, an unnamed stage, but no image of stage final"),
    (spec(FROM_BASE), {"image_builds": {"base": OtherBuild((("", IMAGE),))}}, None, ""),
    (spec(FROM_FLUX), {"flux": {BUCKET: FluxSource(known=False, there=False)}},
     Reason.CONTEXT_NOT_FOUND, "spec.contexts[0].flux: there is no Bucket of "
     "source.toolkit.fluxcd.io/v1 in this cluster: Flux is not installed"),
    (spec(FROM_FLUX), {"flux": {BUCKET: FluxSource(there=False)}},
     Reason.CONTEXT_NOT_FOUND, "Flux is installed, but there is no Bucket assets"),
    (spec(FROM_FLUX), {"flux": {BUCKET: FluxSource()}}, Reason.CONTEXT_NOT_FOUND,
     "Bucket assets has no artifact yet"),
    (spec(FROM_FLUX), {"flux": {BUCKET: FluxSource(url="http://flux/a", digest="sha512:1")}},
     Reason.CONTEXT_NOT_FOUND,
     "the artifact of Bucket assets has no sha256 digest but sha512:1"),
    (spec(FROM_FLUX),
     {"flux": {BUCKET: FluxSource(url="http://flux/a", digest=f"sha256:{SHA256}")}}, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "found", "reason", "words"), WAITS)
def test_what_is_not_there_is_waited_for_in_words_that_say_which(wanted, found, reason, words):
    waits = resolved(wanted, **found).waits
    if reason is None:
        assert waits is None
    else:
        assert waits.reason is reason
        assert words in waits.message


def test_the_first_thing_that_is_absent_gives_the_reason_and_all_are_named():
    waits = resolved(spec(FROM_BASE, FROM_MAP, context=FROM_MAP)).waits
    assert waits.reason is Reason.CONTEXT_NOT_FOUND
    for path in ("spec.context.configMap", "spec.contexts[0]", "spec.contexts[1]"):
        assert path in waits.message


def test_many_absent_things_are_not_all_named():
    waits = resolved(spec(*[FROM_MAP] * 8)).waits
    assert "and 3 more" in waits.message
    assert "contexts[5]" not in waits.message


def test_a_context_that_no_needed_stage_uses_is_not_waited_for():
    unused = {"contexts": [{"name": "c0", **FROM_MAP}]}
    stages = [{"name": "final", "from": "alpine:3.18"}]
    assert resolved(ImageBuildSpec.model_validate({**unused, "stages": stages})).waits is None
    dockerfile = {"inline": "FROM c0\n"}
    own = ImageBuildSpec.model_validate({**unused, "dockerfile": dockerfile})
    assert resolved(own).waits.reason is Reason.CONTEXT_NOT_FOUND, "nobody knows what that uses"


def test_an_argument_may_name_the_context_that_a_stage_starts_from():
    stages = [{"name": "final", "from": "$A"}]
    wanted = spec(FROM_MAP, args=[arg()], stages=stages)
    found = resolved(wanted, config_maps={"m": config_map(k="c0")})
    assert [name for _, name, _ in found.contexts] == ["c0"]


@pytest.mark.parametrize(
    ("reference", "image"),
    [
        ({"name": "base"}, IMAGE),
        ({"name": "base", "stage": "Tools"}, f"registry.example.com/tools@sha256:{SHA256}"),
        ({"name": "base", "stage": "tools"}, f"registry.example.com/tools@sha256:{SHA256}"),
    ],
)
def test_the_image_of_another_imagebuild_is_that_of_the_stage_or_the_first(reference, image):
    published = (
        ("debug", ""),
        ("final", IMAGE),
        ("tools", f"registry.example.com/tools@sha256:{SHA256}"),
    )
    found = {"base": outside.other_build(another(*published))}
    assert resolved(spec({"imageBuild": reference}), image_builds=found).images == {"c0": image}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1.22\n\n", "key k in ConfigMap m: this has several lines"),
        ("1.22\n1.23", "key k in ConfigMap m: this has several lines"),
        ("1.22\r\n", "key k in ConfigMap m: this holds a control character"),
        ("x" * 5000, "key k in ConfigMap m: this is longer than 4096"),
    ],
    ids=["an empty line", "two lines", "a carriage return", "long"],
)
def test_a_value_that_no_argument_can_have_is_a_problem_at_its_argument(value, words):
    found = resolved(spec(args=[arg()]), config_maps={"m": config_map(k=value)})
    (problem,) = found.problems
    assert problem.path == "spec.args[0].valueFrom"
    assert words in problem.what


def test_the_newline_that_ends_a_file_is_no_part_of_a_value():
    found = resolved(spec(args=[arg()]), config_maps={"m": config_map(k="1.22 $(x)\n")})
    assert found.problems == ()
    assert found.spec.args[0].value == "1.22 $$(x)"


def test_a_value_that_makes_no_image_of_a_base_is_a_problem_at_that_base():
    wanted = spec(args=[arg()], stages=[{"name": "final", "from": "alpine:$A"}])
    assert resolved(wanted, config_maps={"m": config_map(k="3.18")}).problems == ()
    (problem,) = resolved(wanted, config_maps={"m": config_map(k="3 18")}).problems
    assert problem.path == "spec.stages[0].from"


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"base": OtherBuild(names=("hello",))}, "hello <- base <- hello"),
        (
            {"base": OtherBuild(names=("x", "y")), "y": OtherBuild(names=("hello",)), "x": None},
            "hello <- base <- y <- hello",
        ),
        ({"base": OtherBuild(names=("base",))}, None),
        ({"base": OtherBuild(names=("x",)), "x": OtherBuild(names=("base",))}, None),
        ({"base": None}, None),
    ],
)
def test_a_circle_of_imagebuilds_is_a_problem_that_names_it(others, words):
    found = resolved(spec(FROM_BASE), image_builds=others)
    assert [(p.path, words in p.what) for p in found.problems] == (
        [("spec.contexts[0].imageBuild", True)] if words else []
    )


def test_an_imagebuild_that_takes_files_from_itself_is_a_circle_too():
    (problem,) = resolved(spec({"imageBuild": {"name": "hello"}})).problems
    assert "hello <- hello" in problem.what


def test_who_names_what_is_read_of_any_imagebuild():
    raw = {
        "spec": {
            "context": {"imageBuild": {"name": "a"}},
            "contexts": [{"imageBuild": {"name": "b"}}, {"files": {}}, {"imageBuild": {}}],
            "unknown": 1,
        },
        "status": {"published": [{"stage": "final", "image": IMAGE}, {"archive": "c:a.tar"}]},
    }
    assert outside.other_build(raw) == OtherBuild((("final", IMAGE), ("", "")), ("a", "b"))
    assert outside.other_build({"metadata": {}}) == OtherBuild()
