"""ENV as ``env``: a Dockerfile's sets all its variables at once, ours one after the other.

Source: BuildKit's frontend/dockerfile/dockerfile2llb, dispatchEnv
"""

import itertools
from collections.abc import Mapping

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.api import variables
from imagebuild.cli.conversion import flags, words
from imagebuild.cli.conversion.here import Here, pairs
from imagebuild.cli.conversion.problems import CannotSayError


def read(instruction: DockerfileInstruction, here: Here) -> list[dict[str, str]]:
    """The items of ``env``; ``here.scope`` knows them from here on."""
    flags.read(instruction)
    found = {here.static(name): word for name, word in pairs(instruction)}
    worths = {name: here.known(word) for name, word in found.items()}
    values = {name: _value(name, found, here) for name in found}
    for name, worth in worths.items():
        here.scope.set(name, worth)
    return [{"name": name, "value": values[name]} for name in _in_order(values)]


def _value(name: str, found: Mapping[str, str], here: Here) -> str:
    """A value, which sees nothing of what the same ENV sets before it.

    What it needs of that is written out where it is known, so that the order can stay.
    """
    word = found[name]
    before = set(itertools.takewhile(lambda other: other != name, found))
    needs = before & set(variables.names(words.parts(word, escape=here.file.escape)))
    worth = here.known(word) if needs else None
    if worth is None:
        return here.value(word)
    here.note(f"{word} is written out as {worth}, since it means ${min(needs)} as it was before")
    return words.literal(worth)


def _in_order(values: Mapping[str, str]) -> list[str]:
    """The names so that each value sees what was set before all of them."""
    reads = {name: set(variables.names(variables.parse(text))) for name, text in values.items()}
    rest, ordered = list(values), list[str]()
    while rest:
        free = [n for n in rest if not any(n in reads[other] for other in rest if other != n)]
        if not free:
            raise CannotSayError(f"{rest[0]} and {rest[1]} need each other", "write two ENV")
        ordered.append(free[0])
        rest.remove(free[0])
    return ordered
