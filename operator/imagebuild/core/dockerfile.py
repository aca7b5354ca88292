"""The stages as one Dockerfile, and for each of its instructions the place in the spec.

One file holds all stages and serves all targets. It must mean what the spec says whatever a spec
holds, so every value is written in the one form that has no second reading:

- the first line is a comment of our own, after which no parser directive counts;
- RUN, COPY, CMD and ENTRYPOINT take their JSON form, in which no heredoc can begin;
- ENV, LABEL, WORKDIR and USER take one double-quoted word, unless it is plain;
- what ``$`` means is settled by ``api.variables``, and written out for each form.

Sources: https://docs.docker.com/reference/dockerfile/ and BuildKit's frontend/dockerfile/parser,
which takes no line of more than 65,535 bytes: long JSON strings are continued on further lines.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from imagebuild.api import variables
from imagebuild.api.spec import Env, ImageBuildSpec, Stage, Step
from imagebuild.contract import order
from imagebuild.core import graph

HEADER = "# Rendered by imagebuild; each instruction comes from a field of the ImageBuild."
SHELL = ("/bin/sh", "-c")
COUNTED = frozenset({"WORKDIR", "COPY", "ADD", "RUN"})
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=$][A-Za-z0-9_./:@%+,={}$-]*")
_PIECE = 4096  # characters: at most 6 bytes each, so far below the parser's longest line


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
    blocks = [HEADER, *(f"ARG {name}" for name in _arguments_of_bases(spec)), ""]
    stages: list[order.Stage] = []
    for index, node in enumerate(graph.nodes(spec)):
        placed: list[order.Instruction] = []
        for instruction in _stage(node, f"spec.stages[{index}]"):
            line = 1 + sum(block.count("\n") + 1 for block in blocks)
            blocks.append(instruction.text)
            placed.append(
                order.Instruction(line, instruction.path, instruction.step, instruction.counted)
            )
        blocks.append("")
        stages.append(order.Stage(node.stage.name, tuple(placed)))
    return Rendered("\n".join(blocks), tuple(stages))


def _arguments_of_bases(spec: ImageBuildSpec) -> list[str]:
    """Arguments that some ``from`` names: FROM sees only those declared before the first stage."""
    used = {n for stage in spec.stages for n in variables.names(variables.parse(stage.from_))}
    return [arg.name for arg in spec.args if arg.name in used]


def _stage(node: graph.Node, path: str) -> Iterator[Instruction]:
    stage = node.stage
    yield Instruction(f"FROM {stage.from_} AS {stage.name}", f"{path}.from", counted=node.pulls)
    yield from _state(stage, path, step=None)
    for index, step in enumerate(stage.steps):
        yield from _step(step, f"{path}.steps[{index}]", index)
    yield from _image(stage, path)


def _state(source: Stage | Step, path: str, *, step: int | None) -> Iterator[Instruction]:
    """What holds from here on: the same fields in a stage, before its steps, and in a step."""
    lines = [(f"ARG {name}", f"args[{i}]") for i, name in enumerate(source.args or ())]
    lines += [(_env(env), f"env[{i}]") for i, env in enumerate(source.env or ())]
    if source.workdir is not None:
        lines.append((f"WORKDIR {_word(source.workdir)}", "workdir"))
    if source.user is not None:
        lines.append((f"USER {_word(str(source.user))}", "user"))
    for text, field in lines:
        place = path if step is not None else f"{path}.{field}"
        yield Instruction(text, place, step, text.partition(" ")[0] in COUNTED)


def _step(step: Step, path: str, index: int) -> Iterator[Instruction]:
    if step.run is not None:
        yield Instruction(_run(step.run), path, index, counted=True)
    if step.copy_ is not None:
        yield Instruction(_copy(step), path, index, counted=True)
    yield from _state(step, path, step=index)


def _image(stage: Stage, path: str) -> Iterator[Instruction]:
    """What the image says of itself; last, so that a change of it runs no step again."""
    for name in sorted(stage.labels):
        text = f"LABEL {name}={_word(stage.labels[name])}"
        yield Instruction(text, f"{path}.labels.{name}")
    if stage.expose:
        yield Instruction(f"EXPOSE {' '.join(map(str, stage.expose))}", f"{path}.expose")
    if stage.entrypoint is not None:
        yield Instruction(f"ENTRYPOINT {_json(stage.entrypoint)}", f"{path}.entrypoint")
    if stage.cmd is not None:
        yield Instruction(f"CMD {_json(stage.cmd)}", f"{path}.cmd")


def _run(script: str) -> str:
    return "RUN " + _json([*SHELL, "set -e\n" + script])


def _copy(step: Step) -> str:
    flags = [
        f"--{flag}={value}"
        for flag, value in (("from", step.from_), ("chown", step.chown), ("chmod", step.chmod))
        if value is not None
    ]
    words = [_unquoted(variables.parse(text)) for text in (*(step.copy_ or ()), step.to or "")]
    return " ".join(["COPY", *flags, _json(words)])


def _env(env: Env) -> str:
    # One ENV each: within one instruction a value would not see those before it.
    return f"ENV {env.name}={_word(env.value)}"


def _word(text: str) -> str:
    """One word of an instruction that is split at blanks and then expanded."""
    parts = variables.parse(text)
    if _PLAIN.fullmatch(text):
        return text
    return f'"{"".join(_escaped(p, quoted=True) for p in parts)}"'


def _unquoted(parts: Sequence[variables.Part]) -> str:
    return "".join(_escaped(part, quoted=False) for part in parts)


def _escaped(part: variables.Part, *, quoted: bool) -> str:
    r"""A part as the expansion reads it back; in double quotes only ``"``, ``\`` and ``$`` count.

    In a word that becomes a path ``<`` counts too, since two name a heredoc, and a byte order
    mark, which would be dropped at the start.
    """
    if isinstance(part, str):
        return re.sub(r'["$\\]' if quoted else r"""["'$\\<}\ufeff]""", r"\\\g<0>", part)
    if not part.operator:
        return f"${{{part.name}}}"
    return f"${{{part.name}{part.operator}{_unquoted(part.word)}}}"


def _json(words: Iterable[str]) -> str:
    return f"[{', '.join(_json_string(word) for word in words)}]"


def _json_string(text: str) -> str:
    """A JSON string, continued on a further line where it is long.

    The parser joins continued lines before it reads the JSON. It drops a continued line that
    looks like a comment or is blank, and does not take two backslashes for a continuation, so
    each piece begins and ends with a character that can be none of these.
    """
    pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)] or [""]
    encoded = [json.dumps(piece, ensure_ascii=False)[1:-1] for piece in pieces]
    for index in range(1, len(pieces)):
        encoded[index - 1] = re.sub(r"\\\\\Z", r"\\u005c", encoded[index - 1])
        first = pieces[index][0]
        if not first.isalnum():
            tail = json.dumps(pieces[index][1:], ensure_ascii=False)[1:-1]
            encoded[index] = _code_units(first) + tail
    return '"' + "\\\n".join(encoded) + '"'


def _code_units(character: str) -> str:
    r"""A character as JSON's ``\uXXXX``, twice where UTF-16 needs two."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
