"""Volumes of the cluster's own storage class, written and read by a pod."""

import base64
import dataclasses
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from tests import cluster

# A volume for builds: their group may write to it.
_MAKE = "chgrp 1000 /volume && chmod 2775 /volume && touch /made && exec sleep 3600"


@dataclasses.dataclass(frozen=True)
class Archive:
    """An OCI image layout in a tar: the top digest, and what that and its configuration say."""

    digest: str
    manifest: dict[str, Any]
    config: dict[str, Any]
    blobs: Mapping[str, bytes]


@dataclasses.dataclass(frozen=True)
class Volume:
    """A claim, and a pod of the same name that has it at /volume."""

    kubectl: cluster.Kubectl
    claim: str

    def write(self, path: str, text: str) -> None:
        """Put a file there, with its directories."""
        script = 'mkdir -p "$(dirname "/volume/$1")" && printf %s "$2" > "/volume/$1"'
        self.kubectl("exec", self.claim, "--", "sh", "-c", script, "sh", path, text)

    def read(self, path: str) -> bytes:
        """Return what is in a file."""
        return base64.b64decode(self.kubectl("exec", self.claim, "--", "base64", f"/volume/{path}"))

    def archive(self, path: str) -> Archive:
        """Return what an OCI archive holds, after the OCI Image Layout Specification 1.1."""
        with tarfile.open(fileobj=io.BytesIO(self.read(path))) as tar:
            files = {item.name: tar.extractfile(item) for item in tar if item.isfile()}
            read = {name: data.read() for name, data in files.items() if data}
        (top,) = json.loads(read["index.json"])["manifests"]
        blobs = {
            f"sha256:{name.rpartition('/')[2]}": data
            for name, data in read.items()
            if name.startswith("blobs/")
        }
        manifest = json.loads(blobs[top["digest"]])
        config = json.loads(blobs[manifest["config"]["digest"]])
        return Archive(top["digest"], manifest, config, blobs)


def make(kubectl: cluster.Kubectl, claim: str) -> Volume:
    """Make a claim, and the pod, and return it once builds may write to it."""
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": claim},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": False,
                "containers": [
                    {
                        "name": "shell",
                        "image": "docker.io/library/alpine:3.18",
                        "command": ["sh", "-c", _MAKE],
                        "readinessProbe": {
                            "exec": {"command": ["test", "-e", "/made"]},
                            "periodSeconds": 1,
                        },
                        "volumeMounts": [{"name": "volume", "mountPath": "/volume"}],
                    }
                ],
                "volumes": [{"name": "volume", "persistentVolumeClaim": {"claimName": claim}}],
            },
        },
    )
    kubectl("wait", "--for=condition=Ready", f"pod/{claim}", "--timeout=180s")
    return Volume(kubectl, claim)
