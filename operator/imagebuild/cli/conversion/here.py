"""Where an instruction stands: what its words are read with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.api import references, variables
from imagebuild.cli.conversion import scope, source, words
from imagebuild.cli.conversion.problems import CannotSayError


@dataclass(frozen=True, slots=True)
class Here:
    """The file, the stage, what variables are worth, and who is told what is worth knowing.

    ``later``: the instructions after this one.
    """

    file: source.File
    stage: source.Stage
    scope: scope.Scope
    note: Callable[[str], None]
    later: Sequence[DockerfileInstruction] = ()

    def value(self, word: str) -> str:
        """A word where an ImageBuild takes variables too."""
        return words.value(word, escape=self.file.escape)

    def static(self, word: str) -> str:
        """A word where it takes none; CannotSayError for one whose value is not known."""
        found = scope.static(word, self.scope, escape=self.file.escape)
        parts = words.parts(word, escape=self.file.escape) if "$" in word else ()
        if any(isinstance(part, variables.Variable) for part in parts):
            self.note(f"{word} is written out as {found}")
        return found

    def lasting(self, word: str) -> str:
        """A value that is read at the end of the stage; CannotSayError where it changes before."""
        names = set(variables.names(words.parts(word, escape=self.file.escape)))
        changed = names & {name for instruction in self.later for name in set_by(instruction)}
        if not changed:
            return self.value(word)
        worth = self.known(word)
        if worth is None:
            raise CannotSayError(
                f"${min(changed)} is set again after it was used here", "rename the later one"
            )
        self.note(f"{word} is written out as {worth}, since ${min(changed)} is set again later")
        return words.literal(worth)

    def known(self, word: str) -> str | None:
        """What a word is worth; None where the Dockerfile does not tell."""
        try:
            return scope.expand(word, self.scope, escape=self.file.escape)
        except scope.UnknownError:
            return None

    def from_(self, name: str, *, by_index: bool = False) -> str:
        """The stage or image that files come from."""
        if "$" in name:
            raise CannotSayError(f"{name} holds a variable, which Docker refuses", "name a stage")
        if by_index and name.isdecimal():
            found = [stage.name for stage in self.file.stages if stage.index == int(name)]
            if not found:
                raise CannotSayError(f"there is no stage {name}", "correct the number")
            return found[0]
        stage = self.file.named(name)
        if stage is None and name.isdecimal():
            self.note(
                f"to BuildKit a mount from {name} is one of the image {tagged(name)}: only "
                "COPY counts stages; to mount one, name it"
            )
        return stage.name if stage else tagged(name)


def tagged(image: str) -> str:
    """An image with the tag that Docker adds where there is none."""
    return image if references.has_tag_or_digest(image) else f"{image}:latest"


def pairs(instruction: DockerfileInstruction) -> list[tuple[str, str]]:
    """The names and values of ENV and LABEL."""
    return list(zip(instruction.args[::3], instruction.args[1::3], strict=True))


def set_by(instruction: DockerfileInstruction) -> list[str]:
    """The variables that an instruction sets."""
    if instruction.name == "ENV":
        return [name for name, _ in pairs(instruction)]
    if instruction.name == "ARG":
        return [word.partition("=")[0] for word in instruction.args]
    return []
