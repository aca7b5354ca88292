"""What a user's Dockerfile calls its stages: only to show them in its order.

BuildKit names a stage with each step but neither tells their order nor names an only stage. A
line of a heredoc that looks like FROM gives a name too many, which BuildKit then never says.
"""

import re
from pathlib import Path

# A longer one is not worth the memory only to show its stages in order.
_MAX_BYTES = 1024 * 1024

_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S+(?:[ \t]+AS[ \t]+(?P<name>\S+))?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def stage_names(text: str) -> tuple[str, ...]:
    """The stages' names as BuildKit says them: in lower case, ``stage-N`` for one without."""
    names = (match["name"] for match in _FROM.finditer(text.replace("\r\n", "\n")))
    return tuple(name.lower() if name else f"stage-{index}" for index, name in enumerate(names))


def stage_names_in(context: Path, path: str) -> tuple[str, ...]:
    """Those of a file in a context; none where it can't be read, for BuildKit to refuse it.

    The context is foreign: its links may lead out of it, or to what never ends.
    """
    try:
        file = (context / path).resolve(strict=True)
        if not file.is_relative_to(context.resolve()) or not file.is_file():
            return ()
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
        return stage_names(data.decode()) if len(data) <= _MAX_BYTES else ()
    except (OSError, ValueError, RuntimeError):  # before Python 3.13 a loop of links is the last
        return ()
