"""The rules of ``lint`` on any stage, whether its image is published or not."""

from collections.abc import Iterator

from imagebuild.worker.dockerfile.parsed import SCRATCH
from imagebuild.worker.lint import toolchains
from imagebuild.worker.lint.shellscript import Command
from imagebuild.worker.lint.subject import Spot, Subject, brief

_PIPES = ("|", "|&")


def unnamed_stages(subject: Subject) -> Iterator[Spot]:
    """Stages without a name, where there are several."""
    for index, stage in enumerate(subject.stages if len(subject.stages) > 1 else ()):
        if not stage.named:
            yield Spot(
                index,
                stage.line,
                f"name this stage (AS NAME): status calls it {stage.name}, and what copies from"
                " it by number breaks when a stage is put before it",
            )


def latest_bases(subject: Subject) -> Iterator[Spot]:
    """Images without a version: bases, and what is copied or mounted from."""
    names = {stage.name for stage in subject.stages if stage.named}
    for index, stage in enumerate(subject.stages):
        images = [] if stage.parents else [(stage.line, stage.base)]
        images += [(i.line, image) for i in stage.instructions for image in i.origins()]
        for line, image in images:
            # BuildKit takes a context of a name for the image of that name, latest or untagged.
            if (
                image.removesuffix(":latest") in subject.contexts
                or image.lower() in names
                or image.isdigit()
            ):
                continue
            if image not in ("", SCRATCH) and not toolchains.is_pinned(image):
                yield Spot(
                    index,
                    line,
                    f"name a version or a digest of {brief(image)}: without one, or with latest,"
                    " the same build makes another image some day",
                )


def pipes(subject: Subject) -> Iterator[Spot]:
    """Pipes whose first part can fail without a word."""
    for index in range(len(subject.stages)):
        for run in subject.runs(index):
            if not run.pipefail and (command := _first_hidden(run.commands)):
                yield Spot(
                    index,
                    run.instruction.line,
                    f"the pipe hides a failure of {brief(command.program)}, and the step goes on:"
                    " set -o pipefail first where the shell knows it, or write to a file",
                )


def _first_hidden(commands: tuple[Command, ...]) -> Command | None:
    for position, command in enumerate(commands):
        if command.program == "set" and "pipefail" in command.arguments:
            return None
        if command.tested or _is_asked(commands, position):
            continue
        if not toolchains.is_test(command) and (hidden := _first_hidden(command.inner)):
            return hidden
        if command.after in _PIPES and command.program and not toolchains.is_harmless(command):
            return command
    return None


def _is_asked(commands: tuple[Command, ...], position: int) -> bool:
    """Whether the pipeline is asked for its result, or its failure is said to be none.

    ``! ...`` is that, and ``... || true``; so is ``... | grep -q x``, which finds nothing if what
    comes before it fails, and with pipefail could fail after it has found something.
    """
    first, last = position, position
    while first and commands[first].before in _PIPES:
        first -= 1
    while last + 1 < len(commands) and commands[last].after in _PIPES:
        last += 1
    if commands[first].words[0] == "!" or (first < last and toolchains.is_test(commands[last])):
        return True
    following = commands[last + 1].program if last + 1 < len(commands) else ""
    return commands[last].after == "||" and following in ("true", ":")


def cache_mounts(subject: Subject) -> Iterator[Spot]:
    """Cache mounts: nothing keeps them from one build to the next."""
    for index in range(len(subject.stages)):
        for run in subject.runs(index):
            if run.mounted("cache"):
                yield Spot(
                    index,
                    run.instruction.line,
                    "this cache begins empty in every build, since nothing keeps it: it keeps"
                    " files out of the layer, but saves no time",
                )
