"""What the manifests give away: as kubectl renders them, and as the API server reads them."""

import itertools
import json
from pathlib import Path

import pytest
import yaml

MANIFESTS = Path(__file__).parents[2] / "manifests"
OVERLAYS = sorted(path.name for path in (MANIFESTS / "overlays").iterdir())
INSTALL = "install.yaml"
AGENT = "system:serviceaccount:imagebuild-system:imagebuild-operator"
PEOPLE = {"imagebuild-editor", "imagebuild-viewer"}
FLUX = ("gitrepositories", "ocirepositories", "buckets")


@pytest.fixture(scope="module")
def rendered(kubectl):
    """The objects of an overlay, or of install.yaml."""

    def render(name):
        if name == INSTALL:
            text = (MANIFESTS / INSTALL).read_text()
        else:
            text = kubectl("kustomize", str(MANIFESTS / "overlays" / name))
        return [found for found in yaml.safe_load_all(text) if found]

    return render


def roles(objects):
    return [found for found in objects if found["kind"] in ("Role", "ClusterRole")]


def pods(objects):
    """The pod of everything that has one."""
    specs = (found.get("spec", {}).get("template", {}).get("spec") for found in objects)
    return [spec for spec in specs if spec]


ALL = pytest.mark.parametrize("name", [*OVERLAYS, INSTALL])


@ALL
def test_no_rule_is_about_secrets_and_none_is_a_wildcard(rendered, name):
    rules = [rule for role in roles(rendered(name)) for rule in role.get("rules") or []]
    assert rules
    for rule in rules:
        words = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        assert not any("*" in word for word in words), rule
        assert not any(word.startswith("secrets") for word in rule["resources"]), rule
        assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"]), rule


@ALL
def test_no_container_is_privileged_and_the_operator_is_restricted(rendered, name):
    objects = rendered(name)
    found = pods(objects)
    assert found
    for pod in found:
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert not any("hostPath" in volume for volume in pod.get("volumes", []))
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    (namespace,) = [
        o for o in objects
        if (o["kind"], o["metadata"]["name"]) == ("Namespace", "imagebuild-system")
    ]  # fmt: skip
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_install_for_one_namespace_has_no_right_beyond_it(rendered):
    objects = rendered("namespaced")
    assert not [o for o in objects if o["kind"] == "ClusterRoleBinding"]
    clusterwide = {o["metadata"]["name"] for o in objects if o["kind"] == "ClusterRole"}
    assert clusterwide == PEOPLE
    bindings = [o for o in objects if o["kind"] == "RoleBinding"]
    assert bindings
    assert all(o["roleRef"]["kind"] == "Role" for o in bindings)
    assert len({o["metadata"]["namespace"] for o in bindings}) == 1


@ALL
def test_people_get_their_rights_by_the_clusters_own_roles(rendered, name):
    found = {role["metadata"]["name"]: role for role in roles(rendered(name))}
    for people in PEOPLE:
        assert set(found[people]["rules"][0]["resources"]) == {"imagebuilds"}
        labels = found[people]["metadata"]["labels"]
        assert any(label.startswith("rbac.authorization.k8s.io/aggregate-to-") for label in labels)


@ALL
def test_every_object_is_one_that_the_api_server_takes(kubectl, name):
    where = ("-k", str(MANIFESTS / "overlays" / name))
    if name == INSTALL:
        where = ("-f", str(MANIFESTS / INSTALL))
    said = kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", *where,
                   check=False)  # fmt: skip
    assert "serverside-applied" in said
    # A dry run makes no namespace, so what lies in a new one can't be looked at.
    errors = [line for line in said.splitlines() if "serverside-applied" not in line]
    assert not [line for line in errors if 'namespaces "team-a" not found' not in line], said


def rules(kubectl, user, namespace):
    """What a user may do in a namespace: (group, resource, verb)."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    args = ("create", "--as", user, "--validate=false", "--filename", "-", "--output", "json")
    status = json.loads(kubectl(*args, stdin=json.dumps(review)))["status"]
    return {
        triple
        for rule in status["resourceRules"]
        for triple in itertools.product(rule["apiGroups"], rule["resources"], rule["verbs"])
    }


def test_the_operator_may_do_what_it_needs_and_nothing_on_secrets(kubectl, namespace):
    anyone = "system:serviceaccount:imagebuild-system:default"
    may = rules(kubectl, AGENT, namespace.namespace) - rules(kubectl, anyone, namespace.namespace)
    assert may == {
        *(("imagebuild.dev", "imagebuilds", verb) for verb in ("get", "list", "watch")),
        ("imagebuild.dev", "imagebuilds/status", "patch"),
        *(("batch", "jobs", verb) for verb in ("get", "list", "watch", "create", "delete")),
        *(("", "configmaps", verb) for verb in ("get", "create", "patch", "delete")),
        *(("", "pods", verb) for verb in ("list", "watch")),
        ("", "pods/log", "get"),
        *(("", "events", verb) for verb in ("list", "create")),
        *(("source.toolkit.fluxcd.io", kind, "get") for kind in FLUX),
        ("", "nodes", "list"),
        *(("", "namespaces", verb) for verb in ("list", "watch")),
        *(("apiextensions.k8s.io", "customresourcedefinitions", v) for v in ("list", "watch")),
    }
    for verb in ("get", "list", "watch", "create", "update", "patch", "delete"):
        said = kubectl("auth", "can-i", verb, "secrets", "-A", "--as", AGENT, check=False)
        assert said.split()[-1] == "no", f"{verb} secrets: {said}"
