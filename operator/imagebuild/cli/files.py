"""COPY and ADD as steps: ``copy``, ``add`` and ``file``.

Source: BuildKit's frontend/dockerfile/dockerfile2llb, dispatchCopy, and dfgitutil
"""

import itertools
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from e2b_dockerfile_utils import (
    DockerfileHeredoc,
    DockerfileInstruction,
    chomp_heredoc_content,
    parse_heredoc,
)

from imagebuild.cli import flags, scope, words
from imagebuild.cli.here import Here
from imagebuild.cli.problems import CannotSayError

# By its name, or where a pattern leaves open how that ends.
_ARCHIVE = re.compile(r".*(\.(tar|tgz|tbz2?|tb2|txz|tzst|gz|bz2|xz|zst)|[*?\]])", re.IGNORECASE)
_OPEN = re.compile(r"^\$|(\$\w+|\})$")
_OPEN_END = re.compile(r"(\$\w+|\})\.{0,2}$")
_GIT = re.compile(r"(?P<url>https?://[^#?]*\.git)(?P<query>\?[^#]*)?(#(?P<fragment>.*))?")
_OTHER_GIT = re.compile(r"(git|ssh)://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Where a file gets its own name below.
_DIRECTORY = re.compile(r"(.*/)?(\.{1,2})?")


def copy(instruction: DockerfileInstruction, here: Here) -> list[dict[str, Any]]:
    """The steps that a COPY is: one, and one for each file written in it."""
    given = flags.read(
        instruction,
        texts=("from", "chown", "chmod"),
        lists=("exclude",),
        switches=("link", "parents"),
    )
    sources, heredocs, to = _words(instruction)
    steps: list[dict[str, Any]] = []
    if sources:
        found: dict[str, Any] = {"copy": [here.value(word) for word in sources]}
        if given.text("from"):
            found["from"] = here.from_(given.text("from") or "", by_index=True)
        found["to"] = _to(_target(to, here), several=len(sources) + len(heredocs) > 1)
        steps.append(found | _modifiers(given, here))
    elif given.text("from") or given.switch("parents") or given.texts("exclude"):
        raise CannotSayError(
            "a file written here has no --from, --parents or --exclude", "remove it"
        )
    return steps + _written(heredocs, to, given, here, several=len(sources) + len(heredocs) > 1)


def add(instruction: DockerfileInstruction, here: Here) -> list[dict[str, Any]]:
    """The steps that an ADD is: a download, a repository or a copy for each kind of source."""
    given = flags.read(
        instruction,
        texts=("chown", "chmod", "checksum"),
        lists=("exclude",),
        switches=("link", "keep-git-dir", "unpack"),
    )
    sources, heredocs, to = _words(instruction)
    several = len(sources) + len(heredocs) > 1
    steps: list[dict[str, Any]] = []
    for remote, group in itertools.groupby([_source(word, here) for word in sources], _is_remote):
        if remote:
            steps += [{"add": _fetched(source, given, here)} for source in group]
        else:
            steps.append({"copy": [_no_archive(source, given) for source in group]})
    target = {"to": _to(_target(to, here), several=several)}
    steps = [found | target | _modifiers(given, here) for found in steps]
    return steps + _written(heredocs, to, given, here, several=several)


def _words(
    instruction: DockerfileInstruction,
) -> tuple[list[str], list[DockerfileHeredoc], str]:
    """Sources, files written in the instruction, and where they go."""
    if len(instruction.args) <= 1:
        raise CannotSayError(f"{instruction.name} does not say from where to where", "correct it")
    *sources, to = instruction.args
    contents = {doc.name: doc for doc in instruction.heredocs}
    heredocs: list[DockerfileHeredoc] = []
    paths: list[str] = []
    for word in sources:
        found = parse_heredoc(word)
        if found is None or found.name not in contents:
            paths.append(word)
        else:
            heredocs.append(contents[found.name])
    return paths, heredocs, to


def _modifiers(given: flags.Flags, here: Here) -> dict[str, Any]:
    found: dict[str, Any] = {
        flag: here.static(text) for flag in ("chown", "chmod") if (text := given.text(flag))
    }
    if given.texts("exclude"):
        found["exclude"] = list(given.texts("exclude"))
    return found | {flag: True for flag in ("parents", "link") if given.switch(flag)}


def _target(word: str, here: Here) -> str:
    """Where files go: the working directory where the word comes to nothing."""
    return here.value(word) if here.known(word) != "" else "./"


def _to(target: str, *, several: bool) -> str:
    return target if not several or target.endswith("/") else f"{target}/"


def _written(
    heredocs: Sequence[DockerfileHeredoc],
    to: str,
    given: flags.Flags,
    here: Here,
    *,
    several: bool,
) -> list[dict[str, Any]]:
    """The files that are written in the instruction."""
    target, worth = _target(to, here), here.known(to)
    if heredocs and not several and worth is None and _OPEN_END.search(target):
        raise CannotSayError(
            f"whether {to} is a directory is not known", "end it in / where it is, or write it out"
        )
    into = several or _DIRECTORY.fullmatch(worth or target) is not None
    return [
        {"file": {"path": _path(target, doc.name if into else ""), "content": _content(doc, here)}}
        | _modifiers(given, here)
        for doc in heredocs
    ]


def _path(target: str, name: str) -> str:
    """Where a file of this name goes; "" where the target is the file."""
    directory = "" if target == "." else _to(target, several=True)
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


def _source(word: str, here: Here) -> str:
    """A source of ADD as a value in which can be seen what it is."""
    source = here.value(word)
    if _is_remote(source) or not _OPEN.search(source):
        return source
    worth = here.known(word)
    if worth is None:
        raise CannotSayError(
            f"whether {word} is an address or an archive is not known here",
            "write its value, or use COPY for a file of the context",
        )
    if _is_remote(worth) or _ARCHIVE.fullmatch(worth):
        here.note(f"{word} is written out as {worth}")
        return words.literal(worth)
    return source


def _is_remote(source: str) -> bool:
    if _OTHER_GIT.match(source):
        raise CannotSayError(
            f"{source} is no https:// address",
            "take one, or make it one of spec.contexts and copy from that",
        )
    return source.startswith(("http://", "https://"))


def _no_archive(source: str, given: flags.Flags) -> str:
    unpack = given.switch("unpack")
    if unpack or (unpack is None and _ARCHIVE.fullmatch(source)):
        raise CannotSayError(
            f"ADD unpacks {source} where that is an archive, and a copy does not",
            "use COPY if it is none; else RUN --mount=type=bind,source=...,target=/archive "
            "tar -xf /archive -C ..., which leaves no archive behind",
        )
    return source


def _fetched(source: str, given: flags.Flags, here: Here) -> dict[str, Any]:
    checksum = given.text("checksum")
    git = _GIT.fullmatch(source)
    if git:
        return {"git": _git(git, here.static(checksum) if checksum else None, given)}
    if not checksum:
        raise CannotSayError(
            "a download needs a checksum",
            f"write ADD --checksum=sha256:..., with what `curl -fsSL {source} | sha256sum` prints",
        )
    found: dict[str, Any] = {"url": source, "checksum": here.static(checksum)}
    return found | ({"unpack": True} if given.switch("unpack") else {})


def _git(match: re.Match[str], commit: str | None, given: flags.Flags) -> dict[str, Any]:
    if match["query"] or given.switch("keep-git-dir"):
        raise CannotSayError(
            "of a repository only URL#REF:DIRECTORY can be said",
            "make it one of spec.contexts, which has keepGitDir, and copy from that",
        )
    ref, _, directory = unquote(match["fragment"] or "").partition(":")
    if commit is None and _COMMIT.fullmatch(ref):
        commit = ref
    found = {"url": match["url"]}
    if commit:
        found["commit"] = commit
    elif ref:
        found["ref"] = ref
    return found | ({"subPath": directory.strip("/")} if directory.strip("/") else {})
