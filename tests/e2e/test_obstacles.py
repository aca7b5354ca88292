"""No pod at all: the cluster's own words within seconds, and a build once it can begin."""

import json
import time

from tests import cluster
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import said

# Until the obstacle shows: two seconds are left to a pod that is only on its way.
SOON = 12


def obstacle(namespace, reason, *, name="held"):
    """Ready's message once this reason keeps the build from beginning."""
    begun = time.monotonic()
    found = cluster.until(namespace, name, reason, seconds=SOON)
    assert time.monotonic() - begun < SOON
    ready = cluster.condition(found)
    assert ready["status"] == "Unknown"
    assert cluster.condition(found, "Reconciling")
    assert not cluster.condition(found, "Stalled")
    failure = found["status"]["failure"]
    assert failure["reason"] == ready["reason"]
    assert f"Mend: {failure['mend']}" in ready["message"]
    said(namespace, name, reason)
    return ready["message"]


def begin(namespace, **fields):
    namespace.apply(cluster.imagebuild("held", one({"run": "true"}, **fields)))


def test_a_namespace_that_admits_no_build_pod_is_told_in_the_api_servers_words(namespace):
    label = "pod-security.kubernetes.io/enforce=restricted"
    namespace("label", "namespace", namespace.namespace, label)
    begin(namespace)
    message = obstacle(namespace, "NotAdmitted")
    assert 'violates PodSecurity "restricted:latest"' in message
    # Once the pods are admitted a request begins anew at once, without waiting for the Job.
    namespace("label", "namespace", namespace.namespace, label.partition("=")[0] + "-")
    namespace("annotate", "imagebuild", "held", "imagebuild.dev/requestedAt=1")
    cluster.until(namespace, "held", "Built", build=2)


def test_a_pod_that_no_node_can_take_is_told_in_the_schedulers_words(namespace):
    begin(namespace, resources={"requests": {"cpu": "1000"}})
    assert "Insufficient cpu" in obstacle(namespace, "Unschedulable")
    begin(namespace)
    cluster.until(namespace, "held", "Built", build=2)


def test_a_quota_that_is_used_up_is_told_and_the_build_begins_when_there_is_room(namespace):
    namespace("create", "quota", "none", "--hard=pods=0")
    begin(namespace)
    assert "exceeded quota: none" in obstacle(namespace, "QuotaExceeded")
    namespace("delete", "quota", "none")
    # The Job controller tries again after a while that doubles each time.
    status = cluster.until(namespace, "held", "Built", seconds=90)["status"]
    assert status["build"]["attempt"] == 1


def test_a_quota_that_takes_no_more_jobs_is_told_too(namespace):
    namespace("create", "quota", "none", "--hard=count/jobs.batch=0")
    begin(namespace)
    assert "exceeded quota: none" in obstacle(namespace, "QuotaExceeded")
    namespace("delete", "quota", "none")
    cluster.until(namespace, "held", "Built", seconds=30)


def test_a_context_that_is_absent_is_waited_for_and_the_build_begins_by_itself(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/held:1"
    copying = stages(stage({"copy": ["main"], "to": "/"}, base="scratch"))
    spec = {**copying, "context": {"configMap": {"name": "files"}}, "publish": to(image)}
    namespace.apply(cluster.imagebuild("held", spec))
    message = obstacle(namespace, "ContextNotFound")
    assert f"there is no ConfigMap files (namespace {namespace.namespace})" in message
    assert namespace.items("jobs") == []
    namespace("create", "configmap", "files", "--from-literal=main=one")
    cluster.until(namespace, "held", "Published", seconds=30)
    assert registry.pull(image).read("/main") == b"one"

    # A build that is asked for takes what the ConfigMap holds by then.
    change = json.dumps({"data": {"main": "two"}})
    namespace("patch", "configmap", "files", "--type=merge", "--patch", change)
    namespace("annotate", "imagebuild", "held", "imagebuild.dev/requestedAt=1")
    cluster.until(namespace, "held", "Published", build=2)
    assert registry.pull(image).read("/main") == b"two"


def test_a_key_that_the_config_map_does_not_have_is_named(namespace):
    namespace("create", "configmap", "files", "--from-literal=other=one")
    items = [{"key": "main.go", "path": "main.go"}]
    begin(namespace, context={"configMap": {"name": "files", "items": items}})
    assert "ConfigMap files has no key main.go" in obstacle(namespace, "ContextNotFound")
    assert namespace.items("jobs") == []
    change = json.dumps({"data": {"main.go": "two"}})
    namespace("patch", "configmap", "files", "--type=merge", "--patch", change)
    cluster.until(namespace, "held", "Built", seconds=30)
