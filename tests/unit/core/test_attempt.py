"""What an attempt is made of: its name, its Job (golden), and what the pod sees and may not do."""

import json
import re
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from tests.builders import made

from imagebuild.contract import places
from imagebuild.core import attempt
from imagebuild.core.attempt import registries_conf
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Registry, Settings

GOLDEN = Path(__file__).parent / "golden"


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
        config_maps={"sources": {"a": "1"}},
    )
    assert update_golden(GOLDEN / "job.json", job) == job
    assert job["metadata"]["name"] == config_map["metadata"]["name"]


def test_secrets_are_mounted_where_they_are_used_and_nowhere_else():
    _, job = made(registrySecrets=[{"name": "push"}])
    secret = {v["name"] for v in job["spec"]["template"]["spec"]["volumes"] if "secret" in v}
    seen = {n: {m["name"] for m in c["volumeMounts"]} & secret for n, c in containers(job).items()}
    assert seen == {"build": secret, "buildkitd": set(), "progress": set()}


LONG = "a" + "_a" * 15 + ".a" * 16  # 63 characters
CLAIM = {"persistentVolumeClaim": {"claimName": "data"}}
ARCHIVE = {"archive": {**CLAIM, "path": "images/a.tar"}}


def stage_of(*contexts):
    steps = [{"copy": ["/a"], "from": name, "to": "/"} for name in contexts]
    return [{"name": "final", "from": "alpine:3.18", "steps": steps}]


def mounted(job, container="build"):
    """Place -> (volume, whether it can only be read), and the volumes by name."""
    volumes = {v["name"]: v for v in job["spec"]["template"]["spec"]["volumes"]}
    mounts = containers(job)[container]["volumeMounts"]
    return {m["mountPath"]: (volumes[m["name"]], bool(m.get("readOnly"))) for m in mounts}


def test_each_config_map_context_is_mounted_at_its_name_whatever_that_holds():
    contexts = [
        {"name": LONG, "configMap": {"name": "one"}},
        {"name": "other.one", "configMap": {"name": "two", "items": [{"key": "k", "path": "p"}]}},
        {"name": "unused", "configMap": {"name": "three"}},
    ]
    maps = {"one": {"a": "1"}, "two": {"k": "2"}}
    stages = stage_of(LONG, "other.one")
    _, job = made(contexts=contexts, stages=stages, config_maps=maps)
    found = mounted(job)
    first, read_only = found[f"{places.CONTEXTS_DIR}/{LONG}"]
    assert (first["configMap"], read_only) == ({"name": "one"}, True)
    second, _ = found[f"{places.CONTEXTS_DIR}/other.one"]
    assert second["configMap"]["items"] == [{"key": "k", "path": "p"}]
    assert not [place for place in found if place.endswith("unused")]
    names = [v["name"] for v in job["spec"]["template"]["spec"]["volumes"]]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)


def test_a_volume_that_is_a_context_is_only_read_and_its_owners_stay_as_they_are():
    _, job = made(context=CLAIM)
    volume, read_only = mounted(job)[f"{places.CONTEXTS_DIR}/context"]
    assert read_only
    assert volume["persistentVolumeClaim"] == {"claimName": "data", "readOnly": True}


def test_a_volume_that_takes_an_archive_can_be_written():
    _, job = made(publish=[{"stage": "builder", "images": ["r.example.com/b:1"]}, ARCHIVE])
    volume, read_only = mounted(job)[f"{places.ARCHIVES_DIR}/1"]
    assert not read_only
    assert volume["persistentVolumeClaim"] == {"claimName": "data"}
    assert f"{places.ARCHIVES_DIR}/0" not in mounted(job)


def test_one_claim_is_one_volume_however_often_it_is_used():
    contexts = [{"name": "data", **CLAIM}]
    stages = stage_of("data")
    _, job = made(context=CLAIM, contexts=contexts, stages=stages, publish=[ARCHIVE])
    found = mounted(job)
    places_of_it = {p: r for p, (v, r) in found.items() if "persistentVolumeClaim" in v}
    assert places_of_it == {
        f"{places.CONTEXTS_DIR}/context": True,
        f"{places.CONTEXTS_DIR}/data": True,
        f"{places.ARCHIVES_DIR}/0": False,
    }
    volumes = job["spec"]["template"]["spec"]["volumes"]
    assert len([v for v in volumes if "persistentVolumeClaim" in v]) == 1


def test_what_comes_from_outside_is_seen_by_the_worker_alone():
    maps = {"sources": {"a": "1"}}
    context = {"configMap": {"name": "sources"}}
    _, job = made(context=context, publish=[ARCHIVE], config_maps=maps)
    ours = (places.CONTEXTS_DIR, places.ARCHIVES_DIR, places.REGISTRY_SECRETS_DIR)
    for name in ("buildkitd", "progress"):
        assert not [place for place in mounted(job, name) if place.startswith(ours)]


def test_skopeo_reaches_registries_as_the_daemon_does():
    settings = Settings(
        builder_image="b",
        profile=Profile(Kind.USERNS),
        registries={
            "docker.io": Registry(("mirror:5000/hub", "other.example.com")),
            "mirror:5000": Registry(http=True),
        },
    )
    config_map, job = made(settings=settings)
    file = PurePosixPath(places.REGISTRIES_CONF)
    order, _ = mounted(job)[str(file.parent)]
    assert file.name in [item["path"] for item in order["configMap"]["items"]]
    assert tomllib.loads(config_map["data"][file.name]) == {
        "registry": [
            {
                "location": "docker.io",
                "mirror": [
                    {"location": "mirror:5000/hub", "insecure": True},
                    {"location": "other.example.com"},
                ],
            },
            {"location": "mirror:5000", "insecure": True},
        ]
    }


def test_without_registries_there_is_an_empty_file():
    assert registries_conf.config({}) == ""


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
    assert f'[otel]\nsocketPath = "{places.TRACES}"' in config
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
