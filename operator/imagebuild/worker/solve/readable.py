"""An instruction as who wrote the step knows it, where BuildKit shows what was rendered of it."""

import json
import re
import shlex

_RUN = re.compile(r"RUN (?:--\S+ +)*(?P<argv>\[.*\])", re.DOTALL)
# What a script of the spec begins with that the spec does not say.
_STOPS = "set -e\n"


def readable(instruction: str) -> str:
    """The instruction with the script in place of the words that run it, and FROM by its tag."""
    if instruction.startswith("FROM "):
        # Half a digest would tell nothing, and the bases have it whole.
        return instruction.partition("@")[0]
    match = _RUN.fullmatch(instruction)
    argv = _words(match["argv"]) if match else []
    if not argv:
        return instruction
    *shell, script = argv
    if len(shell) > 1 and shell[-1].endswith("c"):
        return f"RUN {script.removeprefix(_STOPS).lstrip()}"
    return f"RUN {shlex.join(argv)}"


def _words(text: str) -> list[str]:
    """The words of a JSON list; none where it is something else, as a script may be."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if all(isinstance(word, str) for word in found) else []
