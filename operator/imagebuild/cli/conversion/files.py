"""COPY as steps: ``copy``, and ``file`` for what is written in it; the same of ADD.

Source: BuildKit's frontend/dockerfile/dockerfile2llb, dispatchCopy
"""

import re
from dataclasses import dataclass
from typing import Any

from e2b_dockerfile_utils import (
    DockerfileHeredoc,
    DockerfileInstruction,
    chomp_heredoc_content,
    parse_heredoc,
)

from imagebuild.cli.conversion import flags, scope, words
from imagebuild.cli.conversion.here import Here
from imagebuild.cli.conversion.problems import CannotSayError

# Where a file gets its own name below.
_DIRECTORY = re.compile(r"(.*/)?(\.{1,2})?")
# What may be one or not, by the value of a variable.
_OPEN = re.compile(r"(\$\w+|\})\.{0,2}$")


@dataclass(frozen=True, slots=True)
class Words:
    """What an instruction names: ``paths`` and ``documents`` to copy, and where ``to``."""

    paths: tuple[str, ...]
    documents: tuple[DockerfileHeredoc, ...]
    to: str

    def target(self, here: Here) -> str:
        """Where the files go, as a value: a directory where there are several."""
        # The working directory is what a word that comes to nothing means.
        target = here.value(self.to) if here.known(self.to) != "" else "./"
        return below(target) if len(self.paths) + len(self.documents) > 1 else target


def below(target: str) -> str:
    """The target as a directory."""
    return target if target.endswith("/") else f"{target}/"


def copy(instruction: DockerfileInstruction, here: Here) -> list[dict[str, Any]]:
    """The steps that a COPY is: one, and one for each file written in it."""
    given = flags.read(
        instruction,
        texts=("from", "chown", "chmod"),
        lists=("exclude",),
        switches=("link", "parents"),
    )
    found = read(instruction)
    if not found.paths and set(given.values) & {"from", "parents", "exclude"}:
        raise CannotSayError(
            "a file written here has no --from, --parents or --exclude", "remove it"
        )
    steps: list[dict[str, Any]] = []
    if found.paths:
        origin = given.text("from")
        steps.append(
            {
                "copy": [here.value(word) for word in found.paths],
                **({"from": here.from_(origin, by_index=True)} if origin else {}),
                "to": found.target(here),
                **modifiers(given, here),
            }
        )
    return steps + written(found, given, here)


def read(instruction: DockerfileInstruction) -> Words:
    """The words of COPY and ADD."""
    if len(instruction.args) <= 1:
        raise CannotSayError(f"{instruction.name} does not say from where to where", "correct it")
    *sources, to = instruction.args
    contents = {document.name: document for document in instruction.heredocs}
    paths, documents = [], []
    for word in sources:
        found = parse_heredoc(word)
        if found is not None and found.name in contents:
            documents.append(contents[found.name])
        else:
            paths.append(word)
    return Words(tuple(paths), tuple(documents), to)


def modifiers(given: flags.Flags, here: Here) -> dict[str, Any]:
    """The fields beside ``copy``, ``add`` and ``file``."""
    found: dict[str, Any] = {
        flag: here.static(text) for flag in ("chown", "chmod") if (text := given.text(flag))
    }
    if given.texts("exclude"):
        found["exclude"] = list(given.texts("exclude"))
    return found | {flag: True for flag in ("parents", "link") if given.switch(flag)}


def written(found: Words, given: flags.Flags, here: Here) -> list[dict[str, Any]]:
    """The steps for the files that are written in the instruction."""
    if not found.documents:
        return []
    target, worth = found.target(here), here.known(found.to)
    if worth is None and _OPEN.search(target):
        raise CannotSayError(
            f"whether {found.to} is a directory is not known",
            "end it in / where it is, or write it out",
        )
    into = target.endswith("/") or _DIRECTORY.fullmatch(worth or target) is not None
    return [
        {"file": {"path": _path(target, doc.name if into else ""), "content": _content(doc, here)}}
        | modifiers(given, here)
        for doc in found.documents
    ]


def _path(target: str, name: str) -> str:
    """Where a file of this name goes; "" where the target is the file."""
    directory = "" if target == "." else below(target)
    return directory + words.literal(name) if name else target


def _content(document: DockerfileHeredoc, here: Here) -> str:
    content = document.content
    if document.chomp:
        content = chomp_heredoc_content(content)
    if not document.expand:
        return content
    try:
        return scope.expand_content(content, here.scope)
    except scope.UnknownError as unknown:
        raise CannotSayError(
            f"the file holds ${unknown.name}, whose value is not known here",
            f"write its value, or if it is meant as it stands <<'{document.name}'",
        ) from None
