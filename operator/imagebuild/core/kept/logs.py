"""The logs of ended builds: which are still to be kept, and what the status says of kept ones.

A build's log is that of its last attempt. It lies in an immutable ConfigMap of the Job's name with
``-log`` after it, and leaves with the build's row in the history.
"""

import re
import urllib.parse
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagebuild.api import names
from imagebuild.api.status import Failure, ImageBuildStatus, LogStatus
from imagebuild.core import containers, history
from imagebuild.core.observe import Attempt, Observed
from imagebuild.core.owner import Owner
from imagebuild.core.settings import URL_VALUE, Logs

JSON = dict[str, Any]

KEY = "log.gz"
CONTAINER = containers.BUILD
_JSONPATH = r"{.binaryData.log\.gz}"
_OF_A_POD = ("kubectl logs ", "kubectl describe ")  # which answer while it is there


@dataclass(frozen=True, slots=True)
class Keep:
    """A log that is to be kept: that of this attempt of this build.

    ``pod``: where it can be read; None where that is gone, so that it was kept before or is lost.
    """

    job: str
    number: int
    attempt: int
    pod: str | None

    @property
    def config_map(self) -> str:
        """The name of the ConfigMap that keeps it."""
        return name_of(self.job)


def name_of(job: str) -> str:
    """The ConfigMap with the log of this Job."""
    return f"{job}-log"


def command(namespace: str, config_map: str) -> str:
    """A command that shows a kept log."""
    get = f"kubectl get configmap -n {namespace} {config_map} -o jsonpath='{_JSONPATH}'"
    return f"{get} | base64 -d | gunzip"


def due(found: ImageBuildStatus, observed: Observed, logs: Logs) -> tuple[Keep, ...]:
    """The logs that no row of the history names yet, of the newest build first.

    Without those of which the Job is gone too, and of workers that never began.
    """
    if not logs.kept_kib:
        return ()
    unkept = {row.number for row in found.history if row.log is None}
    last = {attempt.number: attempt for attempt in observed.attempts}
    return tuple(
        Keep(attempt.job, attempt.number, attempt.attempt, attempt.pod)
        for attempt in reversed(last.values())
        if attempt.number in unkept and (attempt.begun or attempt.pod is None)
    )


def dropped(before: ImageBuildStatus, after: ImageBuildStatus) -> tuple[str, ...]:
    """The ConfigMaps of the builds that leave the history."""
    kept = {row.number for row in after.history}
    return tuple(row.log for row in before.history if row.log and row.number not in kept)


def config_map(owner: Owner, keep: Keep, packed: bytes) -> JSON:
    """The ConfigMap with a packed log."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": keep.config_map,
            "namespace": owner.namespace,
            "labels": {
                names.LABEL_MANAGED_BY: names.MANAGED_BY,
                names.LABEL_OWNER: owner.uid,
                names.LABEL_BUILD: str(keep.number),
                names.LABEL_ATTEMPT: str(keep.attempt),
            },
            "annotations": {names.ANNOTATION_NAME: owner.name},
            "ownerReferences": [owner.reference],
        },
        "immutable": True,
        "binaryData": {KEY: b64encode(packed).decode()},
    }


def told(found: ImageBuildStatus, keep: Keep, namespace: str) -> ImageBuildStatus:
    """The status once this log is kept."""
    rows = tuple(
        row.model_copy(update={"log": keep.config_map}) if row.number == keep.number else row
        for row in found.history
    )
    update: dict[str, Any] = {"history": rows}
    build = found.build
    if build is not None and build.number == keep.number:
        shown = {
            "config_map": keep.config_map,
            "command": command(namespace, keep.config_map),
        }
        log = (build.log or LogStatus()).model_copy(update=shown)
        update["build"] = build.model_copy(update={"log": log})
    return found.model_copy(update=update)


def linked(
    found: ImageBuildStatus, observed: Observed, *, owner: Owner, logs: Logs
) -> ImageBuildStatus:
    """The status with the place of an ended build's log in the cluster's log store."""
    build = found.build
    if not logs.url or build is None or build.finished_at is None or build.log is not None:
        return found
    attempt = _attempt(observed, build.job)
    if attempt is None or not attempt.begun or attempt.pod is None:
        return found
    values = {
        "namespace": owner.namespace,
        "name": owner.name,
        "number": str(build.number),
        "job": attempt.job,
        "pod": attempt.pod,
        "container": CONTAINER,
    }
    log = LogStatus(url=_url(logs.url, values))
    return found.model_copy(update={"build": build.model_copy(update={"log": log})})


def shown(found: ImageBuildStatus, observed: Observed) -> Failure | None:
    """The failure; where its pod is gone, the command that shows more is that for the kept log."""
    failure, build = found.failure, found.build
    if failure is None or build is None or build.log is None or build.result != history.FAILED:
        return failure
    attempt = _attempt(observed, build.job)
    there = attempt is not None and attempt.pod is not None
    of_a_pod = failure.command is not None and failure.command.startswith(_OF_A_POD)
    if there or not of_a_pod or build.log.command is None:
        return failure
    return failure.model_copy(update={"command": build.log.command})


def _attempt(observed: Observed, job: str | None) -> Attempt | None:
    return next((attempt for attempt in observed.attempts if attempt.job == job), None)


def _url(template: str, values: Mapping[str, str]) -> str:
    quoted = {name: urllib.parse.quote(value, safe="") for name, value in values.items()}
    return re.sub(URL_VALUE, lambda match: quoted[match[1]], template)
