"""A Dockerfile as an ImageBuild that means the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pydantic

from imagebuild.api import names, references, validate
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.cli.conversion import credentials, run, scope, source, stages
from imagebuild.cli.conversion.arguments import Arguments
from imagebuild.cli.conversion.builder import Builder
from imagebuild.cli.conversion.here import Here, tagged
from imagebuild.cli.conversion.origins import Origins
from imagebuild.cli.conversion.problems import CannotConvertError, Remark

JSON = dict[str, Any]
_SCRIPTS = "scripts"
_CONTEXT = (
    "Say here where the files come from that `copy` sees, for instance",
    "context:",
    "  git: {url: https://git.example.com/team/app.git, ref: main}",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for beside the Dockerfile.

    ``image``: where to publish, None nowhere. ``target``: the stage, None the last one.
    ``arguments``: values of build arguments; they may hold facts.
    """

    name: str
    image: str | None = None
    target: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Converted:
    """``object`` as JSON data, its comments by the place that they stand above, and notes."""

    object: JSON
    comments: Mapping[str, tuple[str, ...]]
    notes: tuple[Remark, ...]


def convert(text: str, wishes: Wishes) -> Converted:
    """The ImageBuild; raises CannotConvertError where there is something that it cannot say."""
    file = source.read(text, target=wishes.target, arguments=wishes.arguments)
    shared = stages.Shared(Arguments(wishes.arguments), run.Scripts(_free_name(file)))
    for instruction in file.arguments:
        with shared.told(instruction.start_line):
            note = shared.noted(instruction.start_line)
            shared.arguments.take_global(instruction, note, escape=file.escape)
    read = _read(file, shared)
    heads = [_head(stage, file, shared) for stage in file.stages]
    origins = Origins(file)
    spec = _spec(heads, read, shared, origins)
    if wishes.image:
        spec["publish"] = [{"images": [wishes.image]}]
    problems = {*shared.problems, *(() if shared.problems else _problems(spec, origins))}
    if problems:
        raise CannotConvertError(tuple(sorted(problems)))
    told = {note for stage in file.stages for note in stage.notes}
    unused = (Remark(0, f"no ARG takes {name}") for name in shared.arguments.unused())
    found = {"apiVersion": names.API_VERSION, "kind": names.KIND}
    return Converted(
        object={**found, "metadata": {"name": wishes.name}, "spec": spec},
        comments={**_needed(spec), **origins.comments()},
        notes=(*unused, *sorted({*told, *shared.notes})),
    )


def _free_name(file: source.File) -> str:
    name = _SCRIPTS
    while any(stage.name == name for stage in file.stages):
        name += "-of-steps"
    return name


def _read(file: source.File, shared: stages.Shared) -> list[Builder]:
    ends: dict[int, stages.Start] = {}
    builders = []
    for stage in file.stages:
        start = stages.Start(scope.of_image())
        with shared.told(stage.line):
            _, worth = shared.arguments.base(stage.base, escape=file.escape)
            if worth == references.SCRATCH:
                start = stages.Start(scope.of_scratch())
            if base := file.base(worth or "", of=stage):
                start = ends[base.index]
        here = Here(file, stage, start.scope.copy(), lambda _: None)
        builder, ends[stage.index] = stages.read(here, shared, start)
        builders.append(builder)
    return builders


def _head(stage: source.Stage, file: source.File, shared: stages.Shared) -> JSON:
    """What a stage starts from, once the values of all arguments are known."""
    with shared.told(stage.line):
        base, worth = shared.arguments.base(stage.base, escape=file.escape)
        if earlier := file.base(worth or "", of=stage):
            base = base if worth == earlier.name else earlier.name
        elif worth and worth != references.SCRATCH and tagged(worth) != worth:
            base = tagged(base)
        platform = shared.arguments.platform(stage.platform, escape=file.escape)
        return {"from": base, **({"platform": platform} if platform else {})}
    return {}


def _spec(
    heads: Sequence[JSON], read: Sequence[Builder], shared: stages.Shared, origins: Origins
) -> JSON:
    """``spec`` but for ``publish``; ``origins`` is told where its parts come from."""
    found = [scripts] if (scripts := _scripts(shared.scripts)) else []
    for head, builder in zip(heads, read, strict=True):
        place = f"spec.stages[{len(found)}]"
        origins.add(place, builder.start)
        origins.take(place, builder.origins)
        found.append(builder.fields(head))
    args = shared.arguments.spec()
    for index, arg in enumerate(args):
        origins.add(f"spec.args[{index}]", shared.arguments.line(arg["name"]))
    return {**({"args": args} if args else {}), **credentials.of(found), "stages": found}


def _needed(spec: JSON) -> Mapping[str, tuple[str, ...]]:
    """The comments that say what has to be added by hand."""
    steps = [step for stage in spec["stages"] for step in stage.get("steps", ())]
    mounts = [mount for step in steps for mount in step.get("mounts", ())]
    copies = any("copy" in step and "from" not in step for step in steps)
    binds = any("bind" in mount and "from" not in mount["bind"] for mount in mounts)
    found = dict(credentials.comments(spec))
    if copies or binds:
        first = f"spec.{next(iter(spec))}"
        found[first] = (*_CONTEXT, *found.get(first, ()))
    return found


def _scripts(scripts: run.Scripts) -> JSON | None:
    """The stage that holds what steps run."""
    if not scripts.files:
        return None
    return {
        "name": scripts.stage,
        "description": "scripts that steps of other stages run",
        "from": references.SCRATCH,
        "steps": scripts.steps(),
    }


def _problems(spec: JSON, origins: Origins) -> Iterator[Remark]:
    """What the API says against it."""
    for problem in _said_against(spec):
        yield Remark(origins.line(problem.path), str(problem).removesuffix("."))


def _said_against(spec: JSON) -> Sequence[Problem]:
    try:
        return validate.problems(ImageBuildSpec.model_validate(spec))
    except pydantic.ValidationError as error:
        return validate.of_error(error)
