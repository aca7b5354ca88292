"""An instruction as who wrote the step knows it, where BuildKit shows what was rendered of it."""

import shlex

from imagebuild.worker.solve import descriptions

# What a script of the spec begins with that the spec does not say.
_STOPS = "set -e\n"


def readable(instruction: str) -> str:
    """The instruction with the script in place of the words that run it, and FROM by its tag."""
    if instruction.startswith("FROM "):
        # Half a digest would tell nothing, and the bases have it whole.
        return instruction.partition("@")[0]
    command = descriptions.COMMAND.fullmatch(instruction)
    argv = descriptions.argv(command["text"]) if command else []
    if not argv:
        return instruction
    *shell, script = argv
    if len(shell) > 1 and shell[-1].endswith("c"):
        return f"RUN {script.removeprefix(_STOPS).lstrip()}"
    return f"RUN {shlex.join(argv)}"
