"""The world outside of the builds: a server in the cluster for repositories and files."""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests import cluster

SCRIPT = Path(__file__).with_name("server.py")
_LABELS = {"app.kubernetes.io/name": "server"}
_SERVICE = "server:80"


@dataclasses.dataclass(frozen=True)
class Repository:
    """Where a repository is, and its named commits: name -> id."""

    url: str
    commits: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class File:
    """Where a file is, and the SHA-256 sum of its content."""

    url: str
    sha256: str


@dataclasses.dataclass(frozen=True)
class Outside:
    """The server; `kubectl` is in its namespace. A name stands for one thing in all tests."""

    kubectl: cluster.Kubectl

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://server.{self.kubectl.namespace}.svc"

    def repository(self, name: str, *commits: Mapping[str, Any]) -> Repository:
        """Make a repository of these commits, which server.py describes."""
        ids = self._post(f"repositories/{name}", json.dumps(commits))
        return Repository(f"{self.url}/{name}.git", json.loads(ids))

    def file(self, name: str, content: bytes) -> File:
        """Put a file there."""
        self._post(f"files/{name}", base64.b64encode(content).decode())
        return File(f"{self.url}/files/{name}", hashlib.sha256(content).hexdigest())

    def _post(self, place: str, body: str) -> str:
        """Post by way of the API server: standard input of `kubectl exec` is lost at times."""
        of = f"{cluster.proxied(self.kubectl, _SERVICE)}/{place}"
        return self.kubectl("create", "--raw", of, "--filename", "-", stdin=body)


def start(kubectl: cluster.Kubectl, image: str) -> Outside:
    """Start it in a namespace of its own."""
    kubectl.apply(*_objects(image))
    kubectl("wait", "--for=condition=Ready", "pod/server", "--timeout=180s")
    cluster.reach(kubectl, _SERVICE)
    return Outside(kubectl)


def _objects(image: str) -> Sequence[cluster.Object]:
    """The server's objects: the builder's image has git and Python."""
    container = {
        "name": "server",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", f"/script/{SCRIPT.name}", "8080"],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        "volumeMounts": [
            {"name": "script", "mountPath": "/script"},
            {"name": "srv", "mountPath": "/srv"},
        ],
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsUser": 1000, "fsGroup": 1000},
        "containers": [container],
        "volumes": [
            {"name": "script", "configMap": {"name": "server"}},
            {"name": "srv", "emptyDir": {}},
        ],
    }
    ports = [{"port": 80, "targetPort": 8080}]
    script = {SCRIPT.name: SCRIPT.read_text()}
    named = {"name": "server", "labels": _LABELS}
    return (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": script},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": named,
            "spec": {"selector": _LABELS, "ports": ports},
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": pod},
    )
