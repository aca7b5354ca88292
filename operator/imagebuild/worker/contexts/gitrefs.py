"""The refs of a git repository, as its server tells them."""

import re
from dataclasses import dataclass, field

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
HEADS, TAGS, PEELED = "refs/heads/", "refs/tags/", "^{}"

_MAX_TAGS = 200_000


@dataclass(frozen=True, slots=True)
class Head:
    """A ref's full name at the server, and the commit it stands for."""

    name: str
    commit: str

    @property
    def branch(self) -> str:
        """Its name where it is a branch, else empty."""
        return self.name.removeprefix(HEADS) if self.name.startswith(HEADS) else ""

    @property
    def tag(self) -> str:
        """Its name where it is a tag, else empty."""
        return self.name.removeprefix(TAGS) if self.name.startswith(TAGS) else ""


@dataclass(slots=True)
class Refs:
    """The refs that a server told of: those asked for, all tags, and what HEAD stands for.

    ``wanted`` are full names, the better first, ``scope`` the flags that ``ls-remote`` needs to
    tell of them.
    """

    wanted: tuple[str, ...]
    scope: tuple[str, ...]
    found: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    default: str = ""

    def hear(self, line: str) -> None:
        """Takes a line of ``ls-remote --symref`` in."""
        value, _, name = line.partition("\t")
        if name == "HEAD" and value.startswith("ref: "):
            self.default = value.removeprefix("ref: ")
        elif COMMIT.fullmatch(value):
            if name in self.wanted:
                self.found[name] = value
            if name.startswith(TAGS) and len(self.tags) < _MAX_TAGS:
                # An annotated tag comes twice, the second time as the commit it stands for.
                self.tags[name.removesuffix(PEELED)] = value

    def head(self) -> Head | None:
        """The first of those asked for that there is."""
        for name in self.wanted:
            if name in self.found:
                full = self.default if name == "HEAD" and self.default else name
                return Head(full.removesuffix(PEELED), self.found[name])
        return None

    def tag_of(self, commit: str) -> str:
        """The tag that stands for the commit; of several the highest version, else empty."""
        tags = [name.removeprefix(TAGS) for name, of in self.tags.items() if of == commit]
        return max(tags, key=_version, default="")


def asked(ref: str | None, *, only_tags: bool) -> Refs:
    """What to ask a server for: a branch or else tag, for None the default branch, and tags.

    HEAD is what git calls the default branch itself.
    """
    # What is not asked for need not come: some have a ref for each change ever proposed.
    branches_and_tags = ("--heads", "--tags")
    if only_tags:
        return Refs((), ("--tags",))
    if ref in {None, "HEAD"}:
        return Refs(("HEAD",), ())
    if ref.startswith("refs/"):
        within = ref.startswith((HEADS, TAGS))
        return Refs((f"{ref}{PEELED}", ref), branches_and_tags if within else ())
    names = (f"{HEADS}{ref}", f"{TAGS}{ref}{PEELED}", f"{TAGS}{ref}")
    return Refs(names, branches_and_tags)


def _version(tag: str) -> tuple[bool, list[str | int]]:
    """What tags are ordered by: numbers in them as numbers, and none like v1.0-rc1 above v1.0."""
    parts = re.split(r"([0-9]+)", tag)
    return "-" not in tag, [int(part) if part.isdecimal() else part for part in parts]
