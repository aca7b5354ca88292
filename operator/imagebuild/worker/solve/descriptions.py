"""How BuildKit describes on its disk what a step made."""

import json
import re

from imagebuild.worker.solve import trace

PULLED = "pulled from "
IMPORTED = "imported "
_RUN = "mount / from exec "
_LINK = "LINK "

_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\w+")
COMMAND = re.compile(r"RUN (?:--\S+ +)*(?P<text>.*)", re.DOTALL)
# As in: RUN <<END (its first line...)
_HEREDOC = re.compile(r"<<-?\S+ \((?P<line>.*?)(?:\.\.\.)?\)", re.DOTALL)
_CONTEXT = re.compile(r"\[context (?P<name>\S+)\] load from client")


def instruction(name: str) -> str:
    """What a vertex, or a record with a vertex's name, says without its place."""
    step = trace.step_of(name)
    return step.instruction.removeprefix("ONBUILD ") if step is not None else name


def linked(name: str) -> str | None:
    """The instruction whose files a vertex only lays upon others; None for any other vertex."""
    said = instruction(name)
    return said.removeprefix(_LINK) if said.startswith(_LINK) else None


def of_context(name: str) -> str | None:
    """The description of what this vertex brought from the client; None for any other vertex."""
    match = _CONTEXT.fullmatch(name)
    return f"local source for context-{match['name']}" if match else None


def describes(description: str, said: str) -> bool:
    """Whether a record of this description can be what an instruction made."""
    if description.startswith(_RUN):
        return _runs(description.removeprefix(_RUN), said)
    return instruction(description) == said


def _runs(arguments: str, said: str) -> bool:
    """Whether a RUN has these arguments: they still have the variables that it shows filled in."""
    command = COMMAND.fullmatch(said)
    if command is None:
        return False
    text = command["text"]
    if heredoc := _HEREDOC.fullmatch(text):
        script = arguments.partition(" -c ")[2].strip()
        return _filled(script.partition("\n")[0], heredoc["line"])
    if words := argv(text):
        return _filled(arguments, " ".join(words))
    return _filled(arguments.partition(" -c ")[2], text)


def argv(text: str) -> list[str]:
    """The words of a RUN in the form of JSON; none of one in another, as a script may be."""
    try:
        words = json.loads(text)
    except ValueError:
        return []
    return words if isinstance(words, list) and all(isinstance(w, str) for w in words) else []


def _filled(pattern: str, text: str) -> bool:
    """Whether a text with variables, each of which may be anything, is this one.

    Without a regular expression: a hostile pattern must not cost more than a long one.
    """
    first, *others = (" ".join(piece.split()) for piece in _VARIABLE.split(pattern))
    text = " ".join(text.split())
    if not others:
        return text == first
    *between, last = others
    if not (text.startswith(first) and text.endswith(last)):
        return False
    reached = len(first)
    for piece in between:
        at = text.find(piece, reached)
        if at < 0:
            return False
        reached = at + len(piece)
    return reached <= len(text) - len(last)
