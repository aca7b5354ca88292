"""Builds without BuildKit: pods that no node takes, whose status the tests write."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from tests import cluster

from imagebuild.contract import report as reports

DIGEST = "sha256:" + "7e" * 32
IMAGE = "registry.example.com/team/hello:1.0"
SPEC = {
    "stages": [
        {"name": "builder", "from": "golang:1.19", "steps": [{"run": "go build"}]},
        {
            "name": "final",
            "from": "alpine:3.18",
            "steps": [{"copy": ["/main"], "from": "builder", "to": "/"}],
        },
    ],
    "publish": [{"stage": "final", "images": [IMAGE]}],
}
SUCCESS = reports.Report(images=(reports.Image(target=0, digest=DIGEST, size=1000, layers=2),))
# More than any node has, for containers that ask for nothing else.
TOO_MUCH = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "too-much"},
    "spec": {"limits": [{"type": "Container", "defaultRequest": {"cpu": "1000"}}]},
}


@dataclasses.dataclass(frozen=True)
class Stage:
    """A namespace in which the operator plays itself, and the test plays the node."""

    kubectl: cluster.Kubectl

    def apply(self, spec=None, *args, name="hello", **metadata):
        found = cluster.imagebuild(name, SPEC if spec is None else spec, **metadata)
        self.kubectl("apply", *args, "--filename", "-", stdin=json.dumps(found))

    def imagebuild(self, name="hello"):
        return self.kubectl.get("imagebuild", name)

    def until(self, reason, *, name="hello", build=None):
        return cluster.until(self.kubectl, name, reason, build=build, seconds=20)

    def job(self, name="hello-1-1"):
        """The Job once it is there."""
        return cluster.wait_until(
            lambda: self.kubectl.get("job", name), what=f"Job {name}", seconds=20
        )

    def jobs(self):
        return [job["metadata"]["name"] for job in self.kubectl.items("jobs")]

    def pod(self, job="hello-1-1"):
        """The name of a Job's pod once it is there."""
        selector = ("-l", f"batch.kubernetes.io/job-name={job}")
        (pod,) = cluster.wait_until(
            lambda: self.kubectl.items("pods", *selector), what=f"pod of {job}", seconds=20
        )
        return pod["metadata"]["name"]

    def end(self, report, *, job="hello-1-1"):
        """The pod's worker ends with this last word, as a kubelet would report it."""
        code = int(report.failure is not None)
        ended = {
            "build": (code, reports.to_message(report)),
            "buildkitd": (0, ""),
            "progress": (0, ""),
        }
        statuses = [container(name, _terminated(*end)) for name, end in ended.items()]
        self.report("Failed" if code else "Succeeded", *statuses, job=job)

    def report(self, phase, *containers, job="hello-1-1", **status):
        """Write the pod's status."""
        status |= {"phase": phase, "containerStatuses": containers}
        patch = ("--subresource=status", "--type=merge", "--patch", json.dumps({"status": status}))
        self.kubectl("patch", "pod", self.pod(job), *patch)

    def bind(self, job="hello-1-1"):
        """Give the pod to a node that nobody has, so that no kubelet has a say."""
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": self.pod(job)},
            "target": {"apiVersion": "v1", "kind": "Node", "name": "nobodys"},
        }
        place = f"/api/v1/namespaces/{self.kubectl.namespace}/pods/{self.pod(job)}/binding"
        self.kubectl("create", "--raw", place, "--filename", "-", stdin=json.dumps(binding))

    def settle(self):
        """Return when the operator has looked at everything that happened before."""
        name = f"after-{datetime.now(UTC).timestamp()}"
        self.apply({**SPEC, "suspend": True}, name=name)
        self.until("Suspended", name=name)


def container(name, state):
    """A container's status, as a kubelet writes it."""
    same = {"image": "builder", "imageID": "", "ready": False, "restartCount": 0}
    return {"name": name, "state": state, **same}


def _terminated(code, message):
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = {"exitCode": code, "message": message, "reason": "Error" if code else "Completed"}
    return {"terminated": {**ended, "startedAt": now, "finishedAt": now}}


@pytest.fixture
def stage(namespace):
    """A namespace of the test's own in which no build's pod finds a node."""
    namespace.apply(TOO_MUCH)
    return Stage(namespace)
