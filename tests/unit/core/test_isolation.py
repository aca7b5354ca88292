"""What keeps a build's containers apart: read off the pod, with all that a build may be given."""

import pytest
from tests.builders import made

from imagebuild.contract import places
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Settings

KEY = {"name": "certificates", "key": "ca.crt"}
EVERYTHING = {
    "context": {"git": {"url": "https://git.example.com/a.git", "secretRef": {"name": "git"}}},
    "secrets": [{"name": "netrc", "secretKeyRef": {"name": "proxy", "key": "netrc"}}],
    "ssh": [{"name": "default", "secretRef": {"name": "deploy"}}],
    "registrySecrets": [{"name": "push"}],
    "caCertificates": [{"name": "company", "secretKeyRef": KEY}],
    "stages": [
        {
            "name": "final",
            "from": "alpine:3.18",
            "steps": [
                {"run": "true", "mounts": [{"secret": {"name": "netrc"}}]},
                {"run": "true", "mounts": [{"ssh": {"name": "default"}}]},
                {"copy": ["/a"], "to": "/"},
            ],
        }
    ],
}
PROFILES = [
    Profile(Kind.USERNS),
    Profile(Kind.USERNS, seccomp="p.json"),
    Profile(Kind.UNCONFINED),
]


@pytest.fixture(params=PROFILES, ids=["userns", "userns-seccomp", "unconfined"])
def pod(request):
    settings = Settings(
        builder_image="b", profile=request.param, registry_secrets=("of-the-settings",)
    )
    return made(settings=settings, **EVERYTHING)[1]["spec"]["template"]["spec"]


def containers(pod):
    return {c["name"]: c for c in (*pod["containers"], *pod.get("initContainers", ()))}


def seen(pod, name):
    """The volumes that a container mounts."""
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    return [volumes[mount["name"]] for mount in containers(pod)[name]["volumeMounts"]]


def named(volume):
    """The Secrets of a volume, by name."""
    sources = [volume, *volume.get("projected", {}).get("sources", ())]
    found = (source["secret"] for source in sources if "secret" in source)
    return {secret.get("secretName") or secret["name"] for secret in found}


def test_all_that_is_secret_is_in_the_build_container_and_nowhere_else(pod):
    secrets = {name: set().union(*map(named, seen(pod, name))) for name in containers(pod)}
    credentials = {"git", "proxy", "deploy", "push", "of-the-settings"}
    assert secrets == {
        "build": credentials | {"certificates"},
        # Certificates are public, and in a Secret by custom: one key of it.
        "buildkitd": {"certificates"},
        "progress": set(),
    }
    (authorities,) = [v for v in seen(pod, "buildkitd") if named(v)]
    (source,) = authorities["projected"]["sources"]
    assert [item["key"] for item in source["secret"]["items"]] == ["ca.crt"]


def test_no_secret_and_no_key_of_one_is_in_an_environment(pod):
    for container in containers(pod).values():
        assert "envFrom" not in container
        assert all("valueFrom" not in variable for variable in container.get("env", ()))


def test_only_keys_that_are_named_are_mounted_and_others_cannot_read_them(pod):
    for volume in pod["volumes"]:
        if "secret" in volume:
            assert volume["secret"]["defaultMode"] == 0o440
    (proxy,) = [
        v["secret"] for v in pod["volumes"] if v.get("secret", {}).get("secretName") == "proxy"
    ]
    assert [item["key"] for item in proxy["items"]] == ["netrc"]


def test_no_container_has_an_api_token_or_anything_of_the_node(pod):
    assert pod["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod
    assert not {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"} & set(pod)
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"emptyDir", "configMap", "secret", "projected", "persistentVolumeClaim"}
    for volume in pod["volumes"]:
        sources = volume.get("projected", {}).get("sources", ())
        assert not any("serviceAccountToken" in source for source in sources)


def test_no_container_is_privileged_or_listens(pod):
    for name, container in containers(pod).items():
        security = container["securityContext"]
        assert "privileged" not in security
        assert security["capabilities"]["drop"] == ["ALL"]
        added = ["SETUID", "SETGID"] if name == "buildkitd" else []
        assert security["capabilities"].get("add", []) == added
        assert not container.get("ports")
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_what_the_containers_share_is_one_directory(pod):
    """Certificates apart, which neither writes."""
    writable = {
        name: {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
        for name, container in containers(pod).items()
    }
    assert writable["build"] & writable["buildkitd"] == {places.RUN_DIR}
    assert writable["progress"] == set()
