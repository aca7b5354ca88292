"""The commands of a shell script, as far as advice on it needs them.

No shell: nothing is expanded, and what stands in quotes is a word, of which only substitutions in
double quotes are read. A script that is read wrongly costs a piece of advice and nothing else.

Source: POSIX.1-2024, Shell Command Language, 2.3 Token Recognition and 2.10 Shell Grammar.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "busybox"})

_TESTS = frozenset({"if", "elif", "while", "until"})
_TESTED = frozenset({"then", "do"})
# What may stand before the program that a command runs.
_BEFORE_PROGRAM = _TESTS | _TESTED | {"else", "!", "{", "time", "sudo", "exec", "env", "command"}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")

# Pieces are bounded or never tried twice, so that no script takes longer than its length says.
_SUBSTITUTION = r"""
    \$\((?!\()
    (?: [^()"'\\] | \\. | "[^"]{0,200}" | '[^']{0,200}' | \([^()"']{0,200}\) ){0,1000}+
    \)
"""
_TOKEN = re.compile(
    r"""
      (?P<heredoc> (?<!<) << (?P<chomp>-?) (?!<) [ \t]* ["'\\]? (?P<end>[\w.-]+) ["']? )
    | (?P<gap> [^\S\n]+ | \\\n | (?<![^\s;|&()]) \#[^\n]* )
    | (?P<operator> \|\| | && | ;;& | ;; | ;& | \|& | &(?!>) | [|;()\n] )
    | (?P<word> (?: \\. | '[^']*' | "(?:\\.|"""
    + _SUBSTITUTION
    + r"""|[^"\\])*+"
                  | \$\(\(.{0,200}?\)\) | \$\{[^}\n]{0,200}\}
                  | [<>]+[&|]? | &> | [^\s\\'"|&;()<>] )+
                | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(
    r"""\\. | '[^']*' | "(?P<text> (?: \\. | """ + _SUBSTITUTION + r""" | [^"\\] )*+ )" """,
    re.VERBOSE | re.DOTALL,
)
_IN_QUOTED = re.compile(rf"\\. | (?P<substitution> {_SUBSTITUTION} )", re.VERBOSE | re.DOTALL)
_QUOTING = re.compile(r"\\(.)|['\"]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words without quotes, and the operators around it ("" at the ends).

    ``program`` is the name of what it runs, without directory, and ``arguments`` are what that is
    given. ``tested``: it is part of the condition of ``if``, ``while`` or ``until``. ``inner`` are
    the commands of substitutions in its words' double quotes.
    """

    words: tuple[str, ...]
    program: str
    arguments: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    tested: bool = False
    inner: tuple["Command", ...] = ()

    @classmethod
    def of(cls, words: Sequence[str]) -> "Command":
        """The command of these words."""
        first = 0
        while first < len(words) and _is_before_program(words[first]):
            first += 1
        program = words[first].rpartition("/")[2] if first < len(words) else ""
        return cls(tuple(words), program, tuple(words[first + 1 :]))


def _is_before_program(word: str) -> bool:
    return word in _BEFORE_PROGRAM or bool(_ASSIGNMENT.match(word))


def is_shell(program: str) -> bool:
    """Whether a program, with or without its directory, reads scripts of this language."""
    return program.rpartition("/")[2] in _SHELLS


def commands(script: str) -> tuple[Command, ...]:
    """The commands in their order, those of substitutions outside of quotes among them."""
    return _Reader(script).read()


def _inner(word: str) -> tuple[Command, ...]:
    """The commands of the substitutions in a word's double quotes."""
    texts = (match["text"] for match in _QUOTED.finditer(word) if match["text"])
    found = (match["substitution"] for text in texts for match in _IN_QUOTED.finditer(text))
    return tuple(command for script in found if script for command in commands(script[2:-1]))


class _Reader:
    def __init__(self, script: str) -> None:
        self._script = script
        self._found: list[Command] = []
        self._words: list[str] = []
        self._inner: list[Command] = []
        self._before = ""
        self._tested = False
        self._heredocs: list[tuple[str, bool]] = []
        self._cases = 0
        self._pattern = False

    def read(self) -> tuple[Command, ...]:
        position = 0
        while token := _TOKEN.match(self._script, position):
            position = token.end()
            if token["heredoc"]:
                self._heredocs.append((token["end"], bool(token["chomp"])))
            elif token["word"]:
                self._inner += _inner(token["word"])
                self._take_word(_QUOTING.sub(r"\1", token["word"]))
            elif token["operator"]:
                self._take_operator(token["operator"])
                if token["operator"] == "\n":
                    position = self._after_heredocs(position)
        self._end("")
        return tuple(self._found)

    def _take_word(self, word: str) -> None:
        if self._pattern:
            if word == "esac":
                self._leave_case()
            return
        if word == "esac" and not self._words and self._cases:
            self._leave_case()
        elif word == "in" and "case" in self._words[-2:-1]:
            self._words = []
            self._cases += 1
            self._pattern = True
        else:
            self._words.append(word)

    def _leave_case(self) -> None:
        self._cases -= 1
        self._pattern = False

    def _take_operator(self, operator: str) -> None:
        if self._pattern:
            self._pattern = operator != ")"
        elif "[[" in self._words and "]]" not in self._words:
            self._words.append(operator)
        elif operator == "\n" and not self._words:
            pass  # a line may end after an operator
        else:
            self._end(operator)
            self._pattern = operator in (";;", ";&", ";;&")

    def _end(self, operator: str) -> None:
        if self._words:
            first = self._words[0]
            if first in _TESTS or first in _TESTED:
                self._tested = first in _TESTS
            command = replace(
                Command.of(self._words),
                before=self._before,
                after=operator,
                tested=self._tested,
                inner=tuple(self._inner),
            )
            self._found.append(command)
            self._inner = []
        elif self._found and self._before == ")":
            # `$(a) | b`: what the substitution belongs to is what the operator follows.
            self._found[-1] = replace(self._found[-1], after=operator)
        self._words = []
        self._before = operator

    def _after_heredocs(self, position: int) -> int:
        """Where the script goes on after the documents that the line before began."""
        for end, chomp in self._heredocs:
            tabs = r"\t*" if chomp else ""
            closed = re.compile(rf"^{tabs}{re.escape(end)}(?:\n|\Z)", re.MULTILINE)
            match = closed.search(self._script, position)
            position = match.end() if match else len(self._script)
        self._heredocs = []
        return position
