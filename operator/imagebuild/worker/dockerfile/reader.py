"""From the text of a Dockerfile to its stages, by BuildKit's rules.

The package ``e2b_dockerfile_utils`` parses instructions; what they mean together is said here.

Sources: BuildKit's frontend/dockerfile/instructions and frontend/dockerfile/dockerfile2llb,
https://docs.docker.com/reference/dockerfile/
"""

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from e2b_dockerfile_utils import (
    DockerfileInstruction,
    ShellLex,
    chomp_heredoc_content,
    parse_dockerfile_ast,
)

from imagebuild.worker.dockerfile import directives
from imagebuild.worker.dockerfile.parsed import Dockerfile, Heredoc, Instruction, Stage

# What looks at each stage with all that it is built from would take too long beyond.
_MAX_STAGES = 1000

# How Go, and so a platform, calls what the kernel calls differently.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "i686": "386"}

_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_ONBUILD = re.compile(r"^[^\S\n]*ONBUILD(?=[^\S\n])", re.IGNORECASE | re.MULTILINE)


def read(
    text: str, args: Mapping[str, str] | None = None, *, platforms: Sequence[str] = ()
) -> Dockerfile:
    """The stages of a Dockerfile, as they are for some platforms (empty: this machine's).

    ``args`` are build arguments, which win over the file's own defaults. Raises ValueError for
    what BuildKit will refuse as well, and say better why; and for more than 1,000 stages.
    """
    plain, onbuild = _without_onbuild(text)
    args = args or {}
    envs = tuple(_environment(name, args) for name in platforms or (_own_platform(),))
    try:
        ast = parse_dockerfile_ast(plain)
        reader = _Reader(ast.escape_token, args, envs=envs, onbuild=onbuild)
        return replace(reader.read(ast.instructions), skipped=directives.skipped(text))
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _without_onbuild(text: str) -> tuple[str, frozenset[int]]:
    """The text with each ONBUILD blanked, so that its trigger is parsed, and their lines."""
    found: set[int] = set()
    line, reached = 1, 0
    for match in _ONBUILD.finditer(text):
        line += text.count("\n", reached, match.start())
        reached = match.start()
        found.add(line)
    return (_ONBUILD.sub(" ", text) if found else text), frozenset(found)


def _own_platform() -> str:
    machine = platform.machine()
    return f"linux/{_ARCHITECTURES.get(machine, machine)}"


def _environment(target: str, args: Mapping[str, str]) -> dict[str, str]:
    """What FROM can name without an ARG."""
    named: dict[str, str] = {}
    for side, name in (("BUILD", _own_platform()), ("TARGET", target)):
        system, _, rest = name.partition("/")
        architecture, _, variant = rest.partition("/")
        parts = {"PLATFORM": name, "OS": system, "ARCH": architecture, "VARIANT": variant}
        named |= {f"{side}{part}": value for part, value in parts.items()}
    return {name: args.get(name, value) for name, value in named.items()}


class _Reader:
    def __init__(
        self,
        escape: str,
        args: Mapping[str, str],
        *,
        envs: Sequence[dict[str, str]],
        onbuild: frozenset[int],
    ) -> None:
        self._escape = escape
        self._args = args
        self._envs = envs
        self._onbuild = onbuild
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
                values = [self._args[name]] * len(self._envs)
            elif given:
                values = self._expanded(default)
            else:
                continue
            for env, value in zip(self._envs, values, strict=True):
                env[name] = value

    def _begin(self, instruction: Instruction) -> None:
        match instruction.words:
            case (image,):
                name = ""
            case (image, word, name) if word.lower() == "as" and _NAME.fullmatch(name.lower()):
                name = name.lower()
            case _:
                raise ValueError(f"line {instruction.line}: no FROM of an image, perhaps AS a name")
        index = len(self._stages)
        bases = dict.fromkeys(self._expanded(image))
        platforms = self._expanded("".join(instruction.values("platform")))
        parents = tuple(self._names[base] for base in bases if base in self._names)
        stage = Stage(
            name=name or f"stage-{index}",
            named=bool(name),
            base=next(iter(bases)),
            platform=platforms[0],
            pinned=bool(platforms[0]) and len(set(platforms)) == 1,
            line=instruction.line,
            parents=parents,
            inherited=tuple(self._stages[parents[0]].triggers) if parents else (),
        )
        self._stages.append(_Begun(stage))
        if name:
            self._names[name] = index

    def _expanded(self, word: str) -> list[str]:
        """The word on each platform."""
        return [
            ShellLex(self._escape, env=env, skip_unset_env=False).process_word(word)
            for env in self._envs
        ]


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
