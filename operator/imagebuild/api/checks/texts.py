"""The texts of a spec in which ``$`` means what it does in a Dockerfile, but `from` and `platform`.

What they hold is known only to the build, so only how a variable is written is judged.
"""

from collections.abc import Iterator

from imagebuild.api import variables
from imagebuild.api.mounts import Mount
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec, Stage, Step

Texts = Iterator[tuple[str, str | None]]


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Variables that no Dockerfile takes."""
    for path, text in _of_stages(spec):
        try:
            variables.parse(text or "")
        except ValueError as error:
            yield Problem(path, str(error), "correct the variable")


def _of_stages(spec: ImageBuildSpec) -> Texts:
    for i, stage in enumerate(spec.stages):
        path = f"spec.stages[{i}]"
        yield from _state(stage, path)
        yield from ((f"{path}.labels.{name}", value) for name, value in stage.labels.items())
        yield from ((f"{path}.volumes[{j}]", text) for j, text in enumerate(stage.volumes))
        for j, step in enumerate(stage.steps):
            yield from _state(step, f"{path}.steps[{j}]")
            yield from _files(step, f"{path}.steps[{j}]")
            for k, mount in enumerate(step.mounts):
                yield from _mount(mount, f"{path}.steps[{j}].mounts[{k}]")


def _state(source: Stage | Step, path: str) -> Texts:
    yield from ((f"{path}.env[{i}].value", env.value) for i, env in enumerate(source.env or ()))
    yield f"{path}.workdir", source.workdir
    if isinstance(source.user, str):
        yield f"{path}.user", source.user


def _files(step: Step, path: str) -> Texts:
    yield from ((f"{path}.copy[{i}]", text) for i, text in enumerate(step.copy_ or ()))
    yield f"{path}.to", step.to
    if step.add:
        yield f"{path}.add.url", step.add.url
        if step.add.git:
            yield f"{path}.add.git.url", step.add.git.url
            yield f"{path}.add.git.ref", step.add.git.ref
            yield f"{path}.add.git.subPath", step.add.git.sub_path
    if step.file:
        yield f"{path}.file.path", step.file.path


def _mount(mount: Mount, path: str) -> Texts:
    if mount.cache:
        yield f"{path}.cache.target", mount.cache.target
        yield f"{path}.cache.id", mount.cache.id
        yield f"{path}.cache.source", mount.cache.source
    if mount.bind:
        yield f"{path}.bind.source", mount.bind.source
        yield f"{path}.bind.target", mount.bind.target
    for kind in ("tmpfs", "secret", "ssh"):
        yield f"{path}.{kind}.target", getattr(getattr(mount, kind), "target", None)
