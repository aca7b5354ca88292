"""What keeps an attempt's worker from beginning, in the cluster's own words.

A pod that is not there, or not running, says nothing by itself: the words are in Events (of the
Job, the scheduler, the kubelet), in the pod's conditions and in the state of its containers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagebuild.api.reasons import Reason


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One obstacle: the reason, and the words of whoever reported it."""

    reason: Reason
    message: str


_QUOTA = r"(exceeded|failed) quota"
# The scheduler's words for a volume that no node could mount either.
_CLAIM = r"(?i)persistentvolumeclaim"

# (who reports it, what it says, what it is): the first row that fits holds.
_EVENTS: tuple[tuple[str, str, Reason], ...] = (
    (r"FailedCreate", _QUOTA, Reason.QUOTA_EXCEEDED),
    (r"FailedCreate", r".", Reason.NOT_ADMITTED),
    (r"FailedScheduling", _CLAIM, Reason.VOLUME_NOT_MOUNTED),
    (r"FailedScheduling", r".", Reason.UNSCHEDULABLE),
    (r"FailedMount|FailedAttachVolume|FailedMapVolume", r".", Reason.VOLUME_NOT_MOUNTED),
    (r"Failed|ErrImageNeverPull|InspectFailed", r"(?i)image", Reason.BUILDER_IMAGE_NOT_PULLED),
    (r"FailedCreatePodSandBox|Failed", r".", Reason.POD_NOT_STARTED),
)
_WAITING: tuple[tuple[str, Reason], ...] = (
    (r"ImagePull|ErrImage|InvalidImageName|RegistryUnavailable", Reason.BUILDER_IMAGE_NOT_PULLED),
    (r"^(?!ContainerCreating$|PodInitializing$).", Reason.POD_NOT_STARTED),
)


def of_job(events: Sequence[Mapping[str, Any]]) -> Obstacle | None:
    """Why this Job has no pod; None while nothing says so."""
    return _of_events([e for e in events if e.get("reason") == "FailedCreate"])


def of_pod(pod: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Obstacle | None:
    """Why this pod's worker does not begin; None while nothing says so.

    The pod's own status comes first: unlike an Event it is never out of date.
    """
    status = pod.get("status", {})
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            words = condition.get("message", "")
            claim = re.search(_CLAIM, words)
            return Obstacle(Reason.VOLUME_NOT_MOUNTED if claim else Reason.UNSCHEDULABLE, words)
    for container in status.get("containerStatuses") or []:
        waiting = container.get("state", {}).get("waiting") or {}
        for pattern, reason in _WAITING:
            if re.search(pattern, waiting.get("reason", "")):
                words = waiting.get("message") or waiting["reason"]
                return Obstacle(reason, f"container {container['name']}: {words}")
    bound = any(c["type"] == "PodScheduled" for c in status.get("conditions") or [])
    return _of_events([e for e in events if not (bound and e.get("reason") == "FailedScheduling")])


def of_refusal(words: str) -> Obstacle:
    """What the API server said when it did not take an object."""
    if re.search(_QUOTA, words):
        return Obstacle(Reason.QUOTA_EXCEEDED, words)
    invalid = re.search(r'"[^"]*" is invalid: ', words)
    return Obstacle(Reason.INVALID_SPEC if invalid else Reason.NOT_ADMITTED, words)


def _of_events(events: Sequence[Mapping[str, Any]]) -> Obstacle | None:
    warnings = [e for e in events if e.get("type") == "Warning"]
    for event in sorted(warnings, key=_last_seen, reverse=True):
        words = str(event.get("message", "")).strip()
        for source, pattern, reason in _EVENTS:
            if re.fullmatch(source, event.get("reason", "")) and re.search(pattern, words):
                return Obstacle(reason, words)
    return None


def _last_seen(event: Mapping[str, Any]) -> str:
    series = event.get("series") or {}
    seen = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(seen or event["metadata"].get("creationTimestamp") or "")
