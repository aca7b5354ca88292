"""Builds whose Secrets and certificates come later than they do."""

import sys
from datetime import datetime

from tests import cluster
from tests.e2e.specs import one

TOKEN = {"name": "token", "secretKeyRef": {"name": "npm", "key": "token"}}
READS = {"run": "test -s /run/secrets/token", "mounts": [{"secret": {"name": "token"}}]}
COMPANY = {"name": "company", "configMapKeyRef": {"name": "company-ca", "key": "ca.crt"}}


def secret(*keys):
    values = {key: f"the-{key}-of-the-tests" for key in keys}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "npm"},
        "stringData": values,
    }


def waits(namespace, name):
    return cluster.until(namespace, name, "WaitingForSecret")["status"]["failure"]


def started(namespace, name):
    """When the worker of the build's only attempt began, once it has been built."""
    status = cluster.until(namespace, name, "Built")["status"]
    build = status["build"]
    assert (build["number"], build["attempt"]) == (1, 1)
    assert [row["result"] for row in status["history"]] == ["Succeeded"]
    (pod,) = namespace.items("pods", "-l", f"job-name={build['job']}")
    states = {s["name"]: s["state"] for s in pod["status"]["containerStatuses"]}
    return moment(states["build"]["terminated"]["startedAt"])


def moment(text):
    return datetime.fromisoformat(text)


def test_a_missing_secret_is_named_and_the_build_starts_once_it_is_there(namespace):
    namespace.apply(cluster.imagebuild("late", one(READS, secrets=[TOKEN])))
    failure = waits(namespace, "late")
    assert "there is no Secret npm" in failure["message"]
    assert failure["path"] == "spec.secrets[0].secretKeyRef"
    job = namespace.get("job", "late-1-1")

    def another():
        found = namespace.get("job", "late-1-1")
        return found and found["metadata"]["uid"] != job["metadata"]["uid"] and found

    cluster.wait_until(another, what="the Job that waits is made anew")
    assert waits(namespace, "late") == failure

    namespace.apply(secret("token"))
    came = moment(namespace.get("secret", "npm")["metadata"]["creationTimestamp"])
    began = started(namespace, "late")
    assert began >= came
    seconds = (began - came).total_seconds()
    sys.stdout.write(f"the build started {seconds:.0f} s after its Secret came\n")
    told = namespace.items("events", "--field-selector", "involvedObject.kind=ImageBuild")
    assert [e["reason"] for e in told].count("WaitingForSecret") == 1


def test_all_that_is_missing_is_named_at_once_a_key_and_certificates_alike(namespace):
    namespace.apply(secret("other"))
    spec = one(READS, secrets=[TOKEN], caCertificates=[COMPANY])
    namespace.apply(cluster.imagebuild("several", spec))

    def both():
        message = waits(namespace, "several")["message"]
        missing = ("there is no ConfigMap company-ca", "Secret npm has no key token")
        return all(words in message for words in missing)

    cluster.wait_until(both, what="both are named")
    namespace.apply(secret("other", "token"))
    only = "spec.caCertificates[0].configMapKeyRef: there is no ConfigMap company-ca (namespace"

    def one_is_left():
        return waits(namespace, "several")["message"].startswith(only)

    cluster.wait_until(one_is_left, what="only the certificates are named")
    any_authority = namespace.get("configmap", "kube-root-ca.crt")
    namespace.apply({**any_authority, "metadata": {"name": "company-ca"}})
    started(namespace, "several")
