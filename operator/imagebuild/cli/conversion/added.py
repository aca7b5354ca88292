"""ADD as steps: ``add`` for a download or a repository, ``copy`` for a file of the context.

Source: BuildKit's frontend/dockerfile/dockerfile2llb, dispatchCopy, and dfgitutil
"""

import itertools
import re
from typing import Any
from urllib.parse import unquote

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.cli.conversion import files, flags, words
from imagebuild.cli.conversion.here import Here
from imagebuild.cli.conversion.problems import CannotSayError

# By its name, or where a pattern leaves open how that ends.
_ARCHIVE = re.compile(r".*(\.(tar|tgz|tbz2?|tb2|txz|tzst|gz|bz2|xz|zst)|[*?\]])", re.IGNORECASE)
# What can only be a directory, whose files nothing unpacks.
_DIRECTORY = re.compile(r"(.*/)?\.{0,2}")
# A variable where an address begins or a name ends.
_OPEN = re.compile(r"^\$|(\$\w+|\})$")
_GIT = re.compile(r"(?P<url>https?://[^#?]*\.git)(?P<query>\?[^#]*)?(#(?P<fragment>.*))?")
_OTHER_GIT = re.compile(r"(git|ssh)://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def add(instruction: DockerfileInstruction, here: Here) -> list[dict[str, Any]]:
    """The steps that an ADD is: one for each download and repository, one for what is copied."""
    given = flags.read(
        instruction,
        texts=("chown", "chmod", "checksum"),
        lists=("exclude",),
        switches=("link", "keep-git-dir", "unpack"),
    )
    found = files.read(instruction)
    sources = [_source(word, here) for word in found.paths]
    steps: list[dict[str, Any]] = []
    for remote, group in itertools.groupby(sources, _is_remote):
        if remote:
            steps += [{"add": _fetched(source, given, here)} for source in group]
        else:
            steps.append({"copy": [_no_archive(source, given, here) for source in group]})
    beside = {"to": found.target(here), **files.modifiers(given, here)}
    return [step | beside for step in steps] + files.written(found, given, here)


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


def _no_archive(source: str, given: flags.Flags, here: Here) -> str:
    """The source, which is no archive by its name; that it is none by its content is noted."""
    unpack = given.switch("unpack")
    if unpack or (unpack is None and _ARCHIVE.fullmatch(source)):
        raise CannotSayError(
            f"ADD unpacks {source} where that is an archive, and a copy does not",
            "use COPY if it is none; else RUN --mount=type=bind,source=...,target=/archive "
            "tar -xf /archive -C ..., which leaves no archive behind",
        )
    if unpack is None and not _DIRECTORY.fullmatch(source):
        here.note(
            f"ADD unpacks archives, copy does not: if {source} is one, unpack it in a run from a "
            "bind mount"
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
