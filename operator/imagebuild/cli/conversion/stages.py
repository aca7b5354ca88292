"""One stage of a Dockerfile as an item of ``spec.stages``."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.cli.conversion import added, env, files, flags, image, run, scope, words
from imagebuild.cli.conversion.arguments import Arguments
from imagebuild.cli.conversion.builder import Builder
from imagebuild.cli.conversion.here import Here, pairs
from imagebuild.cli.conversion.problems import CannotSayError, Remark
from imagebuild.core.dockerfile import instructions

AUTHORS = "org.opencontainers.image.authors"


@dataclass(slots=True)
class Shared:
    """What all stages of a file share, and fill."""

    arguments: Arguments
    scripts: run.Scripts
    notes: list[Remark] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)

    def noted(self, line: int) -> Callable[[str], None]:
        """What takes notes about this line."""
        return lambda text: self.notes.append(Remark(line, text))

    @contextlib.contextmanager
    def told(self, line: int) -> Iterator[None]:
        """What cannot be said in here is a problem of this line."""
        try:
            yield
        except CannotSayError as wrong:
            self.problems.append(Remark(line, str(wrong)))


@dataclass(frozen=True, slots=True)
class Start:
    """What a stage starts with: what variables are worth, the shell, and the health check."""

    scope: scope.Scope
    shell: tuple[str, ...] = instructions.SHELL
    check: DockerfileInstruction | None = None


@dataclass(slots=True)
class Stage:
    """A stage that is read: ``shell`` is that of the next instruction, ``last`` that of the image.

    SHELL is a field of the whole stage, so what is run by another shell than the last is an
    ``exec``.
    """

    shared: Shared
    builder: Builder
    shell: tuple[str, ...]
    last: tuple[str, ...]


def read(here: Here, shared: Shared, start: Start) -> tuple[Builder, Start]:
    """The stage, and what starts from it; ``shared.problems`` are told what cannot be said."""
    own = here.stage.instructions
    shells = [tuple(i.args) for i in own if i.name == "SHELL" and i.json]
    last = [start.shell, *shells][-1]
    builder = Builder(here.file, here.stage)
    stage = Stage(shared, builder, start.shell, last)
    for index, instruction in enumerate(own):
        builder.line = instruction.start_line
        now = replace(here, note=shared.noted(builder.line), later=own[index + 1 :])
        with shared.told(builder.line):
            _take(stage, instruction, now)
    if shells or (last != instructions.SHELL and builder.has("run")):
        builder.put("shell", list(last))
    check = [start.check, *(i for i in own if i.name == "HEALTHCHECK")][-1]
    if check is start.check and last != start.shell:
        _inherit(check, builder, last)
    return builder, Start(here.scope, last, check)


def _inherit(check: DockerfileInstruction | None, builder: Builder, shell: tuple[str, ...]) -> None:
    """A health check in shell form is run by the shell of the image, here another one."""
    if check and not check.json and check.args[0].upper() == "CMD":
        builder.put("healthcheck", image.healthcheck(check, shell))


def _take(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    taken = _TAKEN.get(instruction.name)
    if taken is None:
        raise CannotSayError(
            f"{instruction.name} has no counterpart",
            "write what it does into the Dockerfiles that start from this image",
        )
    if not (instruction.args or instruction.json):
        raise CannotSayError(f"{instruction.name} has nothing after it", "remove it")
    taken(stage, instruction, here)


def _run(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    shells = run.Shells(now=stage.shell, stage=stage.last)
    stage.builder.add(run.step(instruction, here, shells=shells, scripts=stage.shared.scripts))


def _copy(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    for step in files.copy(instruction, here):
        stage.builder.add(step)


def _add(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    for step in added.add(instruction, here):
        stage.builder.add(step)


def _args(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    take, line = stage.shared.arguments.take, instruction.start_line
    listed = [word.partition("=")[0] for word in instruction.args if take(word, here, line)]
    if listed:
        stage.builder.hold("args", listed)


def _env(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    stage.builder.hold("env", env.read(instruction, here))


def _workdir(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    flags.read(instruction)
    stage.builder.hold("workdir", here.value("".join(instruction.args)))


def _user(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    flags.read(instruction)
    user = here.value("".join(instruction.args))
    is_number = user.isdecimal() and str(int(user)) == user
    stage.builder.hold("user", int(user) if is_number else user)


def _label(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    flags.read(instruction)
    for name, word in pairs(instruction):
        stage.builder.label(here.static(name), here.lasting(word))


def _maintainer(stage: Stage, instruction: DockerfileInstruction, _: Here) -> None:
    stage.builder.label(AUTHORS, words.literal("".join(instruction.args)))


def _volume(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    flags.read(instruction)
    stage.builder.extend("volumes", [here.lasting(word.strip()) for word in instruction.args])


def _expose(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    stage.builder.extend("expose", list(image.ports(instruction, here)))


def _cmd(stage: Stage, instruction: DockerfileInstruction, _: Here) -> None:
    stage.builder.put("cmd", image.program(instruction, stage.shell))


def _entrypoint(stage: Stage, instruction: DockerfileInstruction, _: Here) -> None:
    stage.builder.put("entrypoint", image.program(instruction, stage.shell))


def _healthcheck(stage: Stage, instruction: DockerfileInstruction, _: Here) -> None:
    stage.builder.put("healthcheck", image.healthcheck(instruction, stage.last))


def _stop_signal(stage: Stage, instruction: DockerfileInstruction, here: Here) -> None:
    stage.builder.put("stopSignal", image.stop_signal(instruction, here))


def _shell(stage: Stage, instruction: DockerfileInstruction, _: Here) -> None:
    flags.read(instruction)
    if not (instruction.json and instruction.args):
        raise CannotSayError("SHELL is no JSON list", 'write SHELL ["/bin/bash", "-c"]')
    stage.shell = tuple(instruction.args)


_TAKEN: Mapping[str, Callable[[Stage, DockerfileInstruction, Here], None]] = {
    "RUN": _run,
    "COPY": _copy,
    "ADD": _add,
    "ARG": _args,
    "ENV": _env,
    "WORKDIR": _workdir,
    "USER": _user,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "VOLUME": _volume,
    "EXPOSE": _expose,
    "STOPSIGNAL": _stop_signal,
    "HEALTHCHECK": _healthcheck,
    "ENTRYPOINT": _entrypoint,
    "CMD": _cmd,
    "SHELL": _shell,
}
