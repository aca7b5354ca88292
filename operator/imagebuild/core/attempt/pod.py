"""The pod of one attempt: three containers that share a socket and a lock.

``buildkitd`` is the daemon in which RUN steps live: it sees neither credentials nor contexts.
``build`` is the worker: it alone has those, and alone decides how the attempt ended. ``progress``
prints pictures for the controller to read. All three are plain containers (docs/adr/0001): the
two others end when the lock that the worker holds is released.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from imagebuild.api.status import BuildStatus
from imagebuild.contract import order as orders
from imagebuild.contract import places
from imagebuild.core.attempt import bounds, daemon, registries_conf
from imagebuild.core.attempt.mounts import Mounts, mount
from imagebuild.core.containers import BUILD, BUILDKITD, PROGRESS
from imagebuild.core.policy import sources
from imagebuild.core.profile import Kind
from imagebuild.core.settings import Bounds, Policy, Settings

UID = 1000
GRACE_SECONDS = 10  # the worker cancels a solve in less; nothing else in the pod needs any
# buildkitd lets go of what a step prints beyond 200 KiB/s or 2 MiB, the words that it fails with
# among them; BuildKit: util/progress/logs.
_STEP_LOG = {"BUILDKIT_STEP_LOG_MAX_SPEED": "-1", "BUILDKIT_STEP_LOG_MAX_SIZE": str(16 * 1024**2)}
# A Secret has at most 1 MiB, and there are at most 16 of them.
_CREDENTIALS_SIZE = "32Mi"

JSON = dict[str, Any]


def spec(
    build: BuildStatus, *, mounted: Mounts, resources: Mapping[str, Any], settings: Settings
) -> JSON:
    """The pod's spec.

    ``mounted``: what it sees of its namespace. ``resources``: requests and limits of the daemon.
    """
    profile = settings.profile
    image = settings.builder_image
    bounded = bounds.of(settings.bounds, resources)
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
            # Whoever's volume takes an archive is not walked through by every build.
            "fsGroupChangePolicy": "OnRootMismatch",
        },
        "containers": [
            _build(image, mounted),
            _buildkitd(settings, mounted, resources, bounded),
            _progress(image),
        ],
        "volumes": [*bounds.volumes(bounded), *_volumes(build, mounted, settings.policy)],
    }
    if profile.kind is Kind.USERNS:
        pod["hostUsers"] = False
    if settings.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in settings.pull_secrets]
    if profile.nodes:
        pod["affinity"] = _held_to(profile.nodes)
    return pod


def restricted() -> JSON:
    """What the ``restricted`` Pod Security Standard asks of a container."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _build(image: str, mounted: Mounts) -> JSON:
    own = [
        mount("run", places.RUN_DIR),
        mount("work", places.WORK_DIR),
        mount("credentials", places.CREDENTIALS_DIR),
        mount("order", places.ORDER_DIR, read_only=True),
    ]
    return {
        "name": BUILD,
        "image": image,
        "command": ["python", "-m", "imagebuild.worker"],
        "securityContext": restricted(),
        "volumeMounts": [*own, *mounted.mounts],
        "resources": _resources({"cpu": "10m", "memory": "64Mi"}, {"cpu": "2", "memory": "1Gi"}),
        "terminationMessagePolicy": "File",
    }


def _buildkitd(
    settings: Settings, mounted: Mounts, resources: Mapping[str, Any], bounded: Bounds
) -> JSON:
    profile = settings.profile
    security: JSON = {"capabilities": {"drop": ["ALL"], "add": ["SETUID", "SETGID"]}}
    security["seccompProfile"] = _of_the_node(profile.seccomp)
    # Where neither is set, both are off. With a seccomp profile alone AppArmor is not spoken of:
    # a namespace that enforces `baseline` takes no pod that is Unconfined.
    if profile.apparmor or not profile.seccomp:
        security["appArmorProfile"] = _of_the_node(profile.apparmor)
    if profile.kind is Kind.USERNS:
        security["procMount"] = "Unmasked"
    return {
        "name": BUILDKITD,
        "image": settings.builder_image,
        "command": daemon.argv(profile, bounded),
        "env": [
            {"name": name, "value": value}
            for name, value in {**_STEP_LOG, **settings.proxy.variables}.items()
        ],
        "securityContext": security,
        "volumeMounts": [
            mount("run", places.RUN_DIR),
            mount("state", places.DAEMON_STATE_DIR),
            mount("buildkitd", places.DAEMON_CONFIG_DIR, read_only=True),
            *mounted.daemon,
        ],
        "resources": dict(resources),
    }


def _of_the_node(name: str | None) -> JSON:
    """A seccomp or AppArmor profile that the node has by this name; None: none at all."""
    return {"type": "Localhost", "localhostProfile": name} if name else {"type": "Unconfined"}


def _progress(image: str) -> JSON:
    return {
        "name": PROGRESS,
        "image": image,
        "command": ["python", "-m", "imagebuild.worker.progress"],
        "securityContext": restricted(),
        "volumeMounts": [mount("run", places.RUN_DIR, read_only=True)],
        "resources": _resources({"cpu": "1m", "memory": "16Mi"}, {"cpu": "1", "memory": "64Mi"}),
    }


def _resources(requests: Mapping[str, str], limits: Mapping[str, str]) -> JSON:
    """Limits too: a namespace with a quota on limits takes no pod without."""
    return {"requests": dict(requests), "limits": dict(limits)}


def _volumes(build: BuildStatus, mounted: Mounts, policy: Policy) -> list[JSON]:
    bounded = (sources.FILE,) if policy.pull_from else ()
    return [
        {"name": "run", "emptyDir": {}},
        {"name": "credentials", "emptyDir": {"medium": "Memory", "sizeLimit": _CREDENTIALS_SIZE}},
        _from_order(build, "order", (orders.FILE, registries_conf.FILE, *bounded)),
        _from_order(build, "buildkitd", (daemon.FILE,)),
        *mounted.volumes,
    ]


def _from_order(build: BuildStatus, volume: str, keys: Sequence[str]) -> JSON:
    """A volume with these keys of the order ConfigMap, which has the Job's name."""
    items = [{"key": key, "path": key} for key in keys]
    return {"name": volume, "configMap": {"name": build.job, "items": items}}


def _held_to(nodes: tuple[str, ...]) -> JSON:
    expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": list(nodes)}
    terms = [{"matchExpressions": [expression]}]
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}
        }
    }
