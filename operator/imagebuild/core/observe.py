"""Jobs, pods, Events and log lines as facts about attempts.

All inputs are the API server's JSON as dicts (Kubernetes API reference: Job, Pod, Event of
core/v1). Slots, status and next attempts go by the ``build`` container alone: the pod's phase
and the Job's condition come seconds later.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from imagebuild.api import names
from imagebuild.contract import picture as pictures
from imagebuild.contract import report as reports
from imagebuild.core import obstacles
from imagebuild.core import pod as pods

POD_DELETED = "PodDeleted"
DEADLINE = "DeadlineExceeded"  # the Job controller's word for activeDeadlineSeconds
OWN_USAGE = r"(?i)usage|exceeds"  # the kubelet's words for a pod that itself filled the disk
_TAKEN_AWAY = frozenset({POD_DELETED, "Evicted", "NodeLost", "NodeShutdown", "Terminated"})


class Phase(StrEnum):
    """Where an attempt is."""

    WAITING = "Waiting"  # its worker has not begun
    RUNNING = "Running"
    ENDED = "Ended"  # its worker ended, or never will begin


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a container or pod that ended.

    ``reason`` and ``message`` are the kubelet's or the Job controller's own words.
    """

    exit_code: int | None = None
    reason: str = ""
    message: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of one build: its Job, and what is known of its pod.

    ``lost`` says that the pod was taken away (evicted, drained, deleted), which is nobody's
    mistake. ``worker`` is the end of the ``build`` container, ``daemon`` that of ``buildkitd``,
    ``pod_ending`` that of pod or Job as a whole.
    """

    job: str
    number: int
    attempt: int
    inputs: str
    spec: str
    reason: str
    requested: str | None = None
    generation: int = 0
    created: datetime | None = None
    deleting: bool = False
    phase: Phase = Phase.WAITING
    pod: str | None = None
    started: datetime | None = None
    obstacle: obstacles.Obstacle | None = None
    picture: pictures.Picture | None = None
    picture_complete: bool = False
    report: reports.Report | None = None
    worker: Ending | None = None
    daemon: Ending | None = None
    pod_ending: Ending | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a plan rests on beside the ImageBuild itself.

    ``config_maps``: name of each ConfigMap that the spec takes files from -> sha256 of its
    content, None where it does not exist. ``refused``: why the API server did not take what the
    plan of a moment ago wanted to create.
    """

    attempts: tuple[Attempt, ...] = ()
    config_maps: Mapping[str, str | None] = field(default_factory=dict)
    refused: obstacles.Obstacle | None = None

    @property
    def newest(self) -> Attempt | None:
        """The attempt begun last."""
        return self.attempts[-1] if self.attempts else None


def attempts(
    jobs: Sequence[Mapping[str, Any]],
    found_pods: Sequence[Mapping[str, Any]],
    *,
    events: Mapping[str, Sequence[Mapping[str, Any]]],
    lines: Mapping[str, str],
) -> tuple[Attempt, ...]:
    """The attempts of one ImageBuild, oldest first.

    ``events``: uid of a Job or pod -> its Events. ``lines``: name of a pod -> the last line of
    its progress log.
    """
    by_job: dict[str, Mapping[str, Any]] = {}
    for pod in sorted(found_pods, key=lambda p: str(p["metadata"].get("creationTimestamp"))):
        for owner in pod["metadata"].get("ownerReferences") or []:
            by_job[owner["uid"]] = pod
    found = [
        _attempt(job, by_job.get(job["metadata"]["uid"]), events=events, lines=lines)
        for job in jobs
    ]
    return tuple(sorted(found, key=lambda a: (a.number, a.attempt)))


def waits_for_events(job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> bool:
    """Whether only Events can say why this Job's worker has not begun."""
    if any(c.get("status") == "True" for c in _conditions(job)):
        return False
    return pod is None or _container(pod, pods.BUILD).get("state", {}).keys() <= {"waiting"}


def may_have_picture(pod: Mapping[str, Any]) -> bool:
    """Whether the pod's progress log can be asked for: the container runs, or has run."""
    return bool(_container(pod, pods.PROGRESS).get("state", {}).keys() - {"waiting"})


def _attempt(
    job: Mapping[str, Any],
    pod: Mapping[str, Any] | None,
    *,
    events: Mapping[str, Sequence[Mapping[str, Any]]],
    lines: Mapping[str, str],
) -> Attempt:
    metadata = job["metadata"]
    labels, notes = metadata["labels"], metadata["annotations"]
    state = _container(pod, pods.BUILD).get("state", {}) if pod else {}
    terminated = state.get("terminated")
    line = lines.get(pod["metadata"]["name"], "") if pod else ""
    picture = pictures.from_line(line)
    pod_ending = _pod_ending(job, pod)
    phase = Phase.RUNNING if state.get("running") else Phase.WAITING
    if terminated or _over(job, pod):
        phase = Phase.ENDED
    return Attempt(
        job=metadata["name"],
        number=int(labels[names.LABEL_BUILD]),
        attempt=int(labels[names.LABEL_ATTEMPT]),
        inputs=notes[names.ANNOTATION_INPUTS],
        spec=notes[names.ANNOTATION_SPEC],
        reason=notes[names.ANNOTATION_REASON],
        requested=notes.get(names.ANNOTATION_REQUESTED_AT),
        generation=int(notes.get(names.ANNOTATION_GENERATION, 0)),
        created=_time(metadata.get("creationTimestamp")),
        deleting="deletionTimestamp" in metadata,
        phase=phase,
        pod=pod["metadata"]["name"] if pod else None,
        started=_time((state.get("running") or terminated or {}).get("startedAt")),
        obstacle=_obstacle(job, pod, events=events) if phase is Phase.WAITING else None,
        picture=picture,
        picture_complete=_picture_complete(pod, picture),
        report=reports.from_message(terminated.get("message", "")) if terminated else None,
        worker=_ending(terminated),
        daemon=_ending(_container(pod, pods.BUILDKITD).get("state", {}).get("terminated"))
        if pod
        else None,
        pod_ending=pod_ending,
        lost=phase is Phase.ENDED and _lost(pod, pod_ending),
    )


def _picture_complete(pod: Mapping[str, Any] | None, picture: pictures.Picture | None) -> bool:
    """Whether no further picture will come."""
    if picture and picture.phase is pictures.Phase.DONE:
        return True
    return pod is None or "terminated" in _container(pod, pods.PROGRESS).get("state", {})


def _obstacle(
    job: Mapping[str, Any],
    pod: Mapping[str, Any] | None,
    *,
    events: Mapping[str, Sequence[Mapping[str, Any]]],
) -> obstacles.Obstacle | None:
    if pod is None:
        return obstacles.of_job(events.get(job["metadata"]["uid"], ()))
    return obstacles.of_pod(pod, events.get(pod["metadata"]["uid"], ()))


def _pod_ending(job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> Ending | None:
    """How pod or Job ended as a whole; the most telling of what was said."""
    for condition in _conditions(job):
        if condition["status"] == "True" and condition.get("reason") == DEADLINE:
            return _condition_ending(condition)
    if pod is not None:
        for condition in _conditions(pod):
            if condition["type"] == "DisruptionTarget" and condition["status"] == "True":
                return _condition_ending(condition)
        status = pod.get("status", {})
        if status.get("phase") == "Failed" and status.get("reason"):
            return Ending(reason=status["reason"], message=status.get("message", ""))
        if "deletionTimestamp" in pod["metadata"]:
            return Ending(reason=POD_DELETED, message="the build pod was deleted")
    for condition in _conditions(job):
        if condition["type"] in ("Failed", "Complete") and condition["status"] == "True":
            return _condition_ending(condition)
    return None


def _over(job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> bool:
    """Whether the pod, or the Job without a pod, is at its end."""
    if pod is not None and pod.get("status", {}).get("phase") in ("Failed", "Succeeded"):
        return True
    finished = ("Failed", "Complete")
    return any(c["type"] in finished and c["status"] == "True" for c in _conditions(job))


def _lost(pod: Mapping[str, Any] | None, ending: Ending | None) -> bool:
    """Whether the pod was taken away, which is no fault of what it built."""
    if ending is None or ending.reason == DEADLINE:
        return False
    if ending.reason == "Evicted" and re.search(OWN_USAGE, ending.message):
        return False
    disrupted = pod is not None and any(
        c["type"] == "DisruptionTarget" and c["status"] == "True" for c in _conditions(pod)
    )
    return pod is None or disrupted or ending.reason in _TAKEN_AWAY


def _condition_ending(condition: Mapping[str, Any]) -> Ending:
    return Ending(
        reason=condition.get("reason", ""),
        message=condition.get("message", ""),
        at=_time(condition.get("lastTransitionTime")),
    )


def _ending(terminated: Mapping[str, Any] | None) -> Ending | None:
    if not terminated:
        return None
    return Ending(
        exit_code=terminated.get("exitCode"),
        reason=terminated.get("reason", ""),
        message=terminated.get("message", ""),
        at=_time(terminated.get("finishedAt")),
    )


def _container(pod: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    statuses: Sequence[Mapping[str, Any]] = pod.get("status", {}).get("containerStatuses") or []
    return next((s for s in statuses if s["name"] == name), {})


def _conditions(item: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    conditions: Sequence[Mapping[str, Any]] = item.get("status", {}).get("conditions") or []
    return conditions


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
