"""How a container, a pod or a Job ended, and whether it was taken away.

All inputs are the API server's JSON as dicts (Kubernetes API reference: Job, Pod).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

POD_DELETED = "PodDeleted"
DEADLINE = "DeadlineExceeded"  # the Job controller's word for activeDeadlineSeconds
OWN_USAGE = r"(?i)usage|exceeds"  # the kubelet's words for a pod that itself filled the disk
_TAKEN_AWAY = frozenset({POD_DELETED, "Evicted", "NodeLost", "NodeShutdown", "Terminated"})


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a container or pod that ended.

    ``reason`` and ``message`` are the kubelet's or the Job controller's own words.
    """

    exit_code: int | None = None
    reason: str = ""
    message: str = ""
    at: datetime | None = None


def of_pod(job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> Ending | None:
    """How pod or Job ended as a whole; the most telling of what was said."""
    for condition in conditions(job):
        if condition["status"] == "True" and condition.get("reason") == DEADLINE:
            return _of_condition(condition)
    if pod is not None:
        for condition in conditions(pod):
            if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
                return _of_condition(condition)
        status = pod.get("status", {})
        if status.get("phase") == "Failed" and status.get("reason"):
            return Ending(reason=status["reason"], message=status.get("message", ""))
        if "deletionTimestamp" in pod["metadata"]:
            return Ending(reason=POD_DELETED, message="the build pod was deleted")
    for condition in conditions(job):
        if condition["type"] in ("Failed", "Complete") and condition["status"] == "True":
            return _of_condition(condition)
    return None


def over(job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> bool:
    """Whether the pod, or the Job without a pod, is at its end."""
    if pod is not None and pod.get("status", {}).get("phase") in ("Failed", "Succeeded"):
        return True
    finished = ("Failed", "Complete")
    return any(c["type"] in finished and c["status"] == "True" for c in conditions(job))


def lost(pod: Mapping[str, Any] | None, ending: Ending | None) -> bool:
    """Whether the pod was taken away, which is no fault of what it built."""
    if ending is None or ending.reason == DEADLINE:
        return False
    if ending.reason == "Evicted" and re.search(OWN_USAGE, ending.message):
        return False
    disrupted = pod is not None and any(
        c["type"] == "DisruptionTarget" and c["status"] == "True" for c in conditions(pod)
    )
    return pod is None or disrupted or ending.reason in _TAKEN_AWAY


def of_container(terminated: Mapping[str, Any] | None) -> Ending | None:
    """How a container ended, from its ``state.terminated``; None while it has not."""
    if not terminated:
        return None
    return Ending(
        exit_code=terminated.get("exitCode"),
        reason=terminated.get("reason", ""),
        message=terminated.get("message", ""),
        at=moment(terminated.get("finishedAt")),
    )


def _of_condition(condition: Mapping[str, Any]) -> Ending:
    return Ending(
        reason=condition.get("reason", ""),
        message=condition.get("message", ""),
        at=moment(condition.get("lastTransitionTime")),
    )


def conditions(item: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The conditions of a Job or pod."""
    found: Sequence[Mapping[str, Any]] = item.get("status", {}).get("conditions") or []
    return found


def moment(text: str | None) -> datetime | None:
    """A moment as the API server writes it."""
    return datetime.fromisoformat(text) if text else None
