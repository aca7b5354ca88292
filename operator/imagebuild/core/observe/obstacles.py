"""What keeps an attempt's worker from beginning, in the cluster's own words.

A pod that is not there, or not running, says nothing by itself: the words are in Events (of the
Job, the scheduler, the kubelet), in the pod's conditions and in the state of its containers. What
they mean is in ``hindrances``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from imagebuild.api import reasons
from imagebuild.api.reasons import Reason
from imagebuild.core.observe import hindrances
from imagebuild.core.observe.hindrances import Source

# The kubelet's words once a pod has all of its volumes: a condition of the pod, and Events.
_HAS_SANDBOX = "PodReadyToStartContainers"
_OF_A_CONTAINER = frozenset({"Pulling", "Pulled", "Created", "Started"})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One obstacle: the reason, and the words of whoever reported it.

    ``path`` is the spec path that names what is not there, "" where none is known.
    """

    reason: Reason
    message: str
    path: str = ""
    own_mend: str = field(default="", compare=False)

    @property
    def mend(self) -> str:
        """What to do about it."""
        return self.own_mend or reasons.mend(self.reason)


def of_job(events: Sequence[Mapping[str, Any]]) -> Obstacle | None:
    """Why this Job has no pod; None while nothing says so."""
    return _of_events([e for e in events if e.get("reason") == "FailedCreate"], Source.JOB)


def of_pod(pod: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Obstacle | None:
    """Why this pod's worker does not begin; None while nothing says so.

    The pod's own status comes first: unlike an Event it is never out of date.
    """
    status = pod.get("status", {})
    scheduled = [c for c in status.get("conditions") or [] if c["type"] == "PodScheduled"]
    for condition in scheduled:
        if condition["status"] == "False":
            words = condition.get("message", "")
            return _found(Source.SCHEDULING, condition.get("reason", ""), words)
    for container in status.get("containerStatuses") or []:
        waiting = container.get("state", {}).get("waiting") or {}
        about = waiting.get("reason", "")
        words = waiting.get("message") or about
        found = _found(Source.CONTAINER, about, words, who=f"container {container['name']}: ")
        if found is not None:
            return found
    of_scheduler = [e for e in events if e.get("reason") == "FailedScheduling"]
    if not scheduled and (found := _of_events(of_scheduler, Source.SCHEDULING)) is not None:
        return found
    others = [e for e in events if e not in of_scheduler]
    return _of_events([e for e in others if not _is_over(e, pod, events)], Source.EVENT)


def _is_over(
    event: Mapping[str, Any], pod: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether an Event tells of a volume that has been mounted since.

    A pod gets its sandbox and then its containers when it has all of its volumes.
    """
    if not re.fullmatch(hindrances.VOLUME, event.get("reason", "")):
        return False
    found = pod.get("status", {}).get("conditions") or []
    ready = any(c["type"] == _HAS_SANDBOX and c["status"] == "True" for c in found)
    return ready or any(e.get("reason") in _OF_A_CONTAINER for e in events)


def of_refusal(words: str) -> Obstacle:
    """What the API server said when it did not take an object."""
    found = _found(Source.REFUSAL, "", words)
    return found or Obstacle(Reason.NOT_ADMITTED, words)


def _of_events(events: Sequence[Mapping[str, Any]], source: Source) -> Obstacle | None:
    warnings = [e for e in events if e.get("type") == "Warning"]
    said = (
        _found(source, event.get("reason", ""), str(event.get("message", "")).strip())
        for event in sorted(warnings, key=_last_seen, reverse=True)
    )
    found = [obstacle for obstacle in said if obstacle is not None]
    if found and found[0].reason is Reason.WAITING_FOR_SECRET:
        return _together(found)
    return found[0] if found else None


def _together(found: Sequence[Obstacle]) -> Obstacle:
    """All that is waited for: the kubelet says each in an Event of its own, over and over."""
    reason = found[0].reason
    words = sorted({obstacle.message for obstacle in found if obstacle.reason is reason})
    return replace(found[0], message="; ".join(words))


def _found(source: Source, about: str, words: str, *, who: str = "") -> Obstacle | None:
    row = hindrances.find(source, about, words)
    return Obstacle(row.reason, f"{who}{words}", own_mend=row.mend) if row else None


def _last_seen(event: Mapping[str, Any]) -> str:
    series = event.get("series") or {}
    seen = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(seen or event["metadata"].get("creationTimestamp") or "")
