"""The rules for one string of a spec."""

from imagebuild.api import references
from imagebuild.api.rules.rule import Rule, like, matches, unlike
from imagebuild.contract import facts

UP = r"(^|/)\.\.(/|$)"
DOTS = r"(^|/)\.\.[^/]"
PLATFORM = r"^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$"
_REF = r"^[^-~^:?*\[\\][^~^:?*\[\\]*$"

_NAME = "|".join(facts.NAMES)
# Text in which every $( begins a fact, but after a further dollar sign.
FACTS = rf"^([^$]|\$+[^$(]|\$\$+\(|\$\(({_NAME})\))*\$*$"
_TAG = rf"([A-Za-z0-9_]|\$\(({_NAME})\))([A-Za-z0-9_.-]|\$\(({_NAME})\))*"
_PUBLISHED = rf"^{references.HOST}/{references.REPOSITORY}:{_TAG}$"
_NOT_IN_LINES = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_NO_STAGE = "this is no name of a stage"
_STAGE_MEND = "letters and digits, a letter first, and between them `.`, `_` or `-`"


def _facts_are_known(text: str) -> bool:
    try:
        return set(facts.names(text)) <= set(facts.NAMES)
    except ValueError:
        return False


FACT_VALUE = (
    Rule(
        cel=f"!self.contains('$(') || self.matches(r'{FACTS}')",
        holds=_facts_are_known,
        what="a name in $(...) is no fact",
        mend=f"use one of {', '.join(facts.NAMES)}, or $$( for a plain $(",
    ),
)
PUBLISHED_IMAGE = (
    *FACT_VALUE,
    Rule(
        cel="!self.contains('@')",
        holds=lambda text: "@" not in text,
        what="a digest cannot be asked for, publishing gives it",
        mend="name a tag, as registry.example.com/team/hello:1.0",
    ),
    # Where a fact is unknown or a digest is asked for, those rules say it.
    Rule(
        cel=f"self.contains('@') || !self.matches(r'{FACTS}') || self.matches(r'{_PUBLISHED}')",
        holds=lambda text: "@" in text or not _facts_are_known(text) or matches(_PUBLISHED, text),
        what="this is no full name of an image",
        mend="write the registry's host, the repository and a tag, as "
        "registry.example.com/team/hello:1.0; a repository has no capital letters, and $(facts) "
        "can stand in the tag alone",
    ),
)
TAGGED_IMAGE = (
    Rule(
        cel=f"self.matches(r'{references.REFERENCE}') "
        f"&& (self.contains('@') || self.matches(r'{references.TAGGED}'))",
        holds=lambda text: references.is_reference(text) and references.has_tag_or_digest(text),
        what="this is no image with a tag or digest",
        mend="write it as registry.example.com/team/assets:1.0",
    ),
)
BASE = (
    Rule(
        cel=f"self.contains('$') || self.matches(r'{references.REFERENCE}')",
        holds=lambda text: "$" in text or references.is_reference(text),
        what="this is neither the name of a stage nor of an image",
        mend="write an image as golang:1.19 or registry.example.com/team/base:1.0; only its host "
        "and its tag may have capital letters",
    ),
)
STAGE_PLATFORM = (
    Rule(
        cel=f"self.contains('$') || self.matches(r'{PLATFORM}')",
        holds=lambda text: "$" in text or matches(PLATFORM, text),
        what="this is no platform",
        mend="write it as $BUILDPLATFORM or linux/arm64",
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
DOCKERFILE = (
    unlike(
        _NOT_IN_LINES,
        what="this holds a control character",
        mend="remove it; newline, tab and the carriage returns of CRLF are allowed",
    ),
)
STAGE_NAME = (
    like(
        f"^{references.STAGE}$",
        what=_NO_STAGE,
        mend=f"use lower-case {_STAGE_MEND}",
    ),
)
ANY_STAGE_NAME = (
    like(
        f"^{references.STAGE_IN_ANY_CASE}$",
        what=_NO_STAGE,
        mend=f"use {_STAGE_MEND}",
    ),
)
OWN_STAGE_NAME = (
    *STAGE_NAME,
    Rule(
        cel="self != 'scratch'",
        holds=lambda text: text != references.SCRATCH,
        what="scratch means the empty image",
        mend="choose another name",
    ),
)
CONTEXT_NAME = (
    *OWN_STAGE_NAME,
    Rule(
        cel="self != 'context' && !self.startsWith('imagebuild.')",
        holds=lambda text: text != "context" and not text.startswith("imagebuild."),
        what="context, and names that begin with imagebuild., are taken",
        mend="choose another name",
    ),
)
RELATIVE_PATH = (
    Rule(
        cel=f"!self.startsWith('/') && !self.matches(r'{UP}')",
        holds=lambda text: not text.startswith("/") and not matches(UP, text),
        what="this leads out of the context",
        mend="write the path from the root, with neither a leading / nor a .. in it",
    ),
)
FILE_PATH = (
    *RELATIVE_PATH,
    unlike(
        DOTS,
        what="a name in this begins with .., which Kubernetes keeps for itself",
        mend="choose another name",
    ),
)
FILE_TARGET = (
    Rule(
        cel="!self.endsWith('/')",
        holds=lambda text: not text.endswith("/"),
        what="this is a directory",
        mend="add the file's name, as /etc/app.conf",
    ),
)
GIT_REF = (
    Rule(
        cel=f"self.matches(r'{_REF}') && !self.contains('..')",
        holds=lambda text: matches(_REF, text) and ".." not in text,
        what="no branch or tag can have this name",
        mend="write just the name, as main or v1.0",
    ),
)
COMMIT = (
    like(
        "^([0-9a-f]{40}|[0-9a-f]{64})$",
        what="this is no full id of a commit",
        mend="write all 40 (or 64) hexadecimal digits, as `git rev-parse HEAD` prints them",
    ),
)
