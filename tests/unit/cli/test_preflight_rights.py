"""What the preflight's Job may do, as manifests/preflight gives it away."""

from pathlib import Path

import yaml

MANIFESTS = Path(__file__).parents[3] / "manifests" / "preflight"
OWN = "imagebuild-preflight"
WRITING = {"create", "update", "patch", "delete", "deletecollection"}


def objects(name):
    return [found for found in yaml.safe_load_all((MANIFESTS / name).read_text()) if found]


def rules(kind):
    """(namespace, resource, verb) of all roles of a kind."""
    return {
        (role["metadata"].get("namespace"), resource, verb)
        for role in objects("role.yaml")
        if role["kind"] == kind
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_of_the_whole_cluster_it_only_reads_nodes_and_namespaces():
    assert rules("ClusterRole") == {(None, "nodes", "list"), (None, "namespaces", "get")}


def test_it_makes_things_in_its_own_namespace_alone():
    writing = {(where, what) for where, what, verb in rules("Role") if verb in WRITING}
    assert writing == {(OWN, "pods"), (OWN, "networkpolicies")}


def test_it_has_no_verb_on_secrets():
    assert not [row for row in rules("Role") | rules("ClusterRole") if "secrets" in row[1]]


def test_its_own_pod_meets_restricted():
    (job,) = objects("job.yaml")
    pod = job["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_its_probes_have_a_namespace_that_lets_every_profile_in():
    (namespace,) = objects("namespace.yaml")
    assert namespace["metadata"]["name"] == OWN
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
