"""The samples of admission policies, by a server that has them: one breaks each, one keeps it."""

import contextlib
import copy
import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests import cluster
from tests.builders import SETTINGS, made

from imagebuild.core.profile import Kind, Profile

FOLDER = Path(__file__).parents[2] / "manifests/policies"
STAGE = {"name": "final", "from": "alpine:3.18"}
HERE = {"files": {"a": "1"}}
GIT = {"url": "https://git.example.com/hello.git"}


def published(image):
    return {"stages": [STAGE], "publish": [{"images": [image]}]}


def starting(image):
    return {"stages": [{**STAGE, "from": image}]}


def stepping(step):
    return {"stages": [{**STAGE, "steps": [step]}]}


def with_secret(name="build-a", **fields):
    secrets = [{"name": "a", "secretKeyRef": {"name": name, "key": "a"}}]
    return {"stages": [STAGE], "secrets": secrets, **fields}


def from_git(**fields):
    return {"stages": [STAGE], "context": {"git": {**GIT, **fields}}}


def ref(name):
    return {"secretRef": {"name": name}}


# file -> (specs that break it, with words of what is said; specs that keep it)
SAMPLES = {
    "registries-by-team.yaml": (
        [
            (published("registry.example.com/b/hello:1"), "go under registry.example.com/a/"),
            (published("registry.example.com/ab/hello:1"), "go under registry.example.com/a/"),
        ],
        [published("registry.example.com/a/hello:1"), {"stages": [STAGE]}],
    ),
    "no-latest.yaml": (
        [
            (published("r.io/hello:latest"), "spec.publish: give images a tag that stays"),
            (starting("alpine:latest"), "spec.stages: start from a tag that stays"),
            (
                {"args": [{"name": "TAG", "value": "latest"}], **starting("alpine:$TAG")},
                "not an argument",
            ),
            (stepping({"copy": ["/a"], "from": "alpine:latest", "to": "/"}), "copy and mount from"),
            (
                stepping(
                    {
                        "run": "true",
                        "mounts": [{"bind": {"from": "alpine:latest", "target": "/a"}}],
                    }
                ),
                "copy and mount from",
            ),
            ({"stages": [STAGE], "context": {"oci": {"image": "a:latest"}}}, "spec.contexts: take"),
            (
                {"stages": [STAGE], "contexts": [{"name": "c", "oci": {"image": "a:latest"}}]},
                "spec.contexts: take",
            ),
        ],
        [
            stepping({"copy": ["/a"], "from": "alpine:3.18", "to": "/"}),
            published("r.io/hello:1.0"),
            {"dockerfile": {"inline": "FROM alpine:3.18\n"}},
        ],
    ),
    "secret-names.yaml": (
        [
            (with_secret("other"), "may be named here, not other"),
            ({"stages": [STAGE], "ssh": [{"name": "k", **ref("other")}]}, "not other"),
            ({"stages": [STAGE], "registrySecrets": [{"name": "other"}]}, "not other"),
            (from_git(ref="main", **ref("other")), "not other"),
            (
                {"stages": [STAGE], "contexts": [{"name": "c", "git": {**GIT, **ref("other")}}]},
                "not other",
            ),
            (
                {
                    "stages": [STAGE],
                    "caCertificates": [
                        {"name": "c", "secretKeyRef": {"name": "other", "key": "a"}}
                    ],
                },
                "not other",
            ),
        ],
        [
            with_secret("build-a", registrySecrets=[{"name": "build-b"}]),
            from_git(ref="main", **ref("build-git")),
            {"stages": [STAGE]},
        ],
    ),
    "secrets-of-a-commit.yaml": (
        [
            (with_secret(), "is of a commit in git, or of ref main"),
            (with_secret(context=HERE), "is of a commit"),
            (with_secret(context={"git": {**GIT, "ref": "feature"}}), "is of a commit"),
        ],
        [
            with_secret(context={"git": {**GIT, "ref": "main"}}),
            with_secret(context={"git": {**GIT, "commit": "4" * 40}}),
            {"stages": [STAGE], "context": HERE},
        ],
    ),
}


def dry_run(kubectl, spec, *args):
    """What the API server would say of this ImageBuild."""
    found = json.dumps(cluster.imagebuild("tried", spec))
    argv = ("create", "--dry-run=server", "--filename", "-", *args)
    return kubectl(*argv, stdin=found, check=False)


@contextlib.contextmanager
def in_force(kubectl, file, is_in_force, also=()):
    """A namespace in which the policy of a file is in force, and in these, and its own name."""
    policy, binding = yaml.safe_load_all((FOLDER / file).read_text())
    namespace = kubectl.within(f"t-policies-{uuid.uuid4().hex[:6]}")
    own = f"{policy['metadata']['name']}-{namespace.namespace}"
    policy["metadata"]["name"] = binding["metadata"]["name"] = own
    binding["spec"]["policyName"] = own
    selector = binding["spec"]["matchResources"].setdefault("namespaceSelector", {})
    there = {"key": "kubernetes.io/metadata.name", "operator": "In"}
    bound = selector.setdefault("matchExpressions", [])
    bound.append({**there, "values": [namespace.namespace, *also]})
    kubectl("create", "namespace", namespace.namespace)
    kubectl("label", "namespace", namespace.namespace, "imagebuild.dev/team=a")
    kubectl.apply(policy, binding)
    try:
        # What the server was just told it knows a moment later.
        cluster.wait_until(lambda: is_in_force(namespace), what=f"{file} is in force")
        yield namespace, own
    finally:
        kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings"
        kubectl("delete", kinds, own, "--ignore-not-found")
        kubectl("delete", "namespace", namespace.namespace, "--wait=false")


@pytest.fixture(scope="module", params=SAMPLES)
def sample(request, kubectl):
    """A namespace, the policy in force in it, what breaks that and what keeps it."""
    breaking, keeping = SAMPLES[request.param]
    first, words = breaking[0]
    with in_force(kubectl, request.param, lambda there: words in dry_run(there, first)) as found:
        yield *found, breaking, keeping


def test_a_sample_refuses_what_breaks_it_and_lets_the_rest_in(sample):
    namespace, _, breaking, keeping = sample
    for spec, words in breaking:
        assert words in dry_run(namespace, spec), spec
    for spec in keeping:
        assert "tried created" in dry_run(namespace, spec), spec


def test_the_server_finds_no_fault_with_an_expression(sample):
    namespace, policy, *_ = sample
    found = cluster.wait_until(
        lambda: (
            (seen := namespace.get("validatingadmissionpolicy", policy))
            and "typeChecking" in seen.get("status", {})
            and seen
        ),
        what="the API server has checked the types",
    )
    assert found["status"]["typeChecking"].get("expressionWarnings", []) == []


@pytest.mark.parametrize("sample", ["secret-names.yaml"], indirect=True)
def test_release_managers_may_name_any_secret(sample):
    namespace, *_ = sample
    who = ("--as", "someone", "--as-group", "release-managers", "--as-group", "system:masters")
    assert "created" in dry_run(namespace, with_secret("other"), *who)


def test_all_samples_are_in_the_kustomization_and_are_tried():
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    there = sorted(path.name for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
    assert sorted(listed) == there == sorted([*SAMPLES, "operator.yaml"])


def of_a_build(namespace, pod=None, **metadata):
    """A build's Job, with these parts of its pod, or its ConfigMap."""
    order, job = made(settings=replace(SETTINGS, profile=Profile(Kind.UNCONFINED)))
    found = copy.deepcopy(job if pod is not None else order)
    found["metadata"] |= {"namespace": namespace, **metadata}
    if pod is not None:
        found["spec"]["template"]["spec"] |= pod
    return found


def by_the_operator(kubectl, found):
    who = "system:serviceaccount:imagebuild-system:imagebuild-operator"
    argv = ("create", "--dry-run=server", "--filename", "-", "--as", who)
    return kubectl(*argv, stdin=json.dumps(found), check=False)


PRIVILEGED = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
TOKEN = {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}
# What a taken-over operator might make: parts of a Job's pod (None: a ConfigMap), its metadata.
BEYOND = [
    (None, {"labels": {}}, "belongs to an ImageBuild"),
    (None, {"ownerReferences": []}, "belongs to an ImageBuild"),
    ({}, {"ownerReferences": []}, "belongs to an ImageBuild"),
    ({"serviceAccountName": "admin"}, {}, "no ServiceAccount and no token"),
    ({"automountServiceAccountToken": True}, {}, "no ServiceAccount and no token"),
    ({"volumes": [TOKEN]}, {}, "no ServiceAccount and no token"),
    ({"hostNetwork": True}, {}, "nothing of the node"),
    ({"hostPID": True}, {}, "nothing of the node"),
    ({"nodeName": "a"}, {}, "nothing of the node"),
    ({"volumes": [{"name": "h", "hostPath": {"path": "/"}}]}, {}, "nothing of the node"),
    ({"containers": [PRIVILEGED]}, {}, "are not privileged"),
    ({"initContainers": [PRIVILEGED]}, {}, "are not privileged"),
]


def test_the_operator_is_held_to_what_builds_need(kubectl):
    def is_in_force(there):
        return BEYOND[0][2] in by_the_operator(there, of_a_build(there.namespace, labels={}))

    system = "kube-public"
    with in_force(kubectl, "operator.yaml", is_in_force, also=[system]) as (namespace, _):
        there = kubectl.within(system)
        assert "in system namespaces" in by_the_operator(there, of_a_build(system))
        for pod, metadata, words in BEYOND:
            found = of_a_build(namespace.namespace, pod, **metadata)
            if pod:  # only the policy is to find fault with it
                names = {v["name"] for v in found["spec"]["template"]["spec"]["volumes"]}
                for container in found["spec"]["template"]["spec"]["containers"]:
                    mounts = container.get("volumeMounts", [])
                    container["volumeMounts"] = [m for m in mounts if m["name"] in names]
            assert words in by_the_operator(namespace, found), (pod, metadata)
        for pod in (None, {}):
            found = of_a_build(namespace.namespace, pod)
            assert "created" in by_the_operator(namespace, found), pod
