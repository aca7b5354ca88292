"""One kind cluster: its configuration, whether it lives, making it and taking it away."""

import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from testbed import cache, commands, gobuild
from testbed import engine as engines
from testbed.say import Failure, note, step

NAME = "imagebuild"
REGISTRY_PORT = 5050
REGISTRY_NODE_PORT = 30500
AUDIT_LOG = "/var/log/kubernetes/audit.log"

_AUDIT_POLICY = "/etc/kubernetes/audit-policy.json"

_CRI = 'plugins."io.containerd.grpc.v1.cri"'


@dataclasses.dataclass(frozen=True)
class Cluster:
    """A cluster as it should be. `port` is the registry's on this machine's loopback."""

    name: str
    engine: engines.Engine
    kind: Path
    port: int = REGISTRY_PORT

    @property
    def node(self) -> str:
        """The name of its only container."""
        return f"{self.name}-control-plane"

    @property
    def kubeconfig(self) -> Path:
        """Where the copy for the tests lies."""
        return kubeconfig(self.name)

    @property
    def _state(self) -> Path:
        return cache.root() / "clusters" / f"{self.name}.json"

    @property
    def kubectl_program(self) -> Path:
        """The node's own kubectl, of the cluster's version, copied to this machine."""
        return cache.root() / "clusters" / f"{self.name}-kubectl"

    def state(self) -> dict[str, str]:
        """Return what was noted when the cluster was made: `{"of", "images"}`, or nothing."""
        try:
            noted: dict[str, str] = json.loads(self._state.read_text())
        except (OSError, ValueError):
            return {}
        return noted

    def lives(self) -> bool:
        """Whether the API server answers (an engine may call dead processes `Up`)."""
        if not (self.kubectl_program.exists() and self.kubeconfig.exists()):
            return False
        ask = ("get", "--raw", "/readyz", "--request-timeout=3s")
        return commands.succeeds([*self._kubectl, *ask], timeout=5)

    def kubectl(self, *args: str | Path, timeout: float = 120, stdin: str = "") -> str:
        """Return what `kubectl ARGS` prints."""
        return commands.output([*self._kubectl, *args], timeout=timeout, stdin=stdin)

    def watch(self, *args: str, seconds: int) -> Iterator[dict[str, Any]]:
        """Yield an object as it is, and again after each change; ARGS are those of `get`."""
        whole = ("--watch", f"--request-timeout={seconds}s", "--output", 'jsonpath={@}{"\\n"}')
        yield from map(json.loads, commands.lines([*self._kubectl, "get", *args, *whole]))

    @property
    def _kubectl(self) -> tuple[str | Path, ...]:
        return (self.kubectl_program, "--kubeconfig", self.kubeconfig)

    def in_node(self, *args: str, timeout: float = 60) -> str:
        """Return what a program prints that runs in the node."""
        return self.engine.output("exec", self.node, *args, timeout=timeout)

    def create(self, *, image: str, images: str, own_network: bool) -> None:
        """Make the cluster from the node image `image`; `images` is `build` or `pull`."""
        _make_modules_folder()
        config = configuration(self.port, own_network=own_network)
        with step(f"kind cluster {self.name}"), tempfile.NamedTemporaryFile("w") as file:
            file.write(config)
            file.flush()
            create = ["create", "cluster", "--name", self.name, "--image", image, "--retain"]
            self._kind(*create, "--config", file.name, "--wait", "120s", timeout=300)
            kubectl = self.kubectl_program
            kubectl.parent.mkdir(exist_ok=True)
            self.engine.output("cp", f"{self.node}:/usr/bin/kubectl", str(kubectl))
            text = commands.output(
                [self.kind, "get", "kubeconfig", "--name", self.name], env=self.engine.env
            )
            cache.write(self.kubeconfig, f"{text}\n")
            self.kubeconfig.chmod(0o600)
            of = self.fingerprint(image, own_network=own_network)
            cache.write(self._state, json.dumps({"of": of, "images": images}))
        note(f"kubectl's current context is now kind-{self.name}")

    def fingerprint(self, image: str, *, own_network: bool) -> str:
        """Return the hash of all that the cluster is made from."""
        return cache.key(self.engine.name, image, configuration(self.port, own_network=own_network))

    def delete(self) -> None:
        """Take the cluster away, whatever of it is there; what was noted goes too."""
        if self.engine.succeeds("container", "inspect", self.node):
            with step(f"removing cluster {self.name}"):
                # Killed first: asked to stop, systemd takes ten seconds to end what goes anyway.
                self.engine.succeeds("kill", self.node)
                try:
                    self._kind("delete", "cluster", "--name", self.name, timeout=120)
                except Failure:
                    self.engine.run("rm", "--force", "--volumes", self.node, log="kind")
        for left in (self._state, self.kubectl_program, self.kubeconfig):
            left.unlink(missing_ok=True)

    def load(self, archive: Path) -> None:
        """Give the node the images of an archive: as kind does it, without its slow look first."""
        words = ("ctr", "-n", "k8s.io", "images", "import", "-")
        self.engine.run("exec", "--interactive", self.node, *words, log="node-load", stdin=archive)

    def pull(self, place: str, *, name: str) -> None:
        """Give the node the image that the cluster's registry has at `place`, under `name`."""
        source = f"127.0.0.1:{REGISTRY_NODE_PORT}/{place}"
        images = ("ctr", "-n", "k8s.io", "images")
        self.in_node(*images, "pull", "--plain-http", source, timeout=300)
        self.in_node(*images, "tag", "--force", source, name)
        self.in_node(*images, "rm", source)

    def images(self, *filters: str) -> list[str]:
        """Return the names of the images that the node's containerd holds."""
        return self.in_node("ctr", "-n", "k8s.io", "images", "ls", "-q", *filters).split()

    def has_image(self, name: str) -> bool:
        """Whether the node's containerd holds an image of this full name."""
        return bool(self.images(f"name=={name}"))

    def _kind(self, *args: str, timeout: float) -> None:
        mend = "see the log; `hack/cluster down` and then `up` starts from nothing"
        commands.run(
            [self.kind, *args],
            log=f"kind-{args[0]}",
            env=self.engine.env,
            timeout=timeout,
            mend=mend,
        )


def kubeconfig(name: str) -> Path:
    """Return where the tests' kubeconfig for the cluster `name` lies."""
    return cache.root() / ("kubeconfig" if name == NAME else f"kubeconfig-{name}")


def program(images: str) -> Path:
    """Return kind: the one on PATH when images are pulled, else built here."""
    found = shutil.which("kind")
    if images == "pull" and found:
        return Path(found)
    if not gobuild.available():
        raise Failure("neither kind nor Go is installed", mend="install one of the two")
    return gobuild.programs("kind") / "kind"


def configuration(port: int, *, own_network: bool) -> str:
    """Return kind's configuration (JSON, which is YAML) for this machine.

    `own_network`: the node image brings its pod network itself, as the made one does.
    """
    mapping = {
        "containerPort": REGISTRY_NODE_PORT,
        "hostPort": port,
        "listenAddress": "127.0.0.1",
    }
    node = {
        "role": "control-plane",
        "extraPortMappings": [mapping],
        "extraMounts": [{"hostPath": str(_audit_policy()), "containerPath": _AUDIT_POLICY}],
    }
    return json.dumps(
        {
            "kind": "Cluster",
            "apiVersion": "kind.x-k8s.io/v1alpha4",
            "networking": {"podSubnet": "10.244.0.0/16", "disableDefaultCNI": own_network},
            "nodes": [node],
            "kubeadmConfigPatches": _kubelet_patches(),
            "kubeadmConfigPatchesJSON6902": [_audit_patch()],
            "containerdConfigPatches": _containerd_patches(),
        }
    )


def _audit_policy() -> Path:
    """Note who writes what (not the content), for hack/bench to count; return the policy's file."""
    quiet = {"level": "None", "resources": [{"group": "coordination.k8s.io"}]}
    verbs = ["create", "update", "patch", "delete", "deletecollection"]
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [quiet, {"level": "Metadata", "verbs": verbs}, {"level": "None"}],
    }
    path = cache.root() / "audit-policy.json"
    cache.write(path, json.dumps(policy))
    return path


def _audit_patch() -> dict[str, str]:
    folder = str(Path(AUDIT_LOG).parent)
    arguments = {
        "audit-policy-file": _AUDIT_POLICY,
        "audit-log-path": AUDIT_LOG,
        "audit-log-maxsize": "20",
        "audit-log-maxbackup": "1",
    }
    mounts = [
        {"name": "audit-policy", "hostPath": _AUDIT_POLICY, "mountPath": _AUDIT_POLICY}
        | {"readOnly": True, "pathType": "File"},
        {"name": "audit-log", "hostPath": folder, "mountPath": folder}
        | {"pathType": "DirectoryOrCreate"},
    ]
    add: list[dict[str, object]] = [
        {"op": "add", "path": "/apiServer/extraArgs/-", "value": {"name": name, "value": value}}
        for name, value in arguments.items()
    ]
    add.append({"op": "add", "path": "/apiServer/extraVolumes", "value": mounts})
    about = {"group": "kubeadm.k8s.io", "version": "v1beta4", "kind": "ClusterConfiguration"}
    return about | {"patch": json.dumps(add)}


def _kubelet_patches() -> list[str]:
    if engines.cgroup_v2():
        return []
    return ["kind: KubeletConfiguration\nfailCgroupV1: false\ncgroupDriver: cgroupfs\n"]


def _containerd_patches() -> list[str]:
    patches = [f'[{_CRI}.registry]\nconfig_path = "/etc/containerd/certs.d"\n']
    if not engines.cgroup_v2():
        patches.append(f"[{_CRI}.containerd.runtimes.runc.options]\nSystemdCgroup = false\n")
    if not engines.may_raise_limits():
        patches.append(f"[{_CRI}]\nrestrict_oom_score_adj = true\n")
    return patches


def _make_modules_folder() -> None:
    """Kind mounts /lib/modules, which a machine without loadable modules may lack."""
    if os.geteuid() == 0:
        Path("/lib/modules").mkdir(exist_ok=True)
