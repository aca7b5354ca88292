"""The rules for one object or one string of a spec; those across stages stand in ``crossrules``."""

import re
from collections.abc import Mapping
from typing import Any

from imagebuild.api.rule import REQUIRED, Rule
from imagebuild.contract import facts

_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = rf"{_PART}(/{_PART})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"sha256:[0-9a-f]{64}"
# What makes the first part of a name a registry's host: a dot, a port, or being localhost.
_HOST = (
    r"(localhost(:[0-9]{1,5})?|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?"
    r"|[A-Za-z0-9-]+:[0-9]{1,5})"
)
_STAGE = r"[a-z][a-z0-9._-]*"
REFERENCE = rf"^({_HOST}/)?{_REPOSITORY}(:{_TAG})?(@{_DIGEST})?$"
STAGE_OR_REFERENCE = rf"^({_STAGE}|({_HOST}/)?{_REPOSITORY}(:{_TAG})?(@{_DIGEST})?)$"
_NAME = "|".join(facts.NAMES)
# Text in which every $( begins a fact, but after a further dollar sign.
_FACTS = rf"^([^$]|\$[^(]|\$\$\(|\$\(({_NAME})\))*\$?$"
_FACTS_MEND = f"use one of {', '.join(facts.NAMES)}, or $$( for a plain $("
_TAG_WITH_FACTS = rf"([A-Za-z0-9_]|\$\(({_NAME})\))([A-Za-z0-9_.-]|\$\(({_NAME})\))*"
PUBLISHED = rf"^{_HOST}/{_REPOSITORY}:{_TAG_WITH_FACTS}$"
_UP = r"(^|/)\.\.(/|$)"
_DOTS = r"(^|/)\.\.[^/]"
_REF = r"^[^-~^:?*\[\\][^~^:?*\[\\]*$"
_GIT_URL = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/[^?# ]+$"
_URL = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/[^ ]+$"
_INSTRUCTIONS = ("run", "exec", "copy", "add", "file", "args", "env", "workdir", "user")
# Beside which instructions of a step each other field may stand.
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "mounts": ("run", "exec"),
    "network": ("run", "exec"),
    "from": ("copy",),
    "to": ("copy", "add"),
    "chown": ("copy", "add", "file"),
    "chmod": ("copy", "add", "file"),
    "exclude": ("copy", "add"),
    "parents": ("copy",),
    "link": ("copy", "add", "file"),
}


def _matches(pattern: str, text: str) -> bool:
    r"""Whether Go's regular expressions would find it: there ``$`` is the very end, as ``\Z``."""
    return re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None


def is_reference(text: str) -> bool:
    """Whether it names an image, with or without host, tag and digest."""
    return _matches(REFERENCE, text)


def has_tag_or_digest(reference: str) -> bool:
    """Whether it can only be an image: a stage's name holds neither ``:`` nor ``@``."""
    return "@" in reference or ":" in reference.rpartition("/")[2]


def is_relative_file(path: str) -> bool:
    """Whether it is a file's path below a directory."""
    inside = not path.startswith("/") and not _matches(_UP, path)
    plain = re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]+", path) is not None
    return inside and plain and path.rpartition("/")[2] not in ("", ".")


def begins_with_dots(path: str) -> bool:
    """Whether a name in it does with two: as in a volume only the kubelet may call a file."""
    return _matches(_DOTS, path)


BASE = (
    Rule(
        cel=f"self.contains('$') || self.matches(r'{STAGE_OR_REFERENCE}')",
        holds=lambda text: "$" in text or _matches(STAGE_OR_REFERENCE, text),
        what="this is neither the name of a stage nor of an image",
        mend="write an image as golang:1.19 or registry.example.com/team/base:1.0; only its host "
        "and its tag may have capital letters",
    ),
)
PUBLISHED_IMAGE = (
    Rule(
        cel=f"!self.contains('$(') || self.matches(r'{_FACTS}')",
        holds=lambda text: "$(" not in text or _matches(_FACTS, text),
        what="a name in $(...) is no fact",
        mend=_FACTS_MEND,
    ),
    Rule(
        cel="!self.contains('@')",
        holds=lambda text: "@" not in text,
        what="a digest cannot be asked for, publishing gives it",
        mend="name a tag, as registry.example.com/team/hello:1.0",
    ),
    Rule(
        cel=f"self.contains('@') || self.matches(r'{PUBLISHED}')",
        holds=lambda text: "@" in text or _matches(PUBLISHED, text),
        what="this is no full name of an image",
        mend="write the registry's host, the repository and a tag, as "
        "registry.example.com/team/hello:1.0; a repository has no capital letters, and $(facts) "
        "can stand in the tag alone",
    ),
)
ARG_NAME = (
    Rule(
        cel="!self.startsWith('BUILDKIT_')",
        holds=lambda text: not text.startswith("BUILDKIT_"),
        what="arguments that begin with BUILDKIT_ are BuildKit's own",
        mend="choose another name",
    ),
)
FACT_VALUE = (
    Rule(
        cel=f"!self.contains('$(') || self.matches(r'{_FACTS}')",
        holds=lambda text: "$(" not in text or _matches(_FACTS, text),
        what="a name in $(...) is no fact",
        mend=_FACTS_MEND,
    ),
)
RELATIVE_PATH = (
    Rule(
        cel=f"!self.startsWith('/') && !self.matches(r'{_UP}')",
        holds=lambda text: not text.startswith("/") and not _matches(_UP, text),
        what="this leads out of the context",
        mend="write the path from the context's root, without a leading / and without ..",
    ),
)
FILE_PATH = (
    *RELATIVE_PATH,
    Rule(
        cel=f"!self.matches(r'{_DOTS}')",
        holds=lambda text: not begins_with_dots(text),
        what="a name in this begins with .., which Kubernetes keeps for itself",
        mend="choose another name",
    ),
)
GIT_URL = (
    Rule(
        cel="self.matches(r'^https?://')",
        holds=lambda text: _matches(r"^https?://", text),
        what="this is no https:// or http:// address",
        mend="write git@host:team/hello.git as https://host/team/hello.git",
    ),
    Rule(
        cel="!self.matches(r'^https?://[^/]*@')",
        holds=lambda text: not _matches(r"^https?://[^/]*@", text),
        what="the address holds a user or password, which all who read this object would see",
        mend="leave it out",
    ),
    Rule(
        cel="!self.matches(r'^https?://') || self.matches(r'^https?://[^/]*@')"
        f" || self.matches(r'{_GIT_URL}')",
        holds=lambda text: (
            not _matches(r"^https?://", text)
            or _matches(r"^https?://[^/]*@", text)
            or _matches(_GIT_URL, text)
        ),
        what="this is no address of a repository",
        mend="write it as https://git.example.com/team/hello.git, with nothing after the path",
    ),
)
GIT_REF = (
    Rule(
        cel=f"self.matches(r'{_REF}') && !self.contains('..')",
        holds=lambda text: _matches(_REF, text) and ".." not in text,
        what="no branch or tag can have this name",
        mend="write just the name, as main or v1.0",
    ),
)
HTTP_URL = (
    Rule(
        cel="self.matches(r'^https?://')",
        holds=lambda text: _matches(r"^https?://", text),
        what="this is no https:// or http:// address",
        mend="write it as https://example.com/file.tar.gz",
    ),
    Rule(
        cel="!self.matches(r'^https?://[^/]*@')",
        holds=lambda text: not _matches(r"^https?://[^/]*@", text),
        what="the address holds a user or password, which all who read this object would see",
        mend="leave it out",
    ),
    Rule(
        cel="!self.matches(r'^https?://') || self.matches(r'^https?://[^/]*@')"
        f" || self.matches(r'{_URL}')",
        holds=lambda text: (
            not _matches(r"^https?://", text)
            or _matches(r"^https?://[^/]*@", text)
            or _matches(_URL, text)
        ),
        what="this is no address of a file",
        mend="write it as https://example.com/file.tar.gz",
    ),
)
TAGGED_IMAGE = (
    Rule(
        cel=f"self.matches(r'{REFERENCE}') && (self.contains('@') || self.matches(r':[^/]+$'))",
        holds=lambda text: is_reference(text) and has_tag_or_digest(text),
        what="this is no image with a tag or digest",
        mend="write it as registry.example.com/team/assets:1.0",
    ),
)
STAGE_NAME = (
    Rule(
        cel="self != 'scratch'",
        holds=lambda text: text != "scratch",
        what="scratch means the empty image",
        mend="choose another name",
    ),
)
CONTEXT_NAME = (
    *STAGE_NAME,
    Rule(
        cel="self != 'context' && !self.startsWith('imagebuild.')",
        holds=lambda text: text != "context" and not text.startswith("imagebuild."),
        what="context, and names that begin with imagebuild., are taken",
        mend="choose another name",
    ),
)
_SOURCES = (
    "git",
    "files",
    "configMap",
    "http",
    "oci",
    "persistentVolumeClaim",
    "imageBuild",
    "flux",
)
SOURCE = (
    Rule(
        cel=f"[{', '.join(f'has(self.{name})' for name in _SOURCES)}].filter(x, x).size() == 1",
        holds=lambda source: sum(getattr(source, name) is not None for name in source.KINDS) == 1,
        what=f"a source has exactly one of {', '.join(_SOURCES[:-1])} and {_SOURCES[-1]}",
        mend="give one and leave out the others",
    ),
)
DOCKERFILE = (
    Rule(
        cel="has(self.inline) != has(self.path)",
        holds=lambda file: (file.inline is None) != (file.path is None),
        what="a dockerfile has exactly one of inline and path",
        mend="give its text, or where it lies in the context",
    ),
    Rule(
        cel="!has(self.context) || has(self.path)",
        holds=lambda file: file.context is None or file.path is not None,
        what="a context is given, but no path in it",
        mend="give the Dockerfile's path, or leave the context out",
        field=".context",
    ),
)
ARG = (
    Rule(
        cel="has(self.value) != has(self.valueFrom)",
        holds=lambda arg: (arg.value is None) != (arg.value_from is None),
        what="an argument has exactly one of value and valueFrom",
        mend="give one of them",
    ),
)
MOUNT = (
    Rule(
        cel="[has(self.cache), has(self.bind), has(self.tmpfs)].filter(x, x).size() == 1",
        holds=lambda mount: (
            sum(kind is not None for kind in (mount.cache, mount.bind, mount.tmpfs)) == 1
        ),
        what="a mount has exactly one of cache, bind and tmpfs",
        mend="make several mounts of it",
    ),
)
ADD = (
    Rule(
        cel="has(self.url) != has(self.git)",
        holds=lambda add: (add.url is None) != (add.git is None),
        what="add has exactly one of url and git",
        mend="give one of them; files of the context are copied with `copy`",
    ),
    Rule(
        cel="has(self.url) == has(self.checksum)",
        holds=lambda add: (add.url is None) == (add.checksum is None),
        what="url and checksum belong together",
        mend="add `checksum`, as sha256: and the 64 digits that sha256sum prints",
        field=".checksum",
        reason=REQUIRED,
    ),
    Rule(
        cel="!has(self.unpack) || has(self.url)",
        holds=lambda add: add.unpack is None or add.url is not None,
        what="unpack belongs to url",
        mend="leave it out",
        field=".unpack",
    ),
)
PUBLISH = (
    Rule(
        cel="has(self.images) && self.images.size() > 0 || has(self.archive)",
        holds=lambda entry: bool(entry.images or entry.archive),
        what="this does not say where to publish",
        mend="give images, or an archive",
        field=".images",
        reason=REQUIRED,
    ),
)


def _beside(field: str, allowed: tuple[str, ...]) -> Rule:
    """A field of a step stands only beside the instructions that it belongs to."""
    attribute = "from_" if field == "from" else field

    def holds(step: Any) -> bool:
        given = getattr(step, attribute) not in (None, ())
        return not given or bool(set(step.instructions) & set(allowed))

    words = ", ".join(allowed[:-1]) + " and " + allowed[-1] if len(allowed) > 1 else allowed[0]
    return Rule(
        cel=f"!has(self.{field}) || {' || '.join(f'has(self.{name})' for name in allowed)}",
        holds=holds,
        what=f"{field} belongs to {words}",
        mend=f"leave it out, or give {' or '.join(allowed)}",
        field=f".{field}",
    )


STEP = (
    Rule(
        cel=f"[{', '.join(f'has(self.{name})' for name in _INSTRUCTIONS)}]"
        ".filter(x, x).size() == 1",
        holds=lambda step: len(step.instructions) == 1,
        what=f"a step has exactly one of {', '.join(_INSTRUCTIONS[:-1])} and {_INSTRUCTIONS[-1]}",
        mend="make several steps of it, or say what it is to do",
    ),
    *(_beside(field, allowed) for field, allowed in _BESIDE.items()),
    Rule(
        cel="!(has(self.copy) || has(self.add)) || has(self.to)",
        holds=lambda step: (step.copy_ is None and step.add is None) or step.to is not None,
        what="this does not say where to",
        mend="add `to`, as ./ or /usr/local/bin/",
        field=".to",
        reason=REQUIRED,
    ),
    Rule(
        cel="!has(self.copy) || !has(self.to) || self.copy.size() < 2 || self.to.endsWith('/')",
        holds=lambda step: len(step.copy_ or ()) <= 1 or step.to is None or step.to.endswith("/"),
        what="several sources need a directory",
        mend="let `to` end in /, as ./ or /app/",
        field=".to",
    ),
)
