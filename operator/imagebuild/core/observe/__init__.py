"""Jobs, pods, Events and log lines as facts about attempts.

All inputs are the API server's JSON as dicts (Kubernetes API reference: Job, Pod, Event of
core/v1). Slots, status and next attempts go by the ``build`` container alone: the pod's phase
and the Job's condition come seconds later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from imagebuild.api import names
from imagebuild.contract import picture as pictures
from imagebuild.contract import report as reports
from imagebuild.core import containers, texts
from imagebuild.core.observe import endings, obstacles
from imagebuild.core.outside import Outside
from imagebuild.core.profile import Kind

# The kubelet's words for a container that it is about to start.
_STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})


class Phase(StrEnum):
    """Where an attempt is."""

    WAITING = "Waiting"  # its worker has not begun
    RUNNING = "Running"
    ENDED = "Ended"  # its worker ended, or never will begin


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of one build: its Job, and what is known of its pod.

    ``build_started``: when the build began that it is an attempt of; ``started``: its worker.
    ``profile``: the security profile that its pod was made with; ``node``: where that is.
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
    build_started: datetime | None = None
    deleting: bool = False
    profile: str | None = None
    phase: Phase = Phase.WAITING
    pod: str | None = None
    node: str | None = None
    started: datetime | None = None
    obstacle: obstacles.Obstacle | None = None
    picture: pictures.Picture | None = None
    picture_complete: bool = False
    report: reports.Report | None = None
    worker: endings.Ending | None = None
    daemon: endings.Ending | None = None
    pod_ending: endings.Ending | None = None
    lost: bool = False

    @property
    def begun(self) -> bool:
        """Whether its worker has begun, by the kubelet's word or its own."""
        return self.started is not None or self.picture is not None


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a plan rests on beside the ImageBuild itself.

    ``outside``: what the spec names beside itself. ``refused``: why the API server did not take
    what the plan of a moment ago wanted to create. ``remnants``: pods whose Job is gone and whose
    worker may still be at work.
    """

    attempts: tuple[Attempt, ...] = ()
    outside: Outside = field(default_factory=Outside)
    refused: obstacles.Obstacle | None = None
    remnants: tuple[str, ...] = ()

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


def is_attempt(job: Mapping[str, Any], uid: str) -> bool:
    """Whether a Job is of our making for the ImageBuild with this uid: anyone can set labels."""
    metadata = job["metadata"]
    labels, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
    numbers = (
        labels.get(names.LABEL_BUILD, ""),
        labels.get(names.LABEL_ATTEMPT, ""),
        notes.get(names.ANNOTATION_GENERATION, ""),
    )
    told = (names.ANNOTATION_INPUTS, names.ANNOTATION_SPEC, names.ANNOTATION_REASON)
    owners = {owner["uid"] for owner in metadata.get("ownerReferences") or []}
    return uid in owners and all(n.isdecimal() for n in numbers) and all(a in notes for a in told)


def remnants(
    jobs: Sequence[Mapping[str, Any]], found_pods: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """The pods that outlive their Job, by name: a Job deleted by hand goes before its pod does."""
    there = {job["metadata"]["uid"] for job in jobs}
    return tuple(
        pod["metadata"]["name"]
        for pod in found_pods
        if not there & {o["uid"] for o in pod["metadata"].get("ownerReferences") or []}
        and not endings.over({}, pod)
        and "terminated" not in _state(pod, containers.BUILD)
    )


def waits_for_events(job: Mapping[str, Any], pod: Mapping[str, Any] | None) -> bool:
    """Whether only Events can say why this Job's worker has not begun."""
    if any(c.get("status") == "True" for c in endings.conditions(job)):
        return False
    return pod is None or _state(pod, containers.BUILD).keys() <= {"waiting"}


def may_have_picture(pod: Mapping[str, Any]) -> bool:
    """Whether the pod's progress log can be asked for: the container runs, has run, or starts.

    On a busy node the kubelet tells that it runs seconds later than its log does.
    """
    state = _state(pod, containers.PROGRESS)
    if state.keys() - {"waiting"}:
        return True
    starts = state.get("waiting", {}).get("reason", "") in _STARTING
    return starts and "nodeName" in pod.get("spec", {})


def _attempt(
    job: Mapping[str, Any],
    pod: Mapping[str, Any] | None,
    *,
    events: Mapping[str, Sequence[Mapping[str, Any]]],
    lines: Mapping[str, str],
) -> Attempt:
    metadata = job["metadata"]
    labels, notes = metadata["labels"], metadata["annotations"]
    state = _state(pod, containers.BUILD)
    terminated = state.get("terminated")
    line = lines.get(pod["metadata"]["name"], "") if pod else ""
    picture = pictures.from_line(line)
    pod_ending = endings.of_pod(job, pod)
    phase = Phase.RUNNING if state.get("running") or picture else Phase.WAITING
    if terminated or endings.over(job, pod):
        phase = Phase.ENDED
    return Attempt(
        job=metadata["name"],
        number=int(labels[names.LABEL_BUILD]),
        attempt=int(labels[names.LABEL_ATTEMPT]),
        inputs=notes[names.ANNOTATION_INPUTS],
        spec=notes[names.ANNOTATION_SPEC],
        reason=notes[names.ANNOTATION_REASON],
        requested=notes.get(names.ANNOTATION_REQUESTED_AT),
        generation=int(notes[names.ANNOTATION_GENERATION]),
        created=endings.moment(metadata.get("creationTimestamp")),
        build_started=_noted(notes.get(names.ANNOTATION_STARTED_AT)),
        deleting="deletionTimestamp" in metadata,
        profile=_profile(notes.get(names.ANNOTATION_PROFILE)),
        phase=phase,
        pod=pod["metadata"]["name"] if pod else None,
        node=pod.get("spec", {}).get("nodeName") if pod else None,
        started=endings.moment((state.get("running") or terminated or {}).get("startedAt")),
        obstacle=_obstacle(job, pod, events=events) if phase is Phase.WAITING else None,
        picture=picture,
        picture_complete=_picture_complete(pod, picture),
        report=_report(terminated),
        worker=endings.of_container(terminated),
        daemon=endings.of_container(_state(pod, containers.BUILDKITD).get("terminated")),
        pod_ending=pod_ending,
        lost=phase is Phase.ENDED and endings.lost(pod, pod_ending),
    )


def _report(terminated: Mapping[str, Any] | None) -> reports.Report | None:
    """The worker's report, with the words of a failure as people may read them."""
    found = reports.from_message(terminated.get("message", "")) if terminated else None
    if found is None or found.failure is None:
        return found
    failure = found.failure
    read = replace(
        failure,
        error=texts.plain(failure.error),
        vertex=failure.vertex and texts.plain(failure.vertex),
        log_tail=texts.plain(failure.log_tail),
        hint=texts.plain(failure.hint),
    )
    return replace(found, failure=read)


def _noted(text: str | None) -> datetime | None:
    """A moment in an annotation, which anyone may have changed."""
    try:
        found = endings.moment(text)
    except ValueError:
        return None
    return found if found is None or found.tzinfo else None


def _profile(text: str | None) -> str | None:
    """A profile in an annotation, which anyone may have changed."""
    return text if text in set(Kind) else None


def _picture_complete(pod: Mapping[str, Any] | None, picture: pictures.Picture | None) -> bool:
    """Whether no further picture will come."""
    if picture and picture.phase is pictures.Phase.DONE:
        return True
    return pod is None or "terminated" in _state(pod, containers.PROGRESS)


def _obstacle(
    job: Mapping[str, Any],
    pod: Mapping[str, Any] | None,
    *,
    events: Mapping[str, Sequence[Mapping[str, Any]]],
) -> obstacles.Obstacle | None:
    if pod is None:
        return obstacles.of_job(events.get(job["metadata"]["uid"], ()))
    return obstacles.of_pod(pod, events.get(pod["metadata"]["uid"], ()))


def _state(pod: Mapping[str, Any] | None, container: str) -> Mapping[str, Any]:
    """A container's state: one of ``waiting``, ``running``, ``terminated``, or nothing yet."""
    statuses: Sequence[Mapping[str, Any]] = ()
    if pod is not None:
        statuses = pod.get("status", {}).get("containerStatuses") or ()
    state: Mapping[str, Any] = next((s for s in statuses if s["name"] == container), {}).get(
        "state", {}
    )
    return state
