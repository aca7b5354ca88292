"""What an attempt is made of: its name, its order in a ConfigMap, and its Job."""

import hashlib
import re
from collections.abc import Iterator

from imagebuild.api.problem import Problem
from imagebuild.api.status import BuildStatus
from imagebuild.contract import order as orders
from imagebuild.core import policy
from imagebuild.core.attempt import credentials, job, mounts, order, pod
from imagebuild.core.outside.resolve import Resolved
from imagebuild.core.owner import Owner
from imagebuild.core.settings import Settings

MAX_ORDER_BYTES = 900 * 1024  # an object in etcd may have 1.5 MiB, a ConfigMap 1 MiB
_MAX_NAME = 63  # a Job's name becomes a label of its pods


def name_of(imagebuild: str, number: int, attempt: int) -> str:
    """The Job's name: ``<name>-<number>-<attempt>``; a name too long is cut and hashed."""
    tail = f"-{number}-{attempt}"
    # A Job's name may hold no dot where it is to be a pod's host name as well.
    head = imagebuild.replace(".", "-")
    if len(head) + len(tail) <= _MAX_NAME and head == imagebuild:
        return head + tail
    digest = hashlib.sha256(imagebuild.encode()).hexdigest()[:8]
    return f"{head[: _MAX_NAME - len(tail) - 9]}-{digest}{tail}"


def manifests(
    owner: Owner, resolved: Resolved, *, build: BuildStatus, settings: Settings
) -> tuple[job.JSON, ...] | Problem:
    """The order ConfigMap and the Job, in the order in which they are to be made.

    A problem where the order does not fit into its ConfigMap.
    """
    spec = resolved.spec
    told = order.order_of(owner, resolved, build=build, settings=settings)
    packed = orders.pack(told)
    if len(packed) > MAX_ORDER_BYTES:
        return _too_large(resolved, told, len(packed))
    template = pod.spec(
        build,
        mounted=mounts.of(resolved, job=build.job or "", settings=settings),
        resources=policy.resources(spec.resources, settings),
        settings=settings,
    )
    deadline = told.timeout_seconds + settings.pending_seconds
    certificates = credentials.certificate_texts(spec, settings.ca_certificates)
    return (
        job.config_map(
            owner,
            build,
            packed=packed,
            registries=settings.registries,
            files={**certificates, **policy.source_policy(settings.policy.pull_from)},
        ),
        job.job(
            owner,
            build,
            pod=template,
            profile=settings.profile.kind,
            deadline_seconds=deadline,
        ),
    )


def refusal(words: str) -> Problem:
    """What is wrong where the API server calls the Job invalid, in its words."""
    return Problem("spec", words, "change the field that this comes from")


def _too_large(resolved: Resolved, told: orders.Order, size: int) -> Problem:
    """What is wrong with an order of this size, at its largest part."""
    parts = dict(_parts(resolved, told))
    largest = max(parts, key=lambda path: parts[path])
    what = f"with {size // 1024} KiB compressed the build is larger than {MAX_ORDER_BYTES // 1024}"
    mend = "take large files from git or from a ConfigMap"
    return Problem(largest, f"{what} KiB, and this is its largest part", mend)


def _parts(resolved: Resolved, told: orders.Order) -> Iterator[tuple[str, int]]:
    """What an order consists of: spec path and size."""
    yield told.dockerfile_path, len(told.dockerfile.text or "")
    paths = {name: path for path, name, _ in resolved.contexts}
    for context in told.contexts:
        for file, content in (context.files or {}).items():
            if context.name == orders.FILES_CONTEXT:
                yield f"{_step(file)}.file.content", len(content)
            else:
                yield f"{paths[context.name]}.files[{file}]", len(content)


def _step(file: str) -> str:
    """Where a file of FILES_CONTEXT comes from: 1-3 is of the fourth step of the second stage."""
    return re.sub(r"(\d+)-(\d+)", r"spec.stages[\1].steps[\2]", file)
