"""Flags of a Dockerfile's instructions.

Source: BuildKit's frontend/dockerfile/instructions/bflag.go
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.cli.conversion.problems import CannotSayError

_SWITCH = {"": True, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags that an instruction has, each with its values in their order."""

    values: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str | None:
        """The value of a flag that can stand once."""
        return self.values[name][0] if name in self.values else None

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of one that can stand several times."""
        return self.values.get(name, ())

    def switch(self, name: str) -> bool | None:
        """Whether it is on; None where it does not stand there."""
        return _SWITCH[self.values[name][0].lower()] if name in self.values else None


def read(
    instruction: DockerfileInstruction,
    *,
    texts: Collection[str] = (),
    lists: Collection[str] = (),
    switches: Collection[str] = (),
) -> Flags:
    """The flags of an instruction that may have these; CannotSayError for one that it has not."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value, has_value in _split(instruction):
        if name not in (*texts, *lists, *switches):
            raise CannotSayError(f"{instruction.name} has no flag --{name}", "remove it")
        if name in found and name not in lists:
            raise CannotSayError(f"--{name} is there twice", "keep one")
        if name in switches and (value.lower() not in _SWITCH or (has_value and not value)):
            raise CannotSayError(f"--{name}={value} is neither true nor false", "correct it")
        if name not in switches and not has_value:
            raise CannotSayError(f"--{name} has no value", f"write --{name}=...")
        found[name] = (*found.get(name, ()), value)
    return Flags(found)


def _split(instruction: DockerfileInstruction) -> Iterator[tuple[str, str, bool]]:
    for flag in instruction.flags:
        name, equals, value = flag.removeprefix("--").partition("=")
        yield name, value, bool(equals)
