"""What an attempt is made of: the order, its ConfigMap and the Job."""

import hashlib

from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec, Source
from imagebuild.api.status import BuildStatus
from imagebuild.contract import order as orders
from imagebuild.contract import places
from imagebuild.core import daemon, dockerfile, job, pod
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
    owner: Owner, spec: ImageBuildSpec, *, build: BuildStatus, settings: Settings
) -> tuple[job.JSON, ...]:
    """The order ConfigMap and the Job, in the order in which they are to be made."""
    timeout = spec.timeout_seconds or settings.timeout_seconds
    packed = orders.pack(order_of(owner, spec, build=build, timeout_seconds=timeout))
    template = pod.spec(
        build,
        mounted=_mounted(spec),
        resources=spec.resources.to_json() if spec.resources else {},
        settings=settings,
    )
    deadline = timeout + settings.pending_seconds
    return (
        job.config_map(owner, build, packed=packed, config=daemon.config(settings.registries)),
        job.job(owner, build, pod=template, deadline_seconds=deadline),
    )


def too_large(spec: ImageBuildSpec, config_map: job.JSON) -> Problem | None:
    """What is wrong where the order does not fit into its ConfigMap, naming its largest part."""
    size = len(config_map["binaryData"][orders.FILE]) * 3 // 4
    if size <= MAX_ORDER_BYTES:
        return None
    parts = {"spec.stages": sum(len(str(stage)) for stage in spec.stages)}
    if spec.dockerfile and spec.dockerfile.inline:
        parts["spec.dockerfile.inline"] = len(spec.dockerfile.inline)
    for path, content in ((spec.context.files if spec.context else None) or {}).items():
        parts[f"spec.context.files[{path}]"] = len(content)
    largest = max(parts, key=lambda name: parts[name])
    what = f"with {size // 1024} KiB compressed the build is larger than {MAX_ORDER_BYTES // 1024}"
    mend = "take large files from git or from a ConfigMap"
    return Problem(largest, f"{what} KiB, and this is its largest part", mend)


def refusal(words: str) -> Problem:
    """What is wrong where the API server calls the Job invalid, in its words."""
    return Problem("spec", words, "change the field that this comes from")


def order_of(
    owner: Owner, spec: ImageBuildSpec, *, build: BuildStatus, timeout_seconds: int
) -> orders.Order:
    """What the worker is to do."""
    text: str | None = None
    path = "spec.stages"
    stages: tuple[orders.Stage, ...] = ()
    if spec.dockerfile is None:
        rendered = dockerfile.render(spec)
        text, stages = rendered.text, rendered.stages
    else:
        text = spec.dockerfile.inline
        path = "spec.dockerfile.inline" if text is not None else "spec.dockerfile.path"
    file = orders.Dockerfile(text=text, path=spec.dockerfile.path if spec.dockerfile else None)
    return orders.Order(
        namespace=owner.namespace,
        name=owner.name,
        number=build.number,
        attempt=build.attempt or 1,
        dockerfile=file,
        dockerfile_path=path,
        stages=stages,
        targets=targets_of(spec),
        contexts=(_context(spec.context),) if spec.context else (),
        args={arg.name: arg.value or "" for arg in spec.args},
        platforms=spec.platforms,
        timeout_seconds=timeout_seconds,
        registry_secrets=tuple(
            f"{places.REGISTRY_SECRETS_DIR}/{secret.name}" for secret in spec.registry_secrets
        ),
    )


def targets_of(spec: ImageBuildSpec) -> tuple[orders.Target, ...]:
    """What is solved and where each goes; one target without images where nothing is published."""
    targets = tuple(orders.Target(stage=p.stage, images=p.images) for p in spec.publish)
    return targets or (orders.Target(),)


def _context(source: Source) -> orders.Context:
    if source.git:
        git = source.git
        resolved = orders.Git(git.url, ref=git.ref, commit=git.commit, sub_path=git.sub_path)
        return orders.Context(orders.MAIN_CONTEXT, git=resolved)
    if source.files is not None:
        return orders.Context(orders.MAIN_CONTEXT, files=dict(source.files))
    return orders.Context(
        orders.MAIN_CONTEXT, directory=f"{places.CONTEXTS_DIR}/{orders.MAIN_CONTEXT}"
    )


def _mounted(spec: ImageBuildSpec) -> pod.Mounted:
    config_maps = {}
    if spec.context and spec.context.config_map:
        source = spec.context.config_map
        config_maps[orders.MAIN_CONTEXT] = (
            source.name,
            tuple(item.to_json() for item in source.items),
        )
    secrets = tuple(secret.name for secret in spec.registry_secrets)
    return pod.Mounted(config_maps=config_maps, registry_secrets=secrets)
