"""Names of stages: those of the Dockerfile where an ImageBuild takes them, else new ones.

Source: BuildKit's frontend/dockerfile/instructions, parseBuildStageName, and dockerfile2llb,
dispatchStates
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.api import references
from imagebuild.api.rules.rule import matches
from imagebuild.cli.conversion.problems import CannotConvertError, Remark

FINAL = "final"
_OWN = re.compile(r"[a-z][a-z0-9_.-]*")
_LONGEST = 63


@dataclass(frozen=True, slots=True)
class Name:
    """What a stage is called in the ImageBuild, and why other than in the file ("" if it is not).

    ``own``: its name in the Dockerfile, in lower case; "" where it has none.
    """

    own: str
    name: str
    why: str = ""

    def notes(self, line: int) -> Iterator[Remark]:
        """What is worth knowing of it; ``line``: where the stage begins."""
        if self.why:
            yield Remark(line, f"{self.why}, so this one is named {self.name}")


def names(heads: Sequence[DockerfileInstruction]) -> tuple[Name, ...]:
    """A name for each stage, none twice; ``heads``: the FROM of each.

    Of several stages of one name the last keeps it, as COPY and targets mean that one.

    Raises CannotConvertError for what is no FROM.
    """
    own = [_own_name(head) for head in heads]
    taken = {*own, *(head.args[0] for head in heads)}
    found = []
    for index, name in enumerate(own):
        if name in own[index + 1 :] and name:
            new, why = _free(f"{name}-{index}", taken), f"a later stage is {name} too"
        elif not name:
            is_last = index == len(own) - 1
            new, why = _free(FINAL if is_last else f"stage-{index}", taken), ""
        elif _is_name(name):
            new, why = name, ""
        else:
            new, why = _free(name, taken), f"BuildKit takes no stage called {name}"
        taken.add(new)
        found.append(Name(name, new, why))
    return tuple(found)


def _own_name(head: DockerfileInstruction) -> str:
    match head.args:
        case [_]:
            return ""
        case [_, word, name] if word.lower() == "as" and _OWN.fullmatch(name.lower()):
            return name.lower()
        case _:
            text = "this is no FROM of an image, perhaps AS a name"
            raise CannotConvertError((Remark(head.start_line, text),))


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST and matches(f"^{references.STAGE}$", text)


def _free(wanted: str, taken: set[str]) -> str:
    """A name that nothing has, as near to this one as an ImageBuild takes it."""
    return next(name for name in _near(wanted) if name not in taken)


def _near(wanted: str) -> Iterator[str]:
    name = re.sub(r"[._-]+", "-", wanted)[: _LONGEST - len("-image")].strip("-")
    while True:
        yield name
        name += "-image"
