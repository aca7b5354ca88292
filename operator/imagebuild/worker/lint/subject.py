"""What the rules of ``lint`` look at: the stages, what is published, the commands of each RUN."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from imagebuild.contract import order
from imagebuild.worker.dockerfile.parsed import Dockerfile, Instruction, Stage
from imagebuild.worker.lint import shellscript

_ONLY_HEREDOC = re.compile(r"\s*\d*<<-?\s*[\"']?[\w.-]+[\"']?\s*")
_OPTION_C = re.compile(r"-[a-z]*c")
_DEFAULT_SHELL = ("/bin/sh", "-c")


# How many characters of a name a message shows.
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rule has found something: the index of the stage, and what to say."""

    stage: int
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """A RUN with what it runs; ``pipefail``: its shell is started with that option."""

    instruction: Instruction
    script: str = ""
    commands: tuple[shellscript.Command, ...] = ()
    pipefail: bool = False

    def mounted(self, *kinds: str) -> tuple[str, ...]:
        """Where its mounts of these types are put."""
        return tuple(
            next((mount[key] for key in ("target", "dst", "destination") if key in mount), "")
            for mount in self.instruction.mounts()
            if mount["type"].lower() in kinds
        )


@dataclass(frozen=True)
class Subject:
    """A Dockerfile seen for advice; ``published`` are the indices of the stages that go somewhere.

    ``contexts`` are the names of contexts, which are no images.
    """

    stages: tuple[Stage, ...]
    published: tuple[int, ...]
    contexts: frozenset[str]
    _chains: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _seen: dict[int, tuple[tuple[Run, ...], tuple[str, ...]]] = field(default_factory=dict)

    def chain(self, index: int) -> tuple[int, ...]:
        """The stage and those that it is built from, down to an image: what its layers hold."""
        if index not in self._chains:
            chain = [index]
            while self.stages[chain[-1]].parents:
                chain.append(self.stages[chain[-1]].parents[0])
            self._chains[index] = tuple(chain)
        return self._chains[index]

    def shipped(self) -> tuple[int, ...]:
        """The stages whose layers are published, in the Dockerfile's order."""
        return tuple(sorted({stage for index in self.published for stage in self.chain(index)}))

    def root(self, index: int) -> Stage:
        """The stage at the end of a chain: its base is an image or scratch."""
        return self.stages[self.chain(index)[-1]]

    def instructions(self, index: int) -> tuple[Instruction, ...]:
        """What runs in a stage: what the ONBUILD of its parent brings, then its own."""
        return (*self.stages[index].inherited, *self.stages[index].instructions)

    def runs(self, index: int) -> tuple[Run, ...]:
        """The RUN instructions of a stage."""
        return self._read(index)[0]

    def _read(self, index: int) -> tuple[tuple[Run, ...], tuple[str, ...]]:
        for stage in reversed(self.chain(index)):  # the root first: no deep recursion
            if stage not in self._seen:
                parents = self.stages[stage].parents
                shell = self._seen[parents[0]][1] if parents else _DEFAULT_SHELL
                self._seen[stage] = _runs(self.instructions(stage), shell)
        return self._seen[index]


def subject(
    dockerfile: Dockerfile, published: Sequence[str | None], contexts: Collection[str]
) -> Subject:
    """What to look at; ``published`` are names of stages, None for the last one.

    Where none is published, the last one is looked at as what will be.
    """
    stages = dockerfile.stages
    names = {stage.name: index for index, stage in enumerate(stages) if stage.named}
    last = len(stages) - 1
    indices = (
        last if name is None else names.get(name.lower(), -1) for name in published or (None,)
    )
    return Subject(
        stages=stages,
        published=tuple(dict.fromkeys(index for index in indices if index >= 0)),
        contexts=frozenset({*contexts, order.FILES_CONTEXT}),
    )


def brief(name: str) -> str:
    """What a user wrote, in the length that a message has room for."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _runs(
    instructions: Sequence[Instruction], shell: tuple[str, ...]
) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    found = []
    for instruction in instructions:
        if instruction.name == "SHELL" and instruction.json:
            shell = instruction.words
        elif instruction.name == "RUN" and instruction.words:
            found.append(_run(instruction, shell))
    return tuple(found), shell


def _run(instruction: Instruction, shell: tuple[str, ...]) -> Run:
    words = instruction.words
    if not instruction.json:
        return _of_script(instruction, shell, *_script(instruction))
    if shellscript.is_shell(words[0]) and any(map(_OPTION_C.fullmatch, words[1:-1])):
        return _of_script(instruction, words[:-1], words[-1])
    return Run(instruction, " ".join(words), (shellscript.Command.of(words),))


def _of_script(
    instruction: Instruction, shell: Sequence[str], script: str, options: str = ""
) -> Run:
    if not shellscript.is_shell(shell[0] if shell else ""):
        return Run(instruction)
    return Run(
        instruction,
        script,
        shellscript.commands(script),
        pipefail="pipefail" in " ".join((*shell, options)),
    )


def _script(instruction: Instruction) -> tuple[str, str]:
    """The script of the shell form, and options of the shell that are said in it."""
    line, documents = instruction.words[0], instruction.heredocs
    if len(documents) == 1:
        first = documents[0].content.partition("\n")[0]
        if _ONLY_HEREDOC.fullmatch(line):
            if not first.startswith("#!"):
                return documents[0].content, ""
            interpreter = first.removeprefix("#!").split()
            names = [word for word in interpreter if not word.startswith("-")]
            known = any(map(shellscript.is_shell, names))
            return (documents[0].content if known else ""), first
        read = shellscript.commands(line)
        if len(read) == 1 and shellscript.is_shell(read[0].program):
            return documents[0].content, line
    return "\n".join((line, *(f"{d.content}{d.name}" for d in documents))), ""
