"""Which repositories the submodules of a commit come from.

Source: https://git-scm.com/docs/gitmodules
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from imagebuild.worker.contexts import gittree, refusal

FILE = ".gitmodules"

_SETTING = re.compile(r"submodule\.(?P<name>.+)\.(?P<key>path|url|update)", re.DOTALL)
_RELATIVE = ("./", "../")


@dataclass(frozen=True, slots=True)
class Submodule:
    """Where it comes from; ``skipped`` where its repository says that it is to stay empty."""

    url: str
    skipped: bool


def read(commit: gittree.Commit) -> dict[str, Submodule]:
    """Path in the tree -> submodule.

    Raises FailedError ("UrlRefused: ...") for an address that leads out of the server.
    """
    if gittree.kinds(commit, (FILE,)).get(FILE) != "blob":
        return {}
    # A name may hold what separates it from its value, but never a NUL.
    lines: list[str] = []
    command = ("config", "--blob", f"{commit.id}:{FILE}", "--list", "-z")
    answer = commit.repository.ask(*command, hear=lines.append)
    if answer.code:
        raise refusal.of("ContextInvalid", f"{FILE} of {commit}: {answer.words}")
    named: dict[str, dict[str, str]] = {}
    for setting in "\n".join(lines).split("\0"):
        key, _, value = setting.partition("\n")
        if match := _SETTING.fullmatch(key):
            named.setdefault(match["name"], {})[match["key"]] = value
    return {
        str(PurePosixPath(fields["path"])): Submodule(
            absolute(fields["url"], base=commit.url), fields.get("update") == "none"
        )
        for fields in named.values()
        if "path" in fields and "url" in fields
    }


def absolute(url: str, *, base: str) -> str:
    """A submodule's URL: one that begins with ./ or ../ counts from its repository's."""
    if not url.startswith(_RELATIVE):
        return url
    parts = urlsplit(base)
    names = [name for name in parts.path.split("/") if name]
    while url.startswith(_RELATIVE):
        first, _, url = url.partition("/")
        if first == "..":
            if not names:
                raise refusal.of("UrlRefused", f"a submodule's URL leads above {base}")
            names.pop()
    return parts._replace(path="/".join(("", *names, url)), query="", fragment="").geturl()
