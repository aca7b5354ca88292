"""A Dockerfile as it is written: its global arguments, and its stages with their instructions.

The package ``e2b_dockerfile_utils`` parses instructions. What stands where in the file, stages and
comments are added here. Lines that end in CRLF end in a newline here, those of heredocs too.

Source: BuildKit's frontend/dockerfile/instructions
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from e2b_dockerfile_utils import (
    DockerfileInstruction,
    DockerfileSyntaxError,
    parse_dockerfile_ast,
)

from imagebuild.cli.conversion import flags, naming
from imagebuild.cli.conversion.problems import CannotConvertError, CannotSayError, Remark
from imagebuild.worker import dockerfile

_LINE = re.compile(r"[^\n]*\n|[^\n]+$")
_DIRECTIVE = re.compile(r"#\s*(syntax|escape|check)\s*=", re.IGNORECASE)
_CRLF = re.compile(r"\r+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage; ``base`` and ``platform`` ("" where there is none) are words as they stand.

    ``index``: its place in the whole file, from 0. ``own``: its name there, in lower case; "" where
    it has none. ``notes``: what is worth knowing of how it is read.
    """

    index: int
    name: str
    own: str
    base: str
    platform: str
    line: int
    instructions: tuple[DockerfileInstruction, ...] = ()
    notes: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """``lines`` with their ends, ``escape`` the character, ``arguments`` those before a FROM."""

    lines: tuple[str, ...]
    escape: str
    arguments: tuple[DockerfileInstruction, ...]
    stages: tuple[Stage, ...]

    def comments(self, line: int) -> tuple[str, ...]:
        """The comments directly above a line, without their ``#``."""
        found: list[str] = []
        for above in reversed(self.lines[: line - 1]):
            text = above.strip()
            if not text.startswith("#") or _DIRECTIVE.match(text):
                break
            found.append(text[1:].removeprefix(" "))
        return tuple(reversed(found))

    def named(self, name: str) -> Stage | None:
        """The stage that a name means in COPY: case does not count, and the last one wins."""
        found = [stage for stage in self.stages if stage.own == name.lower()]
        return found[-1] if found else None

    def base(self, name: str, *, of: Stage) -> Stage | None:
        """The stage that a name means in the FROM of a stage: the last one before it."""
        earlier = (stage for stage in self.stages if stage.index < of.index)
        found = [stage for stage in earlier if stage.own and stage.own == name]
        return found[-1] if found else None

    def breaks(self, instruction: DockerfileInstruction) -> tuple[tuple[int, ...], int]:
        """Where in the text of a RUN lines of the file end, and how far its first is indented.

        There are none where the text is not found in these lines.
        """
        joined, ends, indent = "", list[int](), 0
        text = instruction.args[0]
        start = len(instruction.original.rstrip()) - len(text)
        for line in self._logical(instruction):
            if 0 < len(joined) <= start < len(joined + line):
                indent = start - len(joined)
            joined += line
            ends.append(len(joined))
        if joined != instruction.original or joined[start:].rstrip() != text:
            return (), 0
        return tuple(end - start for end in ends if 0 < end - start < len(text)), indent

    def _logical(self, instruction: DockerfileInstruction) -> Iterator[str]:
        """The lines of the file that make up its first one, without what continues them."""
        token = re.escape(self.escape)
        continued = re.compile(rf"(^|[^{token}]){token}[ \t]*$")
        first = True
        for raw in self.lines[instruction.start_line - 1 : instruction.end_line]:
            line = raw.rstrip("\r\n")
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            yield continued.sub(r"\1", line.lstrip() if first else line)
            if not continued.search(line):
                return
            first = False


def read(text: str, *, target: str | None, arguments: Mapping[str, str]) -> File:
    """The Dockerfile, of its stages only those that the target needs (None: all of them).

    ``arguments``: build arguments from outside, which bases may depend on.

    Raises CannotConvertError where it is none, or has no such stage.
    """
    try:
        found = parse_dockerfile_ast(text)
        needed = _needed(text, target, arguments)
    except DockerfileSyntaxError as error:
        words = str(error).partition(": ")[2]
        raise _wrong(error.line or 0, f"this is no Dockerfile: {words}") from None
    except (ValueError, RecursionError) as error:
        raise _wrong(0, f"this is no Dockerfile: {error}") from None
    heads = [index for index, i in enumerate(found.instructions) if i.name == "FROM"]
    if not heads:
        raise _wrong(0, "this is no Dockerfile: it has no FROM")
    first = tuple(found.instructions[: heads[0]])
    for instruction in first:
        if instruction.name != "ARG":
            raise _wrong(instruction.start_line, f"{instruction.name} stands before the first FROM")
    named = naming.names([found.instructions[head] for head in heads])
    stages = [
        stage
        for stage in _stages(found.instructions, heads, named)
        if needed is None or stage.line in needed
    ]
    return File(
        lines=tuple(_LINE.findall(text.removeprefix("\ufeff"))),
        escape=found.escape_token,
        arguments=first,
        stages=tuple(stages),
    )


def _wrong(line: int, text: str) -> CannotConvertError:
    return CannotConvertError((Remark(line, text),))


def _needed(text: str, target: str | None, arguments: Mapping[str, str]) -> frozenset[int] | None:
    """The lines of the stages that the target needs."""
    if target is None:
        return None
    parsed = dockerfile.read(text, arguments)
    if target.lower() not in {stage.name for stage in parsed.stages if stage.named}:
        raise _wrong(0, f"there is no stage {target}")
    names = dockerfile.needed(parsed, [target])
    return frozenset(stage.line for stage in parsed.stages if stage.name in names)


def _stages(
    found: Sequence[DockerfileInstruction], heads: Sequence[int], named: Sequence[naming.Name]
) -> Iterator[Stage]:
    ends = [*heads[1:], len(found)]
    for index, (name, start, end) in enumerate(zip(named, heads, ends, strict=True)):
        head = found[start]
        own = found[start + 1 : end]
        try:
            platform = flags.read(head, texts=("platform",)).text("platform")
        except CannotSayError as wrong:
            raise _wrong(head.start_line, str(wrong)) from None
        yield Stage(
            index=index,
            name=name.name,
            own=name.own,
            base=head.args[0],
            platform=platform or "",
            line=head.start_line,
            instructions=tuple(_without_crlf(instruction) for instruction in own),
            notes=(*name.notes(head.start_line), *(r for i in own for r in _crlf(i))),
        )


def _without_crlf(instruction: DockerfileInstruction) -> DockerfileInstruction:
    documents = [replace(d, content=_CRLF.sub("", d.content)) for d in instruction.heredocs]
    return replace(instruction, heredocs=documents)


def _crlf(instruction: DockerfileInstruction) -> Iterator[Remark]:
    if any(_CRLF.search(document.content) for document in instruction.heredocs):
        text = "the lines of its heredoc end in CRLF, which Docker keeps; here in LF"
        yield Remark(instruction.start_line, text)
