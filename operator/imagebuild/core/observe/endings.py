"""How a container, a pod or a Job ended, and whether it was taken away.

All inputs are the API server's JSON as dicts (Kubernetes API reference: Job, Pod).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

POD_DELETED = "PodDeleted"
EVICTED = "Evicted"  # the kubelet's word for a pod that it ended for what its node lacks
DEADLINE = "DeadlineExceeded"  # the Job controller's word for activeDeadlineSeconds
# The kubelet's words for a pod that itself filled the disk (pkg/kubelet/eviction/helpers.go).
OWN_USAGE = r"(?i)exceed(?:s|ed) (?:the|its)\b"
_TAKEN_AWAY = frozenset(
    {POD_DELETED, EVICTED, "NodeLost", "NodeShutdown", "Preempting", "Terminated"}
)


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
    """How pod or Job ended as a whole; the most telling of what was said.

    The kubelet's own word for an end (Evicted, Terminated) tells more than the condition that it
    sets beside it, which is the same for all of them.
    """
    for condition in conditions(job):
        if condition["status"] == "True" and condition.get("reason") == DEADLINE:
            return _of_condition(condition)
    if pod is not None:
        status = pod.get("status", {})
        if status.get("phase") == "Failed" and status.get("reason"):
            return Ending(
                reason=status["reason"], message=status.get("message", ""), at=_changed(pod)
            )
        for condition in conditions(pod):
            if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
                return _of_condition(condition)
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
    if ending.reason == EVICTED and re.search(OWN_USAGE, ending.message):
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


def _changed(pod: Mapping[str, Any]) -> datetime | None:
    """When anything was last said of a pod: a kubelet says no time of a pod that it refuses."""
    moments = [c.get("lastTransitionTime") for c in conditions(pod)]
    moments += [pod.get("status", {}).get("startTime"), pod["metadata"].get("creationTimestamp")]
    return max((found for m in moments if (found := moment(m)) is not None), default=None)


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
