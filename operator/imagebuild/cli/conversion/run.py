"""RUN as a step: a script for the stage's shell, or a program of its own.

Source: BuildKit's frontend/dockerfile/dockerfile2llb, dispatchRun
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from e2b_dockerfile_utils import DockerfileInstruction, chomp_heredoc_content, parse_heredoc

from imagebuild.cli.conversion import flags, mounts, script
from imagebuild.cli.conversion.here import Here
from imagebuild.cli.conversion.problems import CannotSayError

PIPES = "/dev/pipes"
_RUNS = re.compile(r"\$\(|`")


@dataclass(slots=True)
class Scripts:
    """The files that steps run, for a stage of their own: name -> content."""

    stage: str
    files: dict[str, str] = field(default_factory=dict)

    def mount(self, name: str, content: str) -> dict[str, Any]:
        """The mount by which a step sees this file where BuildKit would put it."""
        new, count = name, 1
        while self.files.setdefault(new, content) != content:
            count += 1
            new = f"{name}-{count}"
        return {"bind": {"from": self.stage, "source": f"/{new}", "target": f"{PIPES}/{name}"}}

    def steps(self) -> list[dict[str, Any]]:
        """The steps that write them."""
        return [
            {"file": {"path": f"/{name}", "content": content}, "chmod": "0755"}
            for name, content in self.files.items()
        ]


@dataclass(frozen=True, slots=True)
class Shells:
    """The shell that an instruction is read with, and that of the stage's ``run``."""

    now: Sequence[str]
    stage: Sequence[str]


def step(
    instruction: DockerfileInstruction, here: Here, *, shells: Shells, scripts: Scripts
) -> dict[str, Any]:
    """The step that a RUN is."""
    given = flags.read(instruction, texts=("network", "security"), lists=("mount", "device"))
    mounted = [mounts.read(text, here) for text in given.texts("mount")]
    found = _program(instruction, here, shells=shells, scripts=scripts)
    mounted += found.pop("mounts", [])
    return found | ({"mounts": mounted} if mounted else {}) | _network(given)


def _network(given: flags.Flags) -> dict[str, Any]:
    if given.text("security") not in (None, "sandbox") or given.texts("device"):
        raise CannotSayError("no step gets privileges or devices", "remove the flag")
    match given.text("network"):
        case None | "default":
            return {}
        case "none":
            return {"network": "None"}
        case other:
            raise CannotSayError(f"--network={other} cannot be said", "remove it, or use none")


def _program(
    instruction: DockerfileInstruction, here: Here, *, shells: Shells, scripts: Scripts
) -> dict[str, Any]:
    if instruction.json:
        return {"exec": list(instruction.args)}
    text = instruction.args[0]
    if instruction.heredocs:
        return _heredoc(instruction, here, shells=shells, scripts=scripts)
    return _script(_lines(text, instruction, here, shells), shells, stops=_stops(text, shells))


def _lines(text: str, instruction: DockerfileInstruction, here: Here, shells: Shells) -> str:
    if not _posix(shells):
        return text
    breaks, indent = here.file.breaks(instruction)
    return script.lines(text, breaks, indent=indent)


def _heredoc(
    instruction: DockerfileInstruction, here: Here, *, shells: Shells, scripts: Scripts
) -> dict[str, Any]:
    text = instruction.args[0]
    whole = parse_heredoc(text)
    if whole is None:
        # The shell reads the documents itself.
        documents = "".join(f"\n{doc.content}{doc.name}" for doc in instruction.heredocs)
        runs = any(doc.expand and _RUNS.search(doc.content) for doc in instruction.heredocs)
        lines = _lines(text, instruction, here, shells)
        return _script(lines + documents, shells, stops=runs or _stops(text, shells))
    content = instruction.heredocs[0].content
    if whole.chomp:
        content = chomp_heredoc_content(content)
    if content.startswith("#!"):
        mount = scripts.mount(whole.name, content)
        return _script(f"{PIPES}/{whole.name}", shells, stops=False) | {"mounts": [mount]}
    return _script(content, shells, stops=_stops(content, shells))


def _script(text: str, shells: Shells, *, stops: bool) -> dict[str, Any]:
    """``stops``: with ``set -e`` it might end earlier than it does with Docker."""
    if shells.now != shells.stage:
        return {"exec": [*shells.now, text]}
    if stops:
        text = f"set +e\n{text}"
    if "\n" in text and not text.endswith(("\n", "\\")) and _posix(shells):
        text += "\n"
    return {"run": text}


def _posix(shells: Shells) -> bool:
    return script.is_posix(shells.now)


def _stops(text: str, shells: Shells) -> bool:
    return script.stops_earlier(text, shell=shells.now)
