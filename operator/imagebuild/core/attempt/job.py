"""The Job of one attempt and the ConfigMap with its order."""

import base64
from collections.abc import Mapping
from typing import Any

from imagebuild.api import model, names
from imagebuild.api.status import BuildStatus
from imagebuild.contract import order as orders
from imagebuild.core import containers
from imagebuild.core.attempt import daemon, registries_conf
from imagebuild.core.owner import Owner
from imagebuild.core.profile import Kind
from imagebuild.core.settings import Registry

JSON = dict[str, Any]


def config_map(
    owner: Owner,
    build: BuildStatus,
    *,
    packed: bytes,
    registries: Mapping[str, Registry],
    files: Mapping[str, str],
) -> JSON:
    """The immutable ConfigMap with the packed order, and how daemon and skopeo reach registries.

    ``files``: further ones by name, of what the settings trust and allow.
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(owner, build),
        "immutable": True,
        "data": {
            daemon.FILE: daemon.config(registries),
            registries_conf.FILE: registries_conf.config(registries),
            **files,
        },
        "binaryData": {orders.FILE: base64.b64encode(packed).decode()},
    }


def job(
    owner: Owner, build: BuildStatus, *, pod: JSON, profile: Kind, deadline_seconds: int
) -> JSON:
    """The Job: one pod with this spec, never replaced; another attempt is the plan's to begin.

    Its deadline is a backstop: the Job controller deletes the pod then, with log and report.
    """
    metadata = _metadata(owner, build)
    metadata["annotations"][names.ANNOTATION_PROFILE] = profile.value
    pod_metadata = {
        "labels": metadata["labels"],
        "annotations": {
            names.ANNOTATION_NAME: owner.name,
            names.ANNOTATION_DEFAULT_CONTAINER: containers.BUILD,
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        },
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": deadline_seconds,
            "template": {"metadata": pod_metadata, "spec": pod},
        },
    }


def _metadata(owner: Owner, build: BuildStatus) -> JSON:
    annotations = {
        names.ANNOTATION_NAME: owner.name,
        names.ANNOTATION_GENERATION: str(build.generation),
        names.ANNOTATION_INPUTS: build.inputs,
        names.ANNOTATION_SPEC: build.spec,
        names.ANNOTATION_REASON: build.reason,
    }
    if build.started_at is not None:
        annotations[names.ANNOTATION_STARTED_AT] = model.rfc3339(build.started_at)
    if build.requested_at is not None:
        annotations[names.ANNOTATION_REQUESTED_AT] = build.requested_at
    return {
        "name": build.job,
        "namespace": owner.namespace,
        "labels": {
            names.LABEL_MANAGED_BY: names.MANAGED_BY,
            names.LABEL_OWNER: owner.uid,
            names.LABEL_BUILD: str(build.number),
            names.LABEL_ATTEMPT: str(build.attempt),
        },
        "annotations": annotations,
        "ownerReferences": [owner.reference],
    }
