"""A private authority, and the namespace of the servers that it vouches for.

    def test_it(namespace, authority, secured):
        namespace.apply(authority.config_map())
        spec = {**authority.trusted(), ...}

The servers are `secured` (a registry) and `gitserver`; both run in `authority.kubectl`'s namespace,
in an image that hack/test makes from servers/Dockerfile and that the cluster's registry holds.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import cluster

SCRIPTS = Path(__file__).with_name("servers")
IMAGE = "imagebuild/servers:main"
# `other` is the git server once more: another host for whoever sends credentials.
REGISTRY, GIT, OTHER = "registry", "git", "other"
_TLS = "tls"


@dataclasses.dataclass(frozen=True)
class Authority:
    """An authority whose certificate, in PEM, nobody knows unless told."""

    kubectl: cluster.Kubectl
    image: str
    certificate: str

    def host(self, name: str) -> str:
        """Return the full name of a server: REGISTRY, GIT or OTHER."""
        return f"{name}.{self.kubectl.namespace}.svc"

    def config_map(self, name: str = "tests-ca") -> cluster.Object:
        """Return a ConfigMap that holds the certificate as ca.crt."""
        return cluster_object("v1", "ConfigMap", name, data={"ca.crt": self.certificate})

    def secret(self, name: str = "tests-ca") -> cluster.Object:
        """Return a Secret that holds the certificate as ca.crt."""
        return cluster_object("v1", "Secret", name, stringData={"ca.crt": self.certificate})

    def trusted(self, name: str = "tests-ca") -> dict[str, Any]:
        """Return the part of a spec that trusts it by `config_map`."""
        key = {"name": name, "key": "ca.crt"}
        return {"caCertificates": [{"name": "tests", "configMapKeyRef": key}]}

    def serve(
        self, name: str, *containers: Mapping[str, Any], ports: Mapping[int, int], **files: str
    ) -> None:
        """Run a pod, and wait until `ask` reaches it.

        `ports`: of the service -> of the pod; what 8080 serves answers {} at its root. The
        containers find the key and certificate of all servers in /tls, `files` in /script and an
        empty directory by the name of "data".
        """
        labels = {"app.kubernetes.io/name": name}
        volumes = [
            {"name": "script", "configMap": {"name": name}},
            {"name": "tls", "secret": {"secretName": _TLS}},
            {"name": "data", "emptyDir": {}},
        ]
        fixed = [
            {"name": "script", "mountPath": "/script"},
            {"name": "tls", "mountPath": "/tls"},
        ]
        pod = {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000},
            "containers": [
                {
                    **container,
                    "imagePullPolicy": "IfNotPresent",
                    "volumeMounts": [*fixed, *container["volumeMounts"]],
                }
                for container in containers
            ],
            "volumes": volumes,
        }
        self.kubectl.apply(
            cluster_object("v1", "ConfigMap", name, data=files),
            self.service(name, ports),
            cluster_object("v1", "Pod", name, labels=labels, spec=pod),
        )
        self.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=180s")
        cluster.reach(self.kubectl, f"{name}:8080")

    def service(self, name: str, ports: Mapping[int, int], *, of: str = "") -> cluster.Object:
        """Return the service of a server's name, `of` the pod of this or another name."""
        listed = [
            {"name": f"p{port}", "port": port, "targetPort": target}
            for port, target in ports.items()
        ]
        selector = {"app.kubernetes.io/name": of or name}
        return cluster_object("v1", "Service", name, spec={"selector": selector, "ports": listed})

    def ask(self, name: str, place: str, body: str = "") -> str:
        """Return a server's answer on its port 8080 by way of the API server; `body` is posted."""
        of = f"{cluster.proxied(self.kubectl, f'{name}:8080')}/{place}"
        if not body:
            return self.kubectl("get", "--raw", of)
        return self.kubectl("create", "--raw", of, "--filename", "-", stdin=body)


def found(kubectl: cluster.Kubectl, image: str) -> Authority:
    """Make an authority in a new namespace, and what its servers show."""
    made = Authority(kubectl, image, "")
    names = [made.host(name) for name in (REGISTRY, GIT, OTHER)]
    script = (SCRIPTS / "certificates.sh").read_text()
    said = cluster.output(kubectl, image, "sh", "-c", script, "certificates.sh", *names)
    certificate, *pair = said.strip().split("\n\n")
    texts = dict(zip(("tls.crt", "tls.key"), pair, strict=True))
    kubectl.apply(cluster_object("v1", "Secret", _TLS, stringData=texts))
    return dataclasses.replace(made, certificate=f"{certificate}\n")


def probe(port: int) -> dict[str, Any]:
    """Return the readiness of a container that listens to a port."""
    return {"tcpSocket": {"port": port}, "periodSeconds": 1}


def texts(*paths: Path) -> dict[str, str]:
    """Return files by their names."""
    return {path.name: path.read_text() for path in paths}


def cluster_object(
    version: str, kind: str, name: str, *, labels: Mapping[str, str] | None = None, **rest: Any
) -> cluster.Object:
    """Return an object to be applied."""
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}
