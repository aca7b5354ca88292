"""What an attempt is made of: its name, its order, its Job (golden) and what the pod may not do."""

import base64
import json
from pathlib import Path

import pytest
from tests.builders import SPEC, World

from imagebuild.contract import order as orders
from imagebuild.core import attempt
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Registry, Settings

GOLDEN = Path(__file__).parent / "golden"


def made(*, settings=None, **changes):
    """The order and the Job of the first attempt of an ImageBuild with these changes."""
    world = World()
    if settings:
        world.settings = settings
    world.edit(**changes)
    config_map, job = world.look().create
    return config_map, job


def order(config_map):
    return orders.unpack(base64.b64decode(config_map["binaryData"][orders.FILE]))


def containers(job):
    return {c["name"]: c for c in job["spec"]["template"]["spec"]["containers"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hello", "hello-7-2"),
        ("a" * 59, "a" * 59 + "-7-2"),
        ("a" * 60, "a" * 50 + "-11ee3912-7-2"),
        ("my.build", "my-build-5327721a-7-2"),
    ],
)
def test_names_are_readable_and_fit_a_label(name, expected):
    assert attempt.name_of(name, 7, 2) == expected


def test_long_names_that_differ_at_their_end_stay_apart():
    names = {attempt.name_of("a" * 80 + end, 1, 1) for end in ("x", "y")}
    assert len(names) == 2
    assert all(len(name) <= 63 for name in names)


def test_the_job_is_as_reviewed(update_golden):
    config_map, job = made(
        registrySecrets=[{"name": "push"}],
        context={"configMap": {"name": "sources", "items": [{"key": "a", "path": "b"}]}},
        resources={"limits": {"memory": "1Gi"}},
    )
    assert update_golden(GOLDEN / "job.json", job) == job
    assert job["metadata"]["name"] == config_map["metadata"]["name"]


def test_the_order_says_all_that_the_worker_is_to_do():
    found = order(made(args=[{"name": "A", "value": "1"}], timeoutSeconds=60)[0])
    assert found.goal is orders.Goal.BUILD
    assert found.targets == (
        orders.Target("final", images=("registry.example.com/team/hello:1.0",)),
    )
    assert found.contexts[0].files == SPEC["context"]["files"]
    assert found.args == {"A": "1"}
    assert found.timeout_seconds == 60
    assert [stage.name for stage in found.stages] == ["builder", "final"]
    assert found.dockerfile.text.count("FROM ") == 2


@pytest.mark.parametrize(
    ("dockerfile", "place", "expected"),
    [
        ({"inline": "FROM a:1\n"}, "spec.dockerfile.inline", orders.Dockerfile(text="FROM a:1\n")),
        ({"path": "Dockerfile"}, "spec.dockerfile.path", orders.Dockerfile(path="Dockerfile")),
    ],
)
def test_a_users_dockerfile_goes_to_the_worker_as_it_is(dockerfile, place, expected):
    found = order(made(stages=None, dockerfile=dockerfile)[0])
    assert (found.dockerfile, found.dockerfile_path, found.stages) == (expected, place, ())


def test_platforms_go_to_the_worker():
    platforms = ["linux/amd64", "linux/arm64"]
    assert order(made(platforms=platforms)[0]).platforms == tuple(platforms)


def test_without_publish_the_last_stage_is_built_and_goes_nowhere():
    assert order(made(publish=None)[0]).targets == (orders.Target(),)


def test_secrets_are_mounted_where_they_are_used_and_nowhere_else():
    _, job = made(registrySecrets=[{"name": "push"}])
    secret = {v["name"] for v in job["spec"]["template"]["spec"]["volumes"] if "secret" in v}
    seen = {n: {m["name"] for m in c["volumeMounts"]} & secret for n, c in containers(job).items()}
    assert seen == {"build": secret, "buildkitd": set(), "progress": set()}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("seccomp", [None, "profiles/build.json"])
def test_no_pod_is_privileged_or_holds_a_token(kind, seccomp):
    settings = Settings(builder_image="b", profile=Profile(kind, seccomp))
    _, job = made(settings=settings)
    pod = job["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert len(pod["containers"]) == 3
    for container in pod["containers"]:
        context = container["securityContext"]
        assert not context.get("privileged")
        assert context["capabilities"]["drop"] == ["ALL"]
        added = context["capabilities"].get("add", [])
        assert added == (["SETUID", "SETGID"] if container["name"] == "buildkitd" else [])
    assert pod.get("hostUsers") is (False if kind is Kind.USERNS else None)


def test_a_seccomp_profile_on_the_nodes_takes_the_place_of_unconfined():
    settings = Settings(builder_image="b", profile=Profile(Kind.USERNS, "profiles/build.json"))
    context = containers(made(settings=settings)[1])["buildkitd"]["securityContext"]
    assert context["seccompProfile"] == {
        "type": "Localhost",
        "localhostProfile": "profiles/build.json",
    }
    assert "appArmorProfile" not in context


def test_a_pod_is_held_to_the_nodes_that_offer_user_namespaces():
    settings = Settings(builder_image="b", profile=Profile(Kind.USERNS, nodes=("a", "b")))
    assert json.dumps(["a", "b"]) in json.dumps(made(settings=settings)[1])


def test_the_daemon_has_no_frontend_but_its_own_and_knows_the_registries():
    settings = Settings(
        builder_image="b",
        profile=Profile(Kind.USERNS),
        registries={"docker.io": Registry(("mirror:5000",)), "mirror:5000": Registry(http=True)},
    )
    config = made(settings=settings)[0]["data"]["buildkitd.toml"]
    assert '[frontend."gateway.v0"]\nenabled = false' in config
    assert '[registry."mirror:5000"]\nhttp = true' in config
    assert "mirror:5000" in config.split('[registry."docker.io"]')[1]


def test_steps_share_the_daemons_processes_only_without_user_namespaces():
    flags = {
        kind: "--oci-worker-no-process-sandbox"
        in containers(made(settings=Settings(builder_image="b", profile=Profile(kind)))[1])[
            "buildkitd"
        ]["command"]
        for kind in Kind
    }
    assert flags == {Kind.USERNS: False, Kind.UNCONFINED: True}
