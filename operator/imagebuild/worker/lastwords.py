"""What the daemon said last, which only its own container hears, handed over to the worker.

A small file beside the daemon's socket: ``{"said": "...", "exit_code": 1}``. Build steps run in the
daemon's container: should one get at the file, it can put a short false text into the failure of
its own build, and nothing more.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from imagebuild.worker import plainfile

# How much of what the daemon said is kept.
MAX_BYTES = 2048
# JSON needs six bytes for a character at most.
_LONGEST_FILE = 6 * MAX_BYTES + 100
_LINES = 20

# What BuildKit logs of a day without trouble.
_USUAL = re.compile(r'^time="[^"]*" level=(?:info|warning|debug) ')
# rootlesskit, of a daemon whose own words stand before; and the lines of a Go stack.
_BESIDE = re.compile(r"^\[rootlesskit:\w+ *\] error: (?:command \[.*\]|child) exited|^\t|^\S+$")
_ERROR = re.compile(r"\berror: |^buildkitd: |^panic: |^fatal")
_SPEAKER = re.compile(r"^(?:\[rootlesskit:\w+ *\] (?:error|warning): |buildkitd: )")


@dataclass(frozen=True, slots=True)
class LastWords:
    """The end of what the daemon wrote to stderr; ``exit_code`` is set once it has ended."""

    said: str = ""
    exit_code: int | None = None

    @property
    def tail(self) -> str:
        """The last lines."""
        return "\n".join(self.said.splitlines()[-_LINES:])

    @property
    def complaints(self) -> tuple[str, ...]:
        """The lines that are neither information nor warnings."""
        lines = (line for line in self.said.splitlines() if line.strip())
        return tuple(line for line in lines if not _USUAL.search(line))

    @property
    def complaint(self) -> str:
        """The line that tells why it ended, empty where none does."""
        told = [line for line in self.complaints if not _BESIDE.search(line)]
        first = next((line for line in told if _ERROR.search(line)), told[-1] if told else "")
        return _SPEAKER.sub("", first)


def write(path: Path, words: LastWords) -> None:
    """Makes the file say this, whole at any moment; raises OSError."""
    plainfile.write_json(path, asdict(words))


def read(path: Path) -> LastWords:
    """What the file says; nothing where there is none, or what is there is none of ours."""
    try:
        plain = plainfile.read_json(path, longest=_LONGEST_FILE)
        said, exit_code = plain["said"], plain["exit_code"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return LastWords()
    if not isinstance(said, str) or not isinstance(exit_code, int | None):
        return LastWords()
    return LastWords("".join(c for c in said if c.isprintable() or c in "\n\t"), exit_code)
