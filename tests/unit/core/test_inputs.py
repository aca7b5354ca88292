"""Which changes of a spec are another build, and which are another attempt after a failure."""

import copy

import pytest
from tests.builders import SPEC

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import inputs, outside
from imagebuild.core.outside import resolve
from imagebuild.core.owner import Owner

OWNER = Owner("team-a", "hello", "uid")


def hashes(changes=None, found=None):
    spec = ImageBuildSpec.model_validate({**copy.deepcopy(SPEC), **(changes or {})})
    resolved = resolve.resolve(OWNER, spec, found or outside.Outside())
    return inputs.inputs_of(resolved), inputs.spec_of(spec)


STAGE = {"name": "final", "from": "alpine:3.18"}
DATA = {"name": "data", "files": {"a": "1"}}
IMAGES = ["registry.example.com/team/hello:1.0"]


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": [STAGE]},
        {"args": [{"name": "A", "value": "1"}]},
        {"args": [{"name": "A", "value": "$(commit7)"}]},
        {"context": {"files": {"main.go": "package other\n"}}},
        {"context": {"files": SPEC["context"]["files"], "ignore": ["*.md"]}},
        {"contexts": [DATA]},
        {"gates": ["builder"]},
        {"publish": []},
        {"publish": [{"stage": "final", "images": IMAGES, "labels": {"a": "1"}}]},
        {"publish": [{"stage": "final", "images": IMAGES, "annotations": {"a": "1"}}]},
        {"publish": [{"stage": "final", "images": IMAGES, "compression": {"type": "Zstd"}}]},
        {"publish": [{"images": IMAGES, "archive": {
            "persistentVolumeClaim": {"claimName": "x"}, "path": "a.tar"}}]},
        {"platforms": ["linux/arm64"]},
        {"timestamps": "Source"},
        {"network": "None"},
    ],
    ids=str,
)  # fmt: skip
def test_what_shapes_the_result_is_an_input(changes):
    assert hashes(changes)[0] != hashes()[0]


@pytest.mark.parametrize(
    "field",
    [
        {"platform": "$BUILDPLATFORM"},
        {"shell": ["/bin/bash", "-c"]},
        {"noCache": True},
        {"stopSignal": "SIGINT"},
        {"volumes": ["/data"]},
        {"healthcheck": {"exec": ["true"]}},
        {"steps": [{"run": "true", "network": "Default"}]},
        {"steps": [{"file": {"path": "/a", "content": "b"}}]},
    ],
    ids=lambda f: next(iter(f)),
)
def test_what_a_stage_says_is_an_input(field):
    assert hashes({"stages": [{**STAGE, **field}]})[0] != hashes({"stages": [STAGE]})[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"timeoutSeconds": 5},
        {"resources": {"limits": {"memory": "1Gi"}}},
        {"registrySecrets": [{"name": "push"}]},
        {"secrets": [{"name": "a", "secretKeyRef": {"name": "b", "key": "c"}}]},
        {"ssh": [{"name": "a", "secretRef": {"name": "b"}}]},
        {"caCertificates": [{"name": "a", "secretKeyRef": {"name": "b", "key": "c"}}]},
        {"leakGuard": "Always"},
        {"lint": "Fail"},
        {"timestamps": "Build"},
        {"network": "Default"},
        {"stages": [{**stage, "description": "what for"} for stage in SPEC["stages"]]},
        {"stages": [{**stage, "noCache": False} for stage in SPEC["stages"]]},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_only_helps_the_build_is_none_but_worth_another_attempt(changes):
    assert hashes(changes)[0] == hashes()[0]
    assert hashes(changes)[1] != hashes()[1]


@pytest.mark.parametrize("place", ["context", "contexts"])
def test_who_may_read_a_repository_is_no_input_but_worth_another_attempt(place):
    git = {"url": "https://git.example.com/a.git", "ref": "main"}

    def found(**secret):
        source = {"git": {**git, **secret}}
        used = {"steps": [{"copy": ["/a"], "from": "lib", "to": "/"}]} if place != "context" else {}
        named = source if place == "context" else [{"name": "lib", **source}]
        return hashes({place: named, "stages": [{**STAGE, **used}]})

    one, other = found(), found(secretRef={"name": "git-auth"})
    assert one[0] == other[0]
    assert one[1] != other[1] != found(secretRef={"name": "mended"})[1]
    assert found(submodules=True)[0] != one[0]


def test_which_secret_a_step_mounts_is_an_input():
    def found(name):
        mounted = {"run": "true", "mounts": [{"secret": {"name": name}}]}
        secrets = [{"name": n, "secretKeyRef": {"name": "b", "key": "c"}} for n in ("one", "two")]
        return hashes({"stages": [{**STAGE, "steps": [mounted]}], "secrets": secrets})[0]

    assert found("one") != found("two")


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


def steps(*runs):
    return [{**STAGE, "steps": [{"run": run} for run in runs]}]


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("args", [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], None),
        ("contexts", [DATA, {**DATA, "name": "more"}], None),
        ("gates", ["builder", "tests"], None),
        ("stages", steps("a", "b"), steps("b", "a")),
    ],
)
def test_order_counts_only_where_it_means_something(name, one, other):
    stages = [{**STAGE, "name": "tests"}, *SPEC["stages"]]
    first = {"stages": stages, name: one}
    second = {"stages": stages, name: other or list(reversed(one))}
    assert (hashes(first)[0] == hashes(second)[0]) is (other is None)


def config_map(**data):
    return outside.config_map({"data": data}, frozenset(data))


USES = [{**STAGE, "steps": [{"copy": ["/a"], "from": "data", "to": "/"}]}]
FROM_MAP = {"contexts": [{"name": "data", "configMap": {"name": "m"}}], "stages": USES}
FROM_FLUX = {
    "contexts": [{"name": "data", "flux": {"kind": "Bucket", "name": "b"}}],
    "stages": USES,
}
FROM_OTHER = {"contexts": [{"name": "data", "imageBuild": {"name": "base"}}], "stages": USES}
VALUE = {"valueFrom": {"configMapKeyRef": {"name": "m", "key": "a"}}}


def flux(number, url="http://flux/1"):
    digest = f"sha256:{number:064x}"
    return outside.Outside(flux={("Bucket", "b"): outside.FluxSource(url=url, digest=digest)})


def other(number, repository="r.example.com/a"):
    image = f"{repository}@sha256:{number:064x}"
    return outside.Outside(image_builds={"base": outside.OtherBuild((("final", image),))})


@pytest.mark.parametrize(
    ("changes", "one", "two", "same"),
    [
        (FROM_MAP, {"a": "1"}, {"a": "2"}, False),
        (FROM_MAP, {"a": "1"}, None, False),
        ({**FROM_MAP, "stages": [STAGE]}, {"a": "1"}, {"a": "2"}, True),
        ({"args": [{"name": "A", **VALUE}]}, {"a": "1"}, {"a": "2"}, False),
        ({"args": [{"name": "A", **VALUE}]}, {"a": "1"}, {"a": "1", "b": "2"}, True),
        (FROM_FLUX, flux(1), flux(2), False),
        (FROM_FLUX, flux(1), flux(1, url="http://flux/2"), True),
        (FROM_FLUX, flux(1), outside.Outside(), False),
        (FROM_OTHER, other(1), other(2), False),
        (FROM_OTHER, other(1), other(1, repository="r.example.com/b"), True),
        (FROM_OTHER, other(1), outside.Outside(), False),
    ],
)
def test_what_is_taken_from_outside_is_an_input_by_its_content(changes, one, two, same):
    def found(what):
        if isinstance(what, outside.Outside):
            return what
        return outside.Outside(config_maps={"m": config_map(**what) if what else None})

    assert (hashes(changes, found(one))[0] == hashes(changes, found(two))[0]) is same


def test_a_value_is_the_same_input_wherever_it_comes_from():
    told = hashes({"args": [{"name": "A", "value": "1"}]})
    found = outside.Outside(config_maps={"m": config_map(a="1")})
    taken = hashes({"args": [{"name": "A", **VALUE}]}, found)
    assert (taken[0] == told[0], taken[1] == told[1]) == (True, False)


def test_an_operator_of_tomorrow_gives_the_same_hash_as_todays():
    """A new value here rebuilds every image in every cluster: it needs a reason of its own."""
    assert hashes()[0] == GOLDEN
    found = outside.Outside(config_maps={"m": outside.ConfigMap("abc", frozenset({"a"}))})
    assert hashes(FULLER, found)[0] == GOLDEN_FULLER


FULLER = {
    "context": {"configMap": {"name": "m", "items": [{"key": "a", "path": "b"}]}},
    "args": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
    "stages": [
        {
            "name": "final",
            "from": "alpine:$A",
            "env": [{"name": "X", "value": "$A"}],
            "args": ["A"],
            "user": 1000,
            "expose": [80],
            "cmd": [],
            "labels": {"b": "2", "a": "1"},
            "steps": [{"copy": ["a"], "to": "./", "chmod": "0755"}, {"run": "true"}],
        }
    ],
    "platforms": ["linux/amd64"],
    "publish": [{"images": ["r.example.com/a:1"]}],
}
GOLDEN_FULLER = "sha256:c406dc191fa4285f2d70659c85ed87f0efcf3b35d9c6b0bcccaf53a6ea612efe"
GOLDEN = "sha256:259adceffacfda5e2bdefc99c416b07fdc0721f47fb3354020dc77a9b16c6dff"
