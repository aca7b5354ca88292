"""The preflight against the cluster: what it finds true, what it finds missing."""

import os
from concurrent import futures
from pathlib import Path

import pytest
from tests import cluster

from imagebuild.cli.preflight import admission, apiserver, probe
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Settings

MANIFESTS = Path(__file__).parents[2] / "manifests" / "preflight"
LEVEL = "pod-security.kubernetes.io/enforce"


LEVELS = {"imagebuild.json": "baseline", None: "privileged"}
BUILDS = [Profile(kind, seccomp) for seccomp in LEVELS for kind in Kind]
# A profile for which the node lacks something -> what is said, and to do.
LACKS = {
    Profile(Kind.UNCONFINED, "none.json"): ("none.json", "manifests/seccomp"),
    Profile(Kind.UNCONFINED, None, "none"): ("AppArmor", "appArmorProfile"),
}


@pytest.fixture(scope="module")
def api():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", os.environ["IMAGEBUILD_KUBECONFIG"])
        yield apiserver.ApiServer()


@pytest.fixture(scope="module")
def tried(api, shared, builder_image):
    """What pods find on the cluster's node: profile -> finding; those of a level at once."""
    (node,) = api.get("/api/v1/nodes")["items"]

    def one(profile):
        settings = Settings(builder_image, profile)
        (finding,) = probe.findings(api, node, settings, namespace=shared.namespace)
        return finding

    found = {}
    for level in LEVELS.values():
        enforce(shared, level)
        of_it = [p for p in (*BUILDS, *LACKS) if LEVELS.get(p.seccomp, "privileged") == level]
        with futures.ThreadPoolExecutor() as pool:
            found |= zip(of_it, pool.map(one, of_it), strict=True)
    assert not shared.items("pods"), "its pods stayed"
    return found


def enforce(kubectl, level):
    kubectl("label", "namespace", kubectl.namespace, "--overwrite", f"{LEVEL}={level}")


@pytest.mark.parametrize("profile", BUILDS, ids=lambda p: f"{p.kind}-{p.seccomp}")
def test_the_node_builds_with_every_profile(tried, profile):
    found = tried[profile]
    assert found.ok, found
    assert "overlayfs" in found.what


@pytest.mark.parametrize("profile", LACKS, ids=["seccomp", "apparmor"])
def test_what_the_node_lacks_is_named(tried, profile):
    what, mend = LACKS[profile]
    found = tried[profile]
    assert found.ok is False
    assert what in found.what
    assert mend in found.mend


@pytest.mark.parametrize(
    ("level", "seccomp", "takes"),
    [
        ("privileged", None, True),
        ("baseline", None, False),
        ("baseline", "imagebuild.json", True),
        ("restricted", "imagebuild.json", False),
    ],
)
def test_the_levels_take_what_the_table_says(api, shared, level, seccomp, takes):
    """docs/how-to/run-under-pod-security.md, "Which level a namespace needs"."""
    enforce(shared, level)
    for kind in Kind:
        settings = Settings("builder:1", Profile(kind, seccomp))
        _, found = admission.findings(api, shared.namespace, settings)
        assert found.ok is takes, (kind, found)


@pytest.fixture
def ran(kubectl):
    """The shipped Job with the images of this run: its log, and whether it completed."""
    rendered = kubectl("kustomize", str(MANIFESTS))
    rendered = rendered.replace(
        "imagebuild.dev/operator:0.1.0", os.environ["IMAGEBUILD_OPERATOR_IMAGE"]
    )
    kubectl("apply", "--filename", "-", stdin=rendered)
    own = kubectl.within("imagebuild-system")
    try:
        yield cluster.wait_until(
            lambda: _ended(own), what="Job imagebuild-preflight has ended", every=0.5
        )
        assert not kubectl.within("imagebuild-preflight").items("pods"), "its pods stayed"
    finally:
        kubectl("delete", "--filename", "-", "--wait=false", stdin=rendered)


def _ended(own):
    conditions = (own.get("job", "imagebuild-preflight") or {}).get("status", {})
    for condition in conditions.get("conditions", []):
        if condition["type"] in ("Complete", "Failed"):
            return own("logs", "job/imagebuild-preflight"), condition["type"] == "Complete"
    return None


def test_the_job_says_that_builds_run_by_the_operators_settings(ran):
    said, completed = ran
    assert completed, said
    assert "ok   userns, seccomp imagebuild.json: built a stage in" in said
    assert "NetworkPolicy" in said
    assert said.rstrip().endswith("Builds can run.")
