"""Pods that the preflight starts to find something out, and takes away again."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagebuild.cli.preflight.apiserver import JSON, ApiServer, RefusedError

LABELS = {"app.kubernetes.io/name": "imagebuild-preflight"}

_EVERY_SECONDS = 0.5
# What the kubelet says of a container that it will not start, however long one waits.
_HOPELESS = (
    "CreateContainerError",
    "CreateContainerConfigError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a pod ended.

    ``reason``: "" where its containers ran to their end, else why they did not, in a word of the
    kubelet's or scheduler's (``CreateContainerError``, ``Unschedulable``) or ``NotInTime``;
    ``message`` says more. ``exit_code``: of its first container; None where that never ended.
    ``log``: of that container.
    """

    reason: str
    message: str
    exit_code: int | None
    log: str


def run(api: ApiServer, pod: Mapping[str, Any], *, seconds: float) -> Ended:
    """Create the pod, wait until it has ended, and delete it. Raises RefusedError.

    Its manifest has a namespace, and a name or generateName.
    """
    pods = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods"
    place = f"{pods}/{api.create(pods, pod)['metadata']['name']}"
    try:
        return _followed(api, place, seconds=seconds)
    finally:
        api.delete(place)


def _followed(api: ApiServer, place: str, *, seconds: float) -> Ended:
    until = time.monotonic() + seconds
    while True:
        found = api.get(place)
        ended = _end(found)
        if ended is None and time.monotonic() > until:
            ended = _late(found, seconds)
        if ended is not None:
            reason, message = ended
            return Ended(reason, message, _exit_code(found), _log(api, place))
        time.sleep(_EVERY_SECONDS)


def _end(pod: JSON) -> tuple[str, str] | None:
    """Why the pod will go no further, and what is said of it; None where it may."""
    status = pod.get("status", {})
    for container in status.get("containerStatuses") or []:
        held = (container.get("state") or {}).get("waiting") or {}
        if held.get("reason") in _HOPELESS:
            return held["reason"], str(held.get("message", ""))
    if status.get("phase") in ("Succeeded", "Failed"):
        return str(status.get("reason", "")), str(status.get("message", ""))
    return None


def _late(pod: JSON, seconds: float) -> tuple[str, str]:
    """The same of a pod that did not end in time."""
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("reason", "Unschedulable")), str(condition.get("message", ""))
    return "NotInTime", f"the pod did not end within {seconds:.0f} s"


def _exit_code(pod: JSON) -> int | None:
    for container in pod.get("status", {}).get("containerStatuses") or []:
        ended = (container.get("state") or {}).get("terminated") or {}
        code: int | None = ended.get("exitCode")
        return code
    return None


def _log(api: ApiServer, place: str) -> str:
    try:
        return api.text(f"{place}/log")
    except RefusedError:
        return ""  # it never had one
