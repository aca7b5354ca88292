"""The installed operator counts builds with their reasons, each once, and says so to Prometheus."""

from pathlib import Path

import pytest
import yaml
from prometheus_client import parser
from tests import cluster
from tests.e2e.specs import one

MONITORING = Path(__file__).parents[2] / "manifests/monitoring"
OPERATOR = ("-l", "app.kubernetes.io/name=imagebuild-operator")
BUILT = {"result": "Succeeded", "reason": "Built"}
FAILED = {"result": "Failed", "reason": "StepFailed"}
# What only a cluster with the Prometheus operator knows.
FOREIGN = "monitoring.coreos.com/v1"


@pytest.fixture(scope="module")
def operator(kubectl):
    return kubectl.within("imagebuild-system")


def scrape(operator):
    """What the operator's /metrics says: (name, labels) -> value; None where it does not answer."""
    pods = [
        p for p in operator.items("pods", *OPERATOR) if "deletionTimestamp" not in p["metadata"]
    ]
    if not pods:
        return None
    pod = f"{pods[0]['metadata']['name']}:9090"
    path = f"/api/v1/namespaces/{operator.namespace}/pods/{pod}/proxy/metrics"
    said = operator("get", "--raw", path, check=False)
    if not said.startswith("# HELP"):
        return None
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(said)
        for sample in family.samples
    }


def of(found, name, **labels):
    return found[f"imagebuild_{name}", frozenset(labels.items())]


def test_a_build_that_succeeds_and_one_that_fails_are_counted_with_their_reasons(
    operator, namespace
):
    before = scrape(operator)
    namespace.apply(
        cluster.imagebuild("good", one({"run": "sleep 2"})),
        cluster.imagebuild("bad", one({"run": "exit 3"})),
    )
    cluster.until(namespace, "good", "Built")
    cluster.until(namespace, "bad", "StepFailed")

    def counted():
        after = scrape(operator)
        grown = (
            of(after, "builds_total", **end) > of(before, "builds_total", **end)
            for end in (BUILT, FAILED)
        )
        return all(grown) and after

    after = cluster.wait_until(counted, what="both builds are counted", seconds=10)

    def more(name, **labels):
        return of(after, name, **labels) - of(before, name, **labels)

    assert more("builds_total", **BUILT) == 1
    assert more("builds_total", **FAILED) == 1
    assert more("build_duration_seconds_count", result="Succeeded") == 1
    assert more("build_duration_seconds_sum", result="Succeeded") >= 2
    assert more("stage_duration_seconds_count", state="Succeeded") == 1
    assert more("stage_duration_seconds_sum", state="Succeeded") >= 2
    assert more("stage_duration_seconds_count", state="Failed") == 1
    assert more("queue_duration_seconds_count") == 2
    assert more("pod_start_duration_seconds_count") == 2
    assert more("steps_total") >= 3
    assert more("pulled_bytes_total") > 0
    assert 6 <= more("status_writes_total") <= 60


def test_an_operator_that_begins_anew_counts_no_build_a_second_time(operator, namespace):
    namespace.apply(cluster.imagebuild("bad", one({"run": "exit 3"})))
    cluster.until(namespace, "bad", "StepFailed")
    operator("delete", "pod", *OPERATOR, "--force", "--grace-period=0")
    operator("rollout", "status", "deployment/imagebuild-operator", "--timeout=60s")
    there = len(operator.items("imagebuilds", "--all-namespaces"))

    def looked():
        found = scrape(operator)
        return found and of(found, "reconcile_duration_seconds_count") >= there and found

    found = cluster.wait_until(looked, what=f"the operator looked at {there} ImageBuilds")
    assert of(found, "builds_total", **FAILED) == 0
    assert of(found, "steps_total") == 0


def test_what_is_shipped_for_monitoring_is_what_the_api_server_takes(kubectl):
    rendered = yaml.safe_load_all(kubectl("kustomize", str(MONITORING)))
    roles = yaml.safe_load_all((MONITORING / "state-metrics-role.yaml").read_text())
    objects = [found for found in (*rendered, *roles) if found["apiVersion"] != FOREIGN]
    kinds = {found["kind"] for found in objects}
    assert kinds == {"Service", "ConfigMap", "ClusterRole", "ClusterRoleBinding"}
    text = yaml.safe_dump_all(objects)
    kubectl("apply", "--server-side", "--dry-run=server", "--filename", "-", stdin=text)
