"""Logs outlive their pods: the command in the status shows them, masked, and short enough."""

import base64
import os
import subprocess
import uuid

import pytest
from tests import cluster
from tests.e2e import private
from tests.e2e.specs import one

LINES = 150_000  # less than the kubelet's 10 MiB with what it writes before each


@pytest.fixture
def shown(tmp_path):
    """Run a command as a person would at a prompt; returns what it prints."""
    (tmp_path / "kubectl").symlink_to(os.environ["IMAGEBUILD_KUBECTL"])
    path = f"{tmp_path}:{os.environ['PATH']}"
    config = os.environ["IMAGEBUILD_KUBECONFIG"]
    # kubectl keeps a cache at home.
    env = {"PATH": path, "KUBECONFIG": config, "HOME": str(tmp_path)}

    def run(command):
        done = subprocess.run(
            ["sh", "-c", command], env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        return done.stdout

    return run


def kept(namespace, name="built"):
    """The ImageBuild once its newest build's log is kept."""

    def ask():
        found = namespace.get("imagebuild", name)
        return found if found["status"]["build"].get("log", {}).get("configMap") else None

    return cluster.wait_until(ask, what=f"the log of {name} is kept", seconds=30)


def delete_pod(namespace, job="built-1-1"):
    namespace("delete", "pod", "-l", f"batch.kubernetes.io/job-name={job}")


def test_a_log_outlives_its_pod_without_credentials_and_goes_with_its_imagebuild(namespace, shown):
    password = uuid.uuid4().hex
    namespace.apply(private.secret("cred", password, host="registry.invalid"))
    spec = one({"run": f"echo it is {password}, they say"}, registrySecrets=[{"name": "cred"}])
    namespace.apply(cluster.imagebuild("built", spec))
    cluster.until(namespace, "built", "Built")
    log = kept(namespace)["status"]["build"]["log"]
    printed = namespace("logs", "job/built-1-1", "-c", "build")
    delete_pod(namespace)
    assert shown(log["command"]) == printed
    assert "it is ***, they say" in printed
    assert password not in printed
    namespace("delete", "imagebuild", "built")
    cluster.wait_until(
        lambda: namespace.get("configmap", log["configMap"]) is None,
        what="the kept log is collected",
    )


def test_a_failed_builds_log_is_what_its_failure_points_to_once_the_pod_is_gone(namespace, shown):
    namespace.apply(cluster.imagebuild("built", one({"run": "echo begun >&2; exit 3"})))
    cluster.until(namespace, "built", "StepFailed")
    found = kept(namespace)
    of_the_pod = found["status"]["failure"]["command"]
    assert of_the_pod.startswith("kubectl logs ")
    assert "begun" in shown(of_the_pod)
    delete_pod(namespace)

    def points_to_the_copy():
        found = namespace.get("imagebuild", "built")
        return found["status"]["failure"]["command"] != of_the_pod and found

    found = cluster.wait_until(points_to_the_copy, what="the failure points to the kept log")
    command = found["status"]["failure"]["command"]
    assert command == found["status"]["build"]["log"]["command"]
    assert cluster.condition(found)["message"].endswith(f"More: {command}")
    assert "begun" in shown(command)
    assert found["status"]["history"][0]["log"] == found["status"]["build"]["log"]["configMap"]


def test_a_long_log_is_kept_by_both_ends_in_128_kib(namespace, shown):
    steps = {"run": f"seq {LINES}; echo the end; exit 1"}
    namespace.apply(cluster.imagebuild("built", one(steps)))
    failure = cluster.until(namespace, "built", "StepFailed")["status"]["failure"]
    assert failure["logTail"].splitlines()[-2:] == [str(LINES), "the end"]
    log = kept(namespace)["status"]["build"]["log"]
    packed = namespace.get("configmap", log["configMap"])["binaryData"]["log.gz"]
    assert 16 * 1024 < len(base64.b64decode(packed)) <= 128 * 1024
    lines = shown(log["command"]).splitlines()
    assert lines[0].startswith("#1 ")
    (seam,) = [at for at, line in enumerate(lines) if "left out here" in line]
    numbers = [(line.split() or [""])[-1] for line in lines]
    begun = numbers.index("1")
    assert numbers[begun : begun + 1000] == [str(n) for n in range(1, 1001)]
    last = numbers.index(str(LINES), seam)
    assert numbers[last - 999 : last + 1] == [str(n) for n in range(LINES - 999, LINES + 1)]
    assert numbers[last + 1] == "end"


def test_what_a_build_printed_that_an_edit_replaced_is_kept(namespace, shown):
    namespace.apply(cluster.imagebuild("built", one({"run": "echo begun; sleep 300"})))
    said = ("logs", "job/built-1-1", "-c", "build")
    cluster.wait_until(
        lambda: " begun" in namespace(*said, check=False), what="the first build has begun"
    )
    namespace.apply(cluster.imagebuild("built", one({"run": "true"})))
    status = cluster.until(namespace, "built", "Built", build=2)["status"]
    (row,) = [row for row in status["history"] if row["number"] == 1]
    assert row["result"] == "Canceled"
    text = namespace.get("configmap", row["log"])["binaryData"]["log.gz"]
    assert " begun" in shown(f"echo {text} | base64 -d | gunzip")
