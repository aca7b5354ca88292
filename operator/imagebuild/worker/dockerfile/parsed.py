"""What is read in a Dockerfile: stages of instructions, with their words as they are written."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass

SCRATCH = "scratch"


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A document within an instruction, as the shell or the file gets it."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; ``name`` in upper case, ``line`` counts from 1.

    ``words`` are its arguments as written, quotes and variables included: one for what takes a
    line (RUN, USER, WORKDIR), or the strings of the JSON form. For ENV and LABEL they are name,
    value and delimiter in turn. ``flags`` are as ``--from=build``.
    """

    name: str
    line: int
    flags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    json: bool = False
    heredocs: tuple[Heredoc, ...] = ()

    def values(self, flag: str) -> tuple[str, ...]:
        """The values of a flag, which may stand several times; "" where it has none."""
        pairs = (text.removeprefix("--").partition("=") for text in self.flags)
        return tuple(value for name, _, value in pairs if name == flag)

    def mounts(self) -> tuple[Mapping[str, str], ...]:
        """The mounts of a RUN, as key -> value; a key without one has "", ``type`` is set."""
        return tuple(map(_mount, self.values("mount")))

    def origins(self) -> tuple[str, ...]:
        """What it takes files from beside its context: names of stages, contexts or images."""
        if self.name == "RUN":
            return tuple(mount.get("from", "") for mount in self.mounts())
        return self.values("from") if self.name == "COPY" else ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: ``name`` as BuildKit says it, in lower case, or ``stage-N`` where it is unnamed.

    ``base`` and ``platform`` are FROM's, with the values of global arguments (on the first
    platform); ``pinned``: ``platform`` is the same on all of them. ``parents``: the indices of the
    stages that ``base`` is, none for an image, several where platforms differ in it.
    ``inherited``: what their ONBUILD puts before the instructions; ``triggers``: the stage's own
    ONBUILD, which run in whatever is built from it.
    """

    name: str
    base: str
    line: int
    named: bool = True
    platform: str = ""
    pinned: bool = False
    parents: tuple[int, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    triggers: tuple[Instruction, ...] = ()
    inherited: tuple[Instruction, ...] = ()

    @property
    def pulls(self) -> bool:
        """Whether FROM is a step of its own."""
        return not self.parents and self.base != SCRATCH


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The stages in their order; none where the file has none.

    ``skipped``: the rules that ``# check=skip=`` names, ``all`` among them for every one.
    """

    stages: tuple[Stage, ...] = ()
    skipped: frozenset[str] = frozenset()

    def skips(self, rule: str) -> bool:
        """Whether nothing is to be said by a rule."""
        return not self.skipped.isdisjoint((rule, "all"))


def _mount(text: str) -> Mapping[str, str]:
    try:
        fields = next(csv.reader([text]), [])
    except csv.Error:  # a field of more than 128 KiB, or half a line
        fields = []
    pairs = (field.partition("=") for field in fields)
    return {"type": "bind"} | {key.strip().lower(): value for key, _, value in pairs}
