"""Whoever runs the operator: changes its settings in place, and waits until they hold."""

import contextlib
import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from tests import cluster

DEPLOYMENT = "imagebuild-operator"
FILE = "settings.yaml"
MISTAKE = "the new ones hold a mistake"
CHANGED = "the settings changed"


@dataclasses.dataclass(frozen=True)
class Administrator:
    """`kubectl` is that of the operator's namespace."""

    kubectl: cluster.Kubectl

    @contextlib.contextmanager
    def override(self, namespace: str) -> Iterator["Override"]:
        """Let one namespace have settings of its own, which go again."""
        own = Override(self, namespace)
        try:
            yield own
        finally:
            own.hold(None)

    def pod(self) -> cluster.Object:
        """Return the operator's pod."""
        (pod,) = self.kubectl.items("pods", "-l", f"app.kubernetes.io/name={DEPLOYMENT}")
        return pod

    def settings(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the ConfigMap that is mounted, and what its file says."""
        volumes = self.pod()["spec"]["volumes"]
        name = next(v["configMap"]["name"] for v in volumes if v["name"] == "settings")
        found = self.kubectl.get("configmap", name) or {}
        return name, yaml.safe_load(found["data"][FILE])

    def write(self, settings: Mapping[str, Any], *, until: str) -> None:
        """Write the file, and return when the operator's log says of it what is expected."""
        name, _ = self.settings()
        before = self.log().count(until)
        text = yaml.safe_dump(dict(settings), sort_keys=False)
        patch = yaml.safe_dump({"data": {FILE: text}})
        self.kubectl("patch", "configmap", name, "--type", "merge", "--patch", patch)
        # A change of its pod has the kubelet look at the pod's volumes at once.
        pod = self.pod()["metadata"]["name"]
        token = uuid.uuid4().hex
        self.kubectl("annotate", "pod", pod, "--overwrite", f"tests.imagebuild.dev/at={token}")
        cluster.wait_until(
            lambda: self.log().count(until) > before,
            what=f"the operator says {until!r}",
        )

    def log(self) -> str:
        """Return what the operator said of its settings."""
        said = self.kubectl("logs", f"deployment/{DEPLOYMENT}", "--tail=-1")
        return "\n".join(line for line in said.splitlines() if "settings" in line)


@dataclasses.dataclass(frozen=True)
class Override:
    """What one namespace has otherwise."""

    administrator: Administrator
    namespace: str

    def hold(self, settings: Mapping[str, Any] | None, *, until: str = CHANGED) -> None:
        """Have these settings hold in the namespace, None: those of all."""
        _, whole = self.administrator.settings()
        others = [o for o in whole.get("overrides", []) if o["namespaces"] != [self.namespace]]
        own = [] if settings is None else [{"namespaces": [self.namespace], **settings}]
        if [*others, *own] != whole.get("overrides", []):
            self.administrator.write({**whole, "overrides": [*others, *own]}, until=until)
