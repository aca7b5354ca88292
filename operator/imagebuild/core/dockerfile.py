"""The stages as one Dockerfile, and for each of its instructions the place in the spec.

One file holds all stages and serves all targets. It must mean what the spec says whatever a spec
holds: the first line is a comment of our own, after which no parser directive counts, and values
are written by ``quoting``.

Source: https://docs.docker.com/reference/dockerfile/
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from imagebuild.api.spec import ImageBuildSpec, Stage, Step
from imagebuild.contract import order
from imagebuild.core import graph, quoting

HEADER = "# Rendered by imagebuild; each instruction comes from a field of the ImageBuild."
SHELL = ("/bin/sh", "-c")
COUNTED = frozenset({"WORKDIR", "COPY", "ADD", "RUN"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """The file's text, and its stages with the line and the spec path of each instruction."""

    text: str
    stages: tuple[order.Stage, ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction before it has a line: its text, which may span several, and its place."""

    text: str
    path: str
    step: int | None = None
    counted: bool = False


def render(spec: ImageBuildSpec) -> Rendered:
    """The Dockerfile of a spec that ``api.validate`` has no problem with; the same for the same."""
    blocks = [HEADER, *(f"ARG {a.name}={quoting.literal(a.value)}" for a in spec.args), ""]
    line = len(blocks) + 1
    stages: list[order.Stage] = []
    for index, node in enumerate(graph.nodes(spec)):
        placed: list[order.Instruction] = []
        for found in _stage(node, f"spec.stages[{index}]"):
            placed.append(order.Instruction(line, found.path, found.step, found.counted))
            blocks.append(found.text)
            line += found.text.count("\n") + 1
        blocks.append("")
        line += 1
        stages.append(order.Stage(node.stage.name, tuple(placed)))
    return Rendered("\n".join(blocks), tuple(stages))


def _stage(node: graph.Node, path: str) -> Iterator[Instruction]:
    stage = node.stage
    yield Instruction(f"FROM {stage.from_} AS {stage.name}", f"{path}.from", counted=node.pulls)
    yield from _state(stage, path)
    yield from _steps(stage, path)
    yield from _image(stage, path)


def _state(stage: Stage, path: str) -> Iterator[Instruction]:
    """What holds before the first step."""
    for field in ("args", "env", "workdir", "user"):
        for index, text in enumerate(STEPS[field](stage)):
            item = f"[{index}]" if field in ("args", "env") else ""
            yield _instruction(text, f"{path}.{field}{item}")


def _steps(stage: Stage, path: str) -> Iterator[Instruction]:
    for index, step in enumerate(stage.steps):
        for field in step.instructions:
            for text in STEPS[field](step):
                yield _instruction(text, f"{path}.steps[{index}]", index)


def _instruction(text: str, path: str, step: int | None = None) -> Instruction:
    return Instruction(text, path, step, counted=text.partition(" ")[0] in COUNTED)


def _image(stage: Stage, path: str) -> Iterator[Instruction]:
    """What the image says of itself; last, so that a change of it runs no step again."""
    for name in sorted(stage.labels):
        yield _instruction(
            f"LABEL {name}={quoting.word(stage.labels[name])}", f"{path}.labels.{name}"
        )
    if stage.expose:
        yield _instruction(f"EXPOSE {' '.join(map(str, stage.expose))}", f"{path}.expose")
    if stage.entrypoint is not None:
        yield _instruction(
            f"ENTRYPOINT {quoting.json_list(stage.entrypoint)}", f"{path}.entrypoint"
        )
    if stage.cmd is not None:
        yield _instruction(f"CMD {quoting.json_list(stage.cmd)}", f"{path}.cmd")


def _run(step: Step) -> list[str]:
    return ["RUN " + quoting.json_list([*SHELL, f"set -e\n{step.run}"])]


def _copy(step: Step) -> list[str]:
    flags = [
        f"--{flag}={value}"
        for flag, value in (("from", step.from_), ("chown", step.chown), ("chmod", step.chmod))
        if value is not None
    ]
    words = [quoting.path(text) for text in (*(step.copy_ or ()), step.to or "")]
    return [" ".join(["COPY", *flags, quoting.json_list(words)])]


def _args(source: Stage | Step) -> list[str]:
    return [f"ARG {name}" for name in source.args or ()]


def _env(source: Stage | Step) -> list[str]:
    # One ENV each: within one instruction a value would not see those before it.
    return [f"ENV {env.name}={quoting.word(env.value)}" for env in source.env or ()]


def _workdir(source: Stage | Step) -> list[str]:
    return [] if source.workdir is None else [f"WORKDIR {quoting.word(source.workdir)}"]


def _user(source: Stage | Step) -> list[str]:
    return [] if source.user is None else [f"USER {quoting.word(str(source.user))}"]


# What each instruction of a step becomes; a stage has some of them too, before its first step.
STEPS: Mapping[str, Callable[[Any], list[str]]] = {
    "run": _run,
    "copy": _copy,
    "args": _args,
    "env": _env,
    "workdir": _workdir,
    "user": _user,
}
