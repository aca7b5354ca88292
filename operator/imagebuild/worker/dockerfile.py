"""What a user's Dockerfile calls its stages: only to show them in its order.

BuildKit names a stage with each step but neither tells their order nor names an only stage. A
line of a heredoc that looks like FROM gives a name too many, which BuildKit then never says.
"""

import re

_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S+(?:[ \t]+AS[ \t]+(?P<name>\S+))?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def stage_names(text: str) -> tuple[str, ...]:
    """The stages' names as BuildKit says them: in lower case, ``stage-N`` for one without."""
    names = (match["name"] for match in _FROM.finditer(text.replace("\r\n", "\n")))
    return tuple(name.lower() if name else f"stage-{index}" for index, name in enumerate(names))
