"""The pod of one attempt: three containers that share a socket and a lock.

``buildkitd`` is the daemon in which RUN steps live: it sees neither credentials nor contexts.
``build`` is the worker: it alone has those, and alone decides how the attempt ended. ``progress``
prints pictures for the controller to read. All three are plain containers (docs/adr/0001): the
two others end when the lock that the worker holds is released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagebuild.api.status import BuildStatus
from imagebuild.contract import order as orders
from imagebuild.contract import places
from imagebuild.core import daemon
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Settings

UID = 1000
GRACE_SECONDS = 10  # the worker cancels a solve in less; nothing else in the pod needs any
# A Secret has at most 1 MiB, and there are at most 16 of them.
_CREDENTIALS_SIZE = "32Mi"

BUILD, BUILDKITD, PROGRESS = "build", "buildkitd", "progress"

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mounted:
    """What of the namespace the ``build`` container sees.

    ``config_maps``: context name -> ConfigMap's name and its items ([{key, path}], empty: all).
    ``registry_secrets``: names of kubernetes.io/dockerconfigjson Secrets.
    """

    config_maps: Mapping[str, tuple[str, tuple[Mapping[str, str], ...]]]
    registry_secrets: tuple[str, ...]


def spec(
    build: BuildStatus, *, mounted: Mounted, resources: Mapping[str, Any], settings: Settings
) -> JSON:
    """The pod's spec; ``resources``: requests and limits of the daemon (empty: the setting's)."""
    profile = settings.profile
    image = settings.builder_image
    pod: JSON = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": {
            "runAsUser": UID,
            "runAsGroup": UID,
            "runAsNonRoot": True,
            "fsGroup": UID,
        },
        "containers": [
            _build(image, mounted),
            _buildkitd(image, profile, resources or settings.resources),
            _progress(image),
        ],
        "volumes": _volumes(build, mounted),
    }
    if profile.kind is Kind.USERNS:
        pod["hostUsers"] = False
    if profile.nodes:
        pod["affinity"] = _held_to(profile.nodes)
    return pod


def _build(image: str, mounted: Mounted) -> JSON:
    mounts = [
        _mount("run", places.RUN_DIR),
        _mount("work", places.WORK_DIR),
        _mount("credentials", places.CREDENTIALS_DIR),
        _mount("order", places.ORDER_DIR, read_only=True),
    ]
    mounts += [
        _mount(f"context-{name}", f"{places.CONTEXTS_DIR}/{name}", read_only=True)
        for name in mounted.config_maps
    ]
    mounts += [
        _mount(f"registry-secret-{i}", f"{places.REGISTRY_SECRETS_DIR}/{name}", read_only=True)
        for i, name in enumerate(mounted.registry_secrets)
    ]
    return {
        "name": BUILD,
        "image": image,
        "command": ["python", "-m", "imagebuild.worker"],
        "securityContext": _restricted(),
        "volumeMounts": mounts,
        "resources": _resources({"cpu": "10m", "memory": "64Mi"}, {"cpu": "2", "memory": "1Gi"}),
        "terminationMessagePolicy": "File",
    }


def _buildkitd(image: str, profile: Profile, resources: Mapping[str, Any]) -> JSON:
    security: JSON = {"capabilities": {"drop": ["ALL"], "add": ["SETUID", "SETGID"]}}
    if profile.seccomp:
        seccomp = {"type": "Localhost", "localhostProfile": profile.seccomp}
    else:
        seccomp = {"type": "Unconfined"}
        security["appArmorProfile"] = {"type": "Unconfined"}
    security["seccompProfile"] = seccomp
    if profile.kind is Kind.USERNS:
        security["procMount"] = "Unmasked"
    return {
        "name": BUILDKITD,
        "image": image,
        "command": ["python", "-m", "imagebuild.worker.daemon", "--", *daemon.argv(profile)],
        "securityContext": security,
        "volumeMounts": [
            _mount("run", places.RUN_DIR),
            _mount("state", places.DAEMON_STATE_DIR),
            _mount("buildkitd", places.DAEMON_CONFIG_DIR, read_only=True),
        ],
        "resources": dict(resources),
    }


def _progress(image: str) -> JSON:
    return {
        "name": PROGRESS,
        "image": image,
        "command": ["python", "-m", "imagebuild.worker.progress"],
        "securityContext": _restricted(),
        "volumeMounts": [_mount("run", places.RUN_DIR, read_only=True)],
        "resources": _resources({"cpu": "1m", "memory": "16Mi"}, {"cpu": "1", "memory": "64Mi"}),
    }


def _resources(requests: Mapping[str, str], limits: Mapping[str, str]) -> JSON:
    """Limits too: a namespace with a quota on limits takes no pod without."""
    return {"requests": dict(requests), "limits": dict(limits)}


def _restricted() -> JSON:
    """What the ``restricted`` Pod Security Standard asks of a container."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _volumes(build: BuildStatus, mounted: Mounted) -> list[JSON]:
    volumes: list[JSON] = [
        {"name": "run", "emptyDir": {}},
        {"name": "work", "emptyDir": {}},
        {"name": "credentials", "emptyDir": {"medium": "Memory", "sizeLimit": _CREDENTIALS_SIZE}},
        {"name": "state", "emptyDir": {}},
        _from_order(build, "order", orders.FILE),
        _from_order(build, "buildkitd", daemon.FILE),
    ]
    for name, (source, items) in mounted.config_maps.items():
        volume: JSON = {"name": source}
        if items:
            volume["items"] = [dict(item) for item in items]
        volumes.append({"name": f"context-{name}", "configMap": volume})
    for index, name in enumerate(mounted.registry_secrets):
        secret = {"secretName": name, "defaultMode": 0o440}
        volumes.append({"name": f"registry-secret-{index}", "secret": secret})
    return volumes


def _from_order(build: BuildStatus, volume: str, key: str) -> JSON:
    """A volume with this one key of the order ConfigMap, which has the Job's name."""
    items = [{"key": key, "path": key}]
    return {"name": volume, "configMap": {"name": build.job, "items": items}}


def _mount(volume: str, path: str, *, read_only: bool = False) -> JSON:
    mount: JSON = {"name": volume, "mountPath": path}
    if read_only:
        mount["readOnly"] = True
    return mount


def _held_to(nodes: tuple[str, ...]) -> JSON:
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": list(nodes)}
    terms = [{"matchExpressions": [expression]}]
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}
        }
    }
