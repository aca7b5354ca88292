"""What build pods ask of the kernel: the container that makes containers, and the others."""

import pytest
from tests.builders import made

from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Settings

UNCONFINED = {"type": "Unconfined"}


def local(name):
    return {"type": "Localhost", "localhostProfile": name}


def pod(profile=None, **fields):
    settings = Settings("builder:1", profile or Profile(Kind.USERNS), **fields)
    return made(settings=settings)[1]["spec"]["template"]["spec"]


def security(name, profile=None):
    found = pod(profile)["containers"]
    return next(c for c in found if c["name"] == name)["securityContext"]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    ("seccomp", "apparmor", "expected"),
    [
        (None, None, (UNCONFINED, UNCONFINED)),
        ("imagebuild.json", None, (local("imagebuild.json"), None)),
        (None, "imagebuild", (UNCONFINED, local("imagebuild"))),
        ("imagebuild.json", "imagebuild", (local("imagebuild.json"), local("imagebuild"))),
    ],
    ids=["neither", "seccomp", "AppArmor", "both"],
)
def test_the_daemon_has_the_profiles_that_the_nodes_hold(kind, seccomp, apparmor, expected):
    context = security("buildkitd", Profile(kind, seccomp, apparmor))
    assert (context["seccompProfile"], context.get("appArmorProfile")) == expected


# Pod Security Standards, `baseline`: what each field may be. procMount from policy 1.35 on, in a
# pod that has a user namespace.
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("apparmor", [None, "imagebuild"])
def test_with_a_seccomp_profile_nothing_stands_against_baseline(kind, apparmor):
    found = pod(Profile(kind, "imagebuild.json", apparmor))
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(found)
    assert not any("hostPath" in volume for volume in found["volumes"])
    for container in found["containers"]:
        context = container["securityContext"]
        assert not context.get("privileged")
        assert set(context["capabilities"].get("add", [])) <= {"SETUID", "SETGID"}
        assert context["seccompProfile"]["type"] in ("Localhost", "RuntimeDefault")
        assert context.get("appArmorProfile", {"type": "Localhost"})["type"] == "Localhost"
        unmasked = context.get("procMount", "Default") == "Unmasked"
        assert not unmasked or found["hostUsers"] is False


@pytest.mark.parametrize("name", ["build", "progress"])
def test_the_others_meet_restricted(name):
    context = security(name)
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert "procMount" not in context


def test_the_builder_image_is_pulled_with_the_secrets_of_the_settings():
    assert pod(pull_secrets=("a", "b"))["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]
    assert "imagePullSecrets" not in pod()
