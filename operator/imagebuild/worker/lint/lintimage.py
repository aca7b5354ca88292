"""The rules of ``lint`` on what a published image holds.

They look at the layers of the published stage and of the stages it is built from, and stay silent
where a file can't tell.
"""

from collections.abc import Iterator

from imagebuild.worker.dockerfile.parsed import SCRATCH, Instruction
from imagebuild.worker.lint import toolchains
from imagebuild.worker.lint.subject import Run, Spot, Subject, brief

# So many RUN in one published image are no fault yet.
_FEW_RUNS = 5

_WHOLE = frozenset({".", "./", "/", "*", "./*"})

_MEND = "end the published stage with USER, best a number such as 65532, which needs no /etc/passwd"


def compilers(subject: Subject) -> Iterator[Spot]:
    """Compilers in published layers: installed there, or brought by the base."""
    for index in subject.shipped():
        stage = subject.stages[index]
        if not stage.parents and toolchains.is_builder_image(stage.base):
            yield Spot(
                index,
                stage.line,
                f"the published image is built on {brief(stage.base)}, compiler and all: build in"
                " this stage, and copy the result into another with a smaller base",
            )
        for run in subject.runs(index):
            if packages := toolchains.compilers_installed(run.commands):
                stay = "stays" if len(packages) == 1 else "stay"
                yield Spot(
                    index,
                    run.instruction.line,
                    f"{brief(', '.join(packages))} {stay} in the published image: install what only"
                    " the build needs in a stage of its own, and copy its result",
                )


def package_caches(subject: Subject) -> Iterator[Spot]:
    """Package lists and downloads in published layers."""
    for index in subject.shipped():
        for run in subject.runs(index):
            for manager in _filled(run):
                if not (manager.environment and manager.environment & _set(subject, index)):
                    yield Spot(
                        index,
                        run.instruction.line,
                        "package lists or downloads stay in this layer of the published image,"
                        f" where a later RUN can't remove them: {manager.mend}",
                    )


def _set(subject: Subject, index: int) -> set[str]:
    """The names of variables that are set somewhere in a stage or in what it is built from."""
    return {
        word.partition("=")[0]
        for member in subject.chain(index)
        for instruction in subject.instructions(member)
        if instruction.name in ("ENV", "ARG")
        for word in instruction.words
    }


def _filled(run: Run) -> Iterator[toolchains.Manager]:
    mounted = tuple(target.rstrip("/") for target in run.mounted("cache", "tmpfs"))
    for command in run.commands:
        manager = toolchains.manager_of(command)
        if (
            manager
            and toolchains.fills_cache(manager, command)
            and not manager.cleans.search(run.script)
            and not any(target.endswith(manager.directories) for target in mounted)
        ):
            yield manager


def sources(subject: Subject) -> Iterator[Spot]:
    """The whole context of a compiled program in published layers."""
    project = any(
        toolchains.builds_project(command)
        for index in range(len(subject.stages))
        for run in subject.runs(index)
        for command in run.commands
    )
    for index in subject.shipped():
        base = subject.root(index).base
        if toolchains.is_interpreter_image(base):
            continue
        if project or toolchains.is_builder_image(base) or _compiles(subject, index):
            for instruction in subject.instructions(index):
                if _copies_all(instruction, subject):
                    yield Spot(
                        index,
                        instruction.line,
                        "the whole source gets into the published image: copy it into the stage"
                        " that compiles, and only what was built into this one",
                    )


def _compiles(subject: Subject, index: int) -> bool:
    return any(
        toolchains.compiles(command)
        for member in subject.chain(index)
        for run in subject.runs(member)
        for command in run.commands
    )


def _copies_all(instruction: Instruction, subject: Subject) -> bool:
    if instruction.name not in ("COPY", "ADD") or instruction.values("exclude"):
        return False
    of_context = subject.contexts.issuperset(instruction.values("from"))
    return of_context and not _WHOLE.isdisjoint(instruction.words[:-1])


def many_layers(subject: Subject) -> Iterator[Spot]:
    """More RUN in a published image than read as layers of their own."""
    for index in subject.published:
        stage = subject.stages[index]
        chain = reversed(subject.chain(index))
        runs = [i for member in chain for i in subject.instructions(member) if i.name == "RUN"]
        if len(runs) > _FEW_RUNS:
            sixth = runs[_FEW_RUNS]
            yield Spot(
                index,
                # Only the stage itself: one that it is built from may be right for another image.
                sixth.line if sixth in stage.instructions else stage.line,
                f"each of {len(runs)} RUN is a layer of the published image: put what belongs"
                " together into one, or do it in a stage that this one only copies from",
            )


def root_users(subject: Subject) -> Iterator[Spot]:
    """Published images that run as root, as far as the file tells."""
    for index in subject.published:
        chain = subject.chain(index)
        users = [i for member in reversed(chain) for i in subject.instructions(member)]
        users = [i for i in users if i.name == "USER" and i.words]
        if users:
            user = users[-1].words[0].strip("\"'").partition(":")[0]
            if user in ("root", "0"):
                line = max(users[-1].line, subject.stages[index].line)
                yield Spot(index, line, f"the image runs as root: {_MEND}")
        elif not toolchains.is_unprivileged_image(subject.root(index).base):
            scratch = subject.root(index).base == SCRATCH
            unless = "" if scratch else "unless the base sets one, "
            line = subject.stages[index].line
            yield Spot(index, line, f"no USER is set: {unless}the image runs as root: {_MEND}")
