"""A Dockerfile as BuildKit reads it: its stages, what each needs, and how many steps it counts.

The package ``e2b_dockerfile_utils`` parses instructions; what they mean together is said here. It
holds for a user's file and for a rendered one.

Sources: BuildKit's frontend/dockerfile/instructions and frontend/dockerfile/dockerfile2llb,
https://docs.docker.com/reference/dockerfile/
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from e2b_dockerfile_utils import (
    DockerfileInstruction,
    ShellLex,
    chomp_heredoc_content,
    parse_dockerfile_ast,
)

from imagebuild.contract import order
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import beneath
from imagebuild.worker.failure import FailedError
from imagebuild.worker.parsed import Dockerfile, Heredoc, Instruction, Stage

# No Dockerfile is longer; a longer file is another.
_MAX_BYTES = 1024 * 1024

# What looks at each stage with all that it is built from would take too long beyond.
_MAX_STAGES = 1000

_COUNTED = frozenset({"WORKDIR", "COPY", "ADD", "RUN"})

# Known only once BuildKit has chosen a platform: they stand as they are until then.
_PARTS = ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
_OPEN = (*(f"{side}{part}" for side in ("BUILD", "TARGET") for part in _PARTS), "TARGETSTAGE")
_OPEN_WORD = re.compile(rf"\\\$(?:{'|'.join(_OPEN)})\b")

_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_ONBUILD = re.compile(r"^[^\S\n]*ONBUILD(?=[^\S\n])", re.IGNORECASE | re.MULTILINE)


def read(text: str, args: Mapping[str, str] | None = None) -> Dockerfile:
    """The stages of a Dockerfile; ``args`` are build arguments, which win over its own defaults.

    Raises ValueError for what BuildKit will refuse as well, and say better why; and for a file of
    more than 1,000 stages.
    """
    plain, onbuild = _without_onbuild(text)
    try:
        ast = parse_dockerfile_ast(plain)
        return _Reader(ast.escape_token, args or {}, onbuild).read(ast.instructions)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def read_file(context: Path, path: str) -> str:
    """The text of a Dockerfile in a context; raises FailedError where there is none to read.

    The context is foreign: its links may lead out of it, or to what never ends. Bytes that are no
    UTF-8, which BuildKit takes in comments only, become U+FFFD.
    """
    try:
        data = beneath.read(context, path, limit=_MAX_BYTES)
    except beneath.TooLargeError:
        raise _failed(f"TooLarge: {path} has more than {_MAX_BYTES} bytes") from None
    except (OSError, ValueError, RuntimeError):
        raise _failed(f"DockerfileNotFound: the context has no plain file {path}") from None
    return data.decode("utf-8", "replace")


def order_stages(dockerfile: Dockerfile, *, path: str = "") -> tuple[order.Stage, ...]:
    """The stages as an order has them, ``path`` being the spec path of the whole file."""
    return tuple(
        order.Stage(stage.name, tuple(_order_instructions(stage, path)))
        for stage in dockerfile.stages
    )


def needed(dockerfile: Dockerfile, targets: Sequence[str | None]) -> frozenset[str]:
    """The names of the stages that these targets (None: the last stage) are built from or with."""
    stages = dockerfile.stages
    names = _by_name(stages)
    found: set[int] = set()
    ahead = [
        len(stages) - 1 if target is None else names.get(target.lower(), -1) for target in targets
    ]
    while ahead:
        index = ahead.pop()
        if index not in range(len(stages)) or index in found:
            continue
        found.add(index)
        ahead += stages[index].parents
        ahead += _sources(stages[index], names)
    return frozenset(stages[index].name for index in found)


def stage_names(text: str) -> tuple[str, ...]:
    """The stages' names; none where the file can't be read, for BuildKit to refuse it."""
    try:
        return tuple(stage.name for stage in read(text).stages)
    except ValueError:
        return ()


def stage_names_in(context: Path, path: str) -> tuple[str, ...]:
    """Those of a file in a context."""
    try:
        return stage_names(read_file(context, path))
    except FailedError:
        return ()


def _failed(error: str) -> FailedError:
    return FailedError(Failure(Cause.CONTEXT, error))


def _by_name(stages: Sequence[Stage]) -> Mapping[str, int]:
    """What a name stands for: of several stages of one name the last."""
    return {stage.name: index for index, stage in enumerate(stages) if stage.named}


def _sources(stage: Stage, names: Mapping[str, int]) -> Iterator[int]:
    for instruction in (*stage.inherited, *stage.instructions):
        if instruction.name == "COPY":
            for source in instruction.values("from"):
                # Only COPY takes the index of a stage.
                yield (
                    int(source)
                    if re.fullmatch(r"[0-9]{1,6}", source)
                    else names.get(source.lower(), -1)
                )
        elif instruction.name == "RUN":
            for mount in instruction.mounts():
                yield names.get(mount.get("from", "").lower(), -1)


def _order_instructions(stage: Stage, path: str) -> Iterator[order.Instruction]:
    yield order.Instruction(stage.line, path, counted=stage.pulls)
    for _ in stage.inherited:
        # BuildKit counts all of them, whatever they are, and places them at FROM.
        yield order.Instruction(stage.line, path, counted=True)
    own = {trigger.line: trigger for trigger in stage.triggers}
    for line, name in sorted(
        [(i.line, i.name) for i in stage.instructions] + [(line, "ONBUILD") for line in own]
    ):
        yield order.Instruction(line, path, counted=name in _COUNTED)


def _without_onbuild(text: str) -> tuple[str, frozenset[int]]:
    """The text with each ONBUILD blanked, so that its trigger is parsed, and their lines."""
    found: set[int] = set()
    line, reached = 1, 0
    for match in _ONBUILD.finditer(text):
        line += text.count("\n", reached, match.start())
        reached = match.start()
        found.add(line)
    return (_ONBUILD.sub(" ", text) if found else text), frozenset(found)


class _Reader:
    def __init__(self, escape: str, args: Mapping[str, str], onbuild: frozenset[int]) -> None:
        self._escape = escape
        self._args = args
        self._onbuild = onbuild
        self._env = {name: args.get(name, f"${name}") for name in _OPEN}
        self._stages: list[_Begun] = []
        self._names: dict[str, int] = {}

    def read(self, parsed: Sequence[DockerfileInstruction]) -> Dockerfile:
        for found in parsed:
            instruction = _instruction(found)
            trigger = instruction.line in self._onbuild
            if found.name == "FROM" and not trigger:
                if len(self._stages) == _MAX_STAGES:
                    raise ValueError(f"more than {_MAX_STAGES} stages")
                self._begin(instruction)
            elif self._stages:
                begun = self._stages[-1]
                (begun.triggers if trigger else begun.instructions).append(instruction)
            elif found.name == "ARG" and not trigger:
                self._take_global(found.args)
            else:
                raise ValueError(f"line {instruction.line}: {found.name} before the first FROM")
        return Dockerfile(tuple(begun.stage() for begun in self._stages))

    def _take_global(self, words: Iterable[str]) -> None:
        for word in words:
            name, given, default = word.partition("=")
            if name in self._args:
                self._env[name] = self._args[name]
            elif given:
                self._env[name] = self._expanded(default)

    def _begin(self, instruction: Instruction) -> None:
        match instruction.words:
            case (image,):
                name = ""
            case (image, word, name) if word.lower() == "as" and _NAME.fullmatch(name.lower()):
                name = name.lower()
            case _:
                raise ValueError(f"line {instruction.line}: no FROM of an image, perhaps AS a name")
        index, base = len(self._stages), self._expanded(image)
        parents = self._parents(base)
        stage = Stage(
            name=name or f"stage-{index}",
            named=bool(name),
            base=base,
            platform=self._expanded("".join(instruction.values("platform"))),
            line=instruction.line,
            parents=parents,
            inherited=tuple(self._stages[parents[0]].triggers) if parents else (),
        )
        self._stages.append(_Begun(stage))
        if name:
            self._names[name] = index

    def _parents(self, base: str) -> tuple[int, ...]:
        if "$" not in base:
            return (self._names[base],) if base in self._names else ()
        pattern = re.compile(_OPEN_WORD.sub(r"[a-z0-9_./-]*", re.escape(base)))
        return tuple(index for name, index in self._names.items() if pattern.fullmatch(name))

    def _expanded(self, word: str) -> str:
        return ShellLex(self._escape, env=self._env, skip_unset_env=False).process_word(word)


@dataclass(slots=True)
class _Begun:
    """A stage while its instructions are still coming."""

    head: Stage
    instructions: list[Instruction] = field(default_factory=list)
    triggers: list[Instruction] = field(default_factory=list)

    def stage(self) -> Stage:
        return replace(
            self.head, instructions=tuple(self.instructions), triggers=tuple(self.triggers)
        )


def _instruction(found: DockerfileInstruction) -> Instruction:
    heredocs = (
        Heredoc(doc.name, chomp_heredoc_content(doc.content) if doc.chomp else doc.content)
        for doc in found.heredocs
    )
    return Instruction(
        name=found.name,
        line=found.start_line,
        flags=tuple(found.flags),
        words=tuple(found.args),
        json=found.json,
        heredocs=tuple(heredocs),
    )
