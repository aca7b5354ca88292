"""A Dockerfile, a user's or a rendered one: its stages, and what is asked of them.

Source: BuildKit's frontend/dockerfile/dockerfile2llb.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from imagebuild.contract import order
from imagebuild.worker.contexts import beneath, refusal
from imagebuild.worker.dockerfile.parsed import Dockerfile, Instruction, Stage
from imagebuild.worker.dockerfile.reader import read

__all__ = [
    "Dockerfile",
    "Instruction",
    "Stage",
    "needed",
    "needed_stages",
    "order_stages",
    "read",
    "read_file",
]

# No Dockerfile is longer; a longer file is another.
_MAX_BYTES = 1024 * 1024

_COUNTED = frozenset({"WORKDIR", "COPY", "ADD", "RUN"})


def read_file(context: Path, path: str) -> str:
    """The text of a Dockerfile in a context; raises FailedError where there is none to read.

    The context is foreign: its links may lead out of it, or to what never ends. Bytes that are no
    UTF-8, which BuildKit takes in comments only, become U+FFFD.
    """
    try:
        data = beneath.read(context, path, limit=_MAX_BYTES)
    except beneath.TooLargeError:
        raise refusal.of("TooLarge", f"{path} has more than {_MAX_BYTES} bytes") from None
    except (OSError, ValueError, RuntimeError):
        raise refusal.of("DockerfileNotFound", f"the context has no plain file {path}") from None
    return data.decode("utf-8", "replace")


def order_stages(dockerfile: Dockerfile, *, path: str = "") -> tuple[order.Stage, ...]:
    """The stages as an order has them, ``path`` being the spec path of the whole file."""
    return tuple(
        order.Stage(stage.name, tuple(_order_instructions(stage, path)))
        for stage in dockerfile.stages
    )


def needed(dockerfile: Dockerfile, targets: Sequence[str | None]) -> frozenset[str]:
    """The names of the stages that these targets (None: the last stage) are built from or with."""
    return frozenset(stage.name for stage in needed_stages(dockerfile, targets))


def needed_stages(dockerfile: Dockerfile, targets: Sequence[str | None]) -> tuple[Stage, ...]:
    """These stages themselves, in their order: of two with one name perhaps one alone is needed."""
    stages = dockerfile.stages
    names = _by_name(stages)
    found: set[int] = set()
    ahead = [
        len(stages) - 1 if target is None else names.get(target.lower(), -1) for target in targets
    ]
    while ahead:
        index = ahead.pop()
        if index not in range(len(stages)) or index in found:
            continue
        found.add(index)
        ahead += stages[index].parents
        ahead += _sources(stages[index], names)
    return tuple(stages[index] for index in sorted(found))


def _by_name(stages: Sequence[Stage]) -> Mapping[str, int]:
    """What a name stands for: of several stages of one name the last."""
    return {stage.name: index for index, stage in enumerate(stages) if stage.named}


def _sources(stage: Stage, names: Mapping[str, int]) -> Iterator[int]:
    for instruction in (*stage.inherited, *stage.instructions):
        if instruction.name == "COPY":
            for source in instruction.values("from"):
                # Only COPY takes a stage's index; it is found before any name, which has a letter.
                is_index = re.fullmatch(r"[0-9]{1,6}", source)
                yield int(source) if is_index else names.get(source.lower(), -1)
        elif instruction.name == "RUN":
            for mount in instruction.mounts():
                yield names.get(mount.get("from", "").lower(), -1)


def _order_instructions(stage: Stage, path: str) -> Iterator[order.Instruction]:
    yield order.Instruction(stage.line, path, counted=stage.pulls)
    # BuildKit counts every trigger but gives numbers to those alone that are steps, and places
    # them at FROM: what has no number comes last, so that an index finds its instruction.
    trigger = order.Instruction(stage.line, path, counted=True)
    numbered = sum(i.name in _COUNTED for i in stage.inherited)
    yield from [trigger] * numbered
    own = [(i.line, i.name in _COUNTED) for i in stage.instructions]
    for line, counted in sorted(own + [(i.line, False) for i in stage.triggers]):
        yield order.Instruction(line, path, counted=counted)
    yield from [trigger] * (len(stage.inherited) - numbered)
