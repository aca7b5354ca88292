"""What one attempt's worker is to do, as the order that is packed for it."""

from collections.abc import Iterator
from typing import Any

from imagebuild.api.spec import ImageBuildSpec, Publish, Source
from imagebuild.api.status import BuildStatus
from imagebuild.contract import order as orders
from imagebuild.contract import places
from imagebuild.core import dockerfile, graph
from imagebuild.core import policy as rules
from imagebuild.core.attempt import credentials
from imagebuild.core.outside.resolve import Resolved
from imagebuild.core.owner import Owner
from imagebuild.core.settings import Settings

INLINE, PATH, STAGES = "spec.dockerfile.inline", "spec.dockerfile.path", "spec.stages"


def order_of(
    owner: Owner, resolved: Resolved, *, build: BuildStatus, settings: Settings
) -> orders.Order:
    """What the worker is to do; of an attempt whose ``build`` has been numbered and started."""
    spec = resolved.spec
    rendered = dockerfile.render(spec) if spec.dockerfile is None else None
    files = rendered.files if rendered else {}
    own = (orders.Context(orders.FILES_CONTEXT, files=files),) if files else ()
    return orders.Order(
        namespace=owner.namespace,
        name=owner.name,
        number=build.number,
        attempt=build.attempt or 1,
        dockerfile=_dockerfile(spec, rendered),
        dockerfile_path=_dockerfile_path(spec),
        stages=rendered.stages if rendered else (),
        targets=targets_of(spec),
        contexts=(*_contexts(resolved), *own),
        args={arg.name: arg.value or "" for arg in spec.args},
        platforms=spec.platforms,
        timeout_seconds=spec.timeout_seconds or settings.timeout_seconds,
        no_cache=_no_cache(spec),
        offline=spec.network == "None",
        reproducible=spec.timestamps == "Source",
        lint=rules.lint(spec, settings),
        started=started(build),
        **_trusted(spec, settings),
    )


def _trusted(spec: ImageBuildSpec, settings: Settings) -> dict[str, Any]:
    """The fields of an order about what the build is trusted with, and what it may not do."""
    secrets, ssh = tuple(credentials.secrets(spec)), tuple(credentials.ssh(spec))
    policy, registries = settings.policy, settings.registry_secrets
    always = spec.leak_guard == "Always" or policy.leak_guard
    return {
        "registry_secrets": tuple(
            f"{places.REGISTRY_SECRETS_DIR}/{name}"
            for name in credentials.registry_secrets(spec, registries)
        ),
        "secrets": secrets,
        "ssh": ssh,
        "ca_certificates": credentials.certificate_files(spec, settings.ca_certificates),
        "proxy": settings.proxy,
        "leak_guard": bool(always or secrets or ssh),
        "pull_from": policy.pull_from,
        "secrets_on": policy.secrets_on,
    }


def started(build: BuildStatus) -> int:
    """When the build began, in whole seconds since the epoch; facts are taken from it."""
    return int(build.started_at.timestamp()) if build.started_at else 0


def targets_of(spec: ImageBuildSpec) -> tuple[orders.Target, ...]:
    """What is solved and where each goes: by the index in ``spec.publish``, then the gates.

    One target that goes nowhere stands for the last stage where nothing is published. Names are in
    lower case, as the worker and BuildKit speak of stages.
    """
    published = tuple(_target(entry, index) for index, entry in enumerate(spec.publish))
    gates = tuple(orders.Target(stage=gate.lower()) for gate in spec.gates)
    return (published or (orders.Target(),)) + gates


def _target(entry: Publish, index: int) -> orders.Target:
    compression, archive = entry.compression, entry.archive
    return orders.Target(
        stage=entry.stage.lower() if entry.stage else None,
        images=entry.images,
        labels=dict(entry.labels),
        annotations=dict(entry.annotations),
        compression=compression.type.lower() if compression else None,
        compression_level=compression.level if compression else None,
        archive=f"{places.ARCHIVES_DIR}/{index}/{archive.path}" if archive else None,
    )


def _dockerfile(spec: ImageBuildSpec, rendered: dockerfile.Rendered | None) -> orders.Dockerfile:
    if rendered:
        return orders.Dockerfile(text=rendered.text)
    assert spec.dockerfile is not None  # noqa: S101  the stages were not rendered because of it
    return orders.Dockerfile(
        text=spec.dockerfile.inline,
        path=spec.dockerfile.path,
        context=spec.dockerfile.context or orders.MAIN_CONTEXT,
    )


def _dockerfile_path(spec: ImageBuildSpec) -> str:
    if spec.dockerfile is None:
        return STAGES
    return PATH if spec.dockerfile.inline is None else INLINE


def _no_cache(spec: ImageBuildSpec) -> tuple[str, ...]:
    needed = set(graph.needed(spec))
    return tuple(stage.name for stage in spec.stages if stage.no_cache and stage.name in needed)


def _contexts(resolved: Resolved) -> Iterator[orders.Context]:
    for path, name, source in resolved.contexts:
        place = f"{places.CONTEXTS_DIR}/{name}"
        claim = source.persistent_volume_claim
        yield orders.Context(
            name,
            git=_git(source),
            files=dict(source.files) if source.files is not None else None,
            directory=place if source.config_map else None,
            volume=f"{place}/{claim.sub_path or ''}".rstrip("/") if claim else None,
            http=_http(source) or resolved.downloads.get(name),
            oci=source.oci.image if source.oci else None,
            image=resolved.images.get(name),
            ignore=source.ignore,
            path=path,
        )


def _git(source: Source) -> orders.Git | None:
    git = source.git
    if git is None:
        return None
    return orders.Git(
        git.url,
        ref=git.ref,
        commit=git.commit,
        sub_path=git.sub_path,
        paths=git.paths,
        submodules=bool(git.submodules),
        keep_git_dir=bool(git.keep_git_dir),
        secret=f"{places.GIT_SECRETS_DIR}/{git.secret_ref.name}" if git.secret_ref else None,
    )


def _http(source: Source) -> orders.Http | None:
    return orders.Http(source.http.url, source.http.sha256) if source.http else None
