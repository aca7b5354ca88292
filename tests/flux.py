"""What stands for Flux: the kind GitRepository, and objects that say what was fetched.

Source: https://fluxcd.io/flux/components/source/gitrepositories/#artifact
"""

import dataclasses
import json

from tests import cluster

GROUP = "source.toolkit.fluxcd.io"
KIND, PLURAL = "GitRepository", "gitrepositories"
_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"{PLURAL}.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"kind": KIND, "plural": PLURAL, "singular": KIND.lower()},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": _OPEN, "status": _OPEN},
                    }
                },
            }
        ],
    },
}


@dataclasses.dataclass(frozen=True)
class Sources:
    """Sources of Flux in a namespace."""

    kubectl: cluster.Kubectl

    def put(self, name: str, *, url: str, sha256: str, revision: str) -> None:
        """Let a GitRepository say that it has fetched this archive."""
        told = {"url": url, "digest": f"sha256:{sha256}", "revision": revision}
        self.kubectl.apply(
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": KIND,
                "metadata": {"name": name},
                "spec": {"url": "https://git.example.com/site.git", "interval": "1h"},
            }
        )
        status = json.dumps({"status": {"artifact": told}})
        where = ("--subresource=status", "--type=merge")
        self.kubectl("patch", f"{PLURAL}.{GROUP}", name, *where, "--patch", status)
