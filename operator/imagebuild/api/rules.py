"""The rules for one object or one string of a spec; those across stages stand in ``crossrules``."""

import re

from imagebuild.api.rule import REQUIRED, Rule

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
PUBLISHED = rf"^{_HOST}/{_REPOSITORY}:{_TAG}$"
_UP = r"(^|/)\.\.(/|$)"
_DOTS = r"(^|/)\.\.[^/]"
_REF = r"^[^-~^:?*\[\\][^~^:?*\[\\]*$"
_GIT_URL = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/[^?# ]+$"
_INSTRUCTIONS = ("run", "copy", "args", "env", "workdir", "user")


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
        cel="!self.contains('$(')",
        holds=lambda text: "$(" not in text,
        what="`$(` is not known here",
        mend="write the tag out",
    ),
    Rule(
        cel="!self.contains('@')",
        holds=lambda text: "@" not in text,
        what="a digest cannot be asked for, publishing gives it",
        mend="name a tag, as registry.example.com/team/hello:1.0",
    ),
    Rule(
        cel=f"self.contains('@') || self.contains('$(') || self.matches(r'{PUBLISHED}')",
        holds=lambda text: "@" in text or "$(" in text or _matches(PUBLISHED, text),
        what="this is no full name of an image",
        mend="write the registry's host, the repository and a tag, as "
        "registry.example.com/team/hello:1.0; a repository has no capital letters",
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
ARG_VALUE = (
    Rule(
        cel="!self.contains('$(')",
        holds=lambda text: "$(" not in text,
        what="`$(` is not known here",
        mend="write the value out",
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
STAGE_NAME = (
    Rule(
        cel="self != 'scratch'",
        holds=lambda text: text != "scratch",
        what="scratch means the empty image",
        mend="choose another name",
    ),
)
SOURCE = (
    Rule(
        cel="[has(self.git), has(self.files), has(self.configMap)].filter(x, x).size() == 1",
        holds=lambda source: (
            sum(kind is not None for kind in (source.git, source.files, source.config_map)) == 1
        ),
        what="a source has exactly one of git, files and configMap",
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
)
STEP = (
    Rule(
        cel=f"[{', '.join(f'has(self.{name})' for name in _INSTRUCTIONS)}]"
        ".filter(x, x).size() == 1",
        holds=lambda step: len(step.instructions) == 1,
        what="a step has exactly one of run, copy, args, env, workdir and user",
        mend="make several steps of it, or say what it is to do",
    ),
    Rule(
        cel="has(self.copy) || !(has(self.from) || has(self.to) || has(self.chown) || "
        "has(self.chmod))",
        holds=lambda step: (
            step.copy_ is not None or not (step.from_ or step.to or step.chown or step.chmod)
        ),
        what="from, to, chown and chmod belong to copy",
        mend="leave them out, or add copy",
    ),
    Rule(
        cel="!has(self.copy) || has(self.to)",
        holds=lambda step: step.copy_ is None or step.to is not None,
        what="copy does not say where to",
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
