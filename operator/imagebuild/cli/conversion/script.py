r"""Scripts of RUN: where their lines may stay lines, and whether ``set -e`` changes them.

Docker joins continued lines before the shell sees them. A ``\`` at the end of a line does the same
in a shell, but within single quotes and comments. And Docker's shell goes on after a command that
failed, where ours stops. Both are judged here from the words and operators of a script; what
cannot be told is taken for the worse.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from imagebuild.core.dockerfile import instructions

_TOKEN = re.compile(
    r"""
      (?P<escaped> \\. )
    | (?P<doubtful> \$' | \$" )
    | (?P<single> '[^']*' )
    | (?P<double> "(?:\\.|[^"\\])*" )
    | (?P<comment> (?<![^\s;&|()])\#[^\n]* )
    | (?P<harmless> && | \|\| | \|& | [<>]& | &>>? )
    | (?P<ends> [;&\n] )
    | (?P<open> ['"] )
    | (?P<other> [^\\'"\#&|<>;\n$]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_SUBSTITUTION = re.compile(r"\$\(|`")
# Commands that run more than themselves in the same shell.
_RUNS_MORE = r"(?:\.|source|eval)\s"
_SUBSTITUTES_MORE = re.compile(rf"(?:\$\(|`)\s*{_RUNS_MORE}")
_LAST_RUNS_MORE = re.compile(rf"(?:^|[(|!]|\bcommand\b)\s*(?:\w+=\S*\s+)*{_RUNS_MORE}")
_SETS = re.compile(r"\s*set\s+(?P<options>[^;&|\n]*?)\s*(?:;|&&|\n|$)")
_SETS_E = re.compile(r"(?:^|\s)(?:[-+][a-zA-Z]*e[a-zA-Z]*|[-+][a-zA-Z]*o\s+errexit)(?=\s|$)")


def lines(script: str, breaks: Collection[int], *, indent: int = 0) -> str:
    r"""The script with a ``\`` and a new line at those of the offsets where it may stand.

    ``indent``: so many blanks that all lines begin with are left out, where no quote holds them.
    """
    written, last = "", 0
    for offset, quoted in sorted(_safe(script, breaks)):
        written += script[last:offset] + "\\\n"
        blanks = re.compile(r"[ \t]*").match(script, offset)
        width = len(blanks.group()) if blanks else 0
        # What is joined must stay two words.
        least = 0 if quoted or script[offset - 1].isspace() else 1
        last = offset + (0 if quoted else max(0, min(indent, width - least)))
    return written + script[last:]


def stops_earlier(script: str, *, shell: Sequence[str]) -> bool:
    """Whether ``set -e`` before it may change what it does, where that is put before it.

    One command, and several joined by && and ||, end with the status they have anyway.
    """
    if not is_posix(shell) or _SETS_E.search(" ".join(shell[1:])):
        return False
    first = _SETS.match(script)
    if first and _SETS_E.search(first["options"]):
        return False
    return _has_several(script.rstrip("; \t\n")) or _SUBSTITUTES_MORE.search(script) is not None


def is_posix(shell: Sequence[str]) -> bool:
    """Whether its program is a shell that knows ``set -e``, by its name."""
    return shell[0].rpartition("/")[2] in instructions.POSIX


def _has_several(script: str) -> bool:
    last = 0
    for kind, start, text in _tokens(script):
        if kind in ("ends", "open", "doubtful"):
            return True
        if kind == "double" and _SUBSTITUTION.search(text) and _has_several(text[1:-1]):
            return True
        if text in ("&&", "||"):
            last = start + len(text)
    return _LAST_RUNS_MORE.search(script[last:].lstrip() + " ") is not None


def _safe(script: str, breaks: Collection[int]) -> Iterator[tuple[int, bool]]:
    """The offsets, and whether double quotes are open there."""
    for kind, start, text in _tokens(script):
        substitutes = kind == "double" and _SUBSTITUTION.search(text)
        if kind in ("open", "doubtful", "comment") or (substitutes and not _is_whole(text)):
            return
        quoted = kind in ("single", "escaped") or (substitutes and "'" in text)
        end = start + (1 if quoted else len(text))
        for offset in breaks:
            if max(start, 1) <= offset < end:
                yield offset, kind == "double" and offset > start


def _is_whole(text: str) -> bool:
    """Whether a quoted text with substitutions ends where it seems to: none is open at its end."""
    return text.count("(") == text.count(")") and text.count("`") % 2 == 0


def _tokens(script: str) -> Iterator[tuple[str, int, str]]:
    for match in _TOKEN.finditer(script):
        yield match.lastgroup or "other", match.start(), match.group()
