"""The kinds of text that a spec is made of, each with its bounds.

Every string has a longest length and refuses control characters: what is written ends up in lines
of a Dockerfile. Patterns are of the syntax that Go's and Rust's regular expressions share; both
search, so each is anchored. Of a pattern the API server says no more than that, so names have a
rule instead, with words; for what many steps hold rules would be too dear.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import pydantic
from pydantic import Field

from imagebuild.api.rules import textrules, urlrules
from imagebuild.api.rules.rule import Keeps

NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"
NO_CONTROL_BUT_TAB = r"^[^\x00-\x08\x0a-\x1f\x7f-\x9f]*$"
NO_CONTROL_BUT_NEWLINE_TAB = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
NO_BLANK = r"^[^\x00-\x20\x7f-\xa0]*$"
ARG_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
OBJECT_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
CONFIG_MAP_KEY = r"^(\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*)$"
CREDENTIAL_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$"
BASE = r"^[A-Za-z0-9$][A-Za-z0-9._/:@${}+?-]*$"
OWNER = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$"
_SYMBOLIC = "[ugoa]*[-+=][rwxXst]+"
MODE = rf"^([0-7]{{3,4}}|{_SYMBOLIC}(,{_SYMBOLIC})*)$"
PORT = r"^[0-9]{1,5}(/(tcp|udp|sctp))?$"
PLATFORM = textrules.PLATFORM
STAGE_PLATFORM = r"^[a-z0-9$][A-Za-z0-9_/${}:+?.-]*$"
# Values of flags, which BuildKit takes byte by byte and splits at blanks, quotes and commas: none
# of these can be said, and what is no ASCII would arrive as something else, or as a further flag.
FLAG_PATH = r"""^[!#-&(-+.-\[\]^-~-]*$"""
OCTAL = r"^[0-7]{3,4}$"
SHA256 = r"^[0-9a-f]{64}$"
CHECKSUM = r"^sha256:[0-9a-f]{64}$"
SIGNAL = r"^(SIG[A-Z0-9]+([-+][0-9]{1,2})?|[0-9]{1,2})$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$"
# The same above 0, which Kubernetes takes for no limit.
LIMIT = (
    r"^(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)([eE][-+]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$"
)

# What a value that does not match is told: what it is not, and what it is to be.
WORDS: Mapping[str, tuple[str, str]] = {
    NO_CONTROL: ("this holds a control character", "write it in one line of plain characters"),
    NO_CONTROL_BUT_TAB: (
        "this holds a control character",
        "write it in one line; a tab is allowed",
    ),
    NO_CONTROL_BUT_NEWLINE_TAB: (
        "this holds a control character",
        "remove it; newline and tab are allowed, a carriage return is not",
    ),
    NO_BLANK: ("this holds a blank or a control character", "remove it"),
    ARG_NAME: ("this is no name of an argument", "use letters, digits and `_`, no digit first"),
    ENV_NAME: (
        "this is no name of an environment variable",
        "use letters, digits, `_`, `.` and `-`, a letter or `_` first",
    ),
    OBJECT_NAME: (
        "this is no name of an object",
        "use lower-case letters, digits, `-` and `.`, as in its metadata.name",
    ),
    CONFIG_MAP_KEY: (
        "this is no key of a ConfigMap or Secret",
        "use letters, digits, `-`, `_` and `.`, of which two do not stand first",
    ),
    CREDENTIAL_NAME: (
        "this is no name that a mount can give",
        "use letters, digits, `_`, `.` and `-`, a letter, a digit or `_` first",
    ),
    REFERENCE: (
        "this names neither a stage nor an image",
        "write builder or alpine:3.18; a variable can stand only in the `from` of a stage",
    ),
    BASE: ("this names neither a stage nor an image", "write it as builder or golang:1.19"),
    OWNER: ("this is no owner", 'write it as "1000:1000" or "node:node"'),
    MODE: ("this is no mode", 'write it as "0755" or "u=rwX,go=rX", in quotes'),
    PORT: ("this is no port", 'write it as 8080 or "53/udp"'),
    PLATFORM: ("this is no platform", "write it as linux/amd64 or linux/arm/v7"),
    STAGE_PLATFORM: ("this is no platform", "write it as $BUILDPLATFORM or linux/arm64"),
    FLAG_PATH: (
        "this holds a blank, a quote, a backslash, a comma or what is no ASCII",
        "name a path without: a flag of an instruction cannot hold it",
    ),
    OCTAL: ("this is no mode", 'write it as "0755", in quotes'),
    SHA256: ("this is no SHA-256 sum", "write its 64 hexadecimal digits"),
    CHECKSUM: ("this is no checksum", "write it as sha256: and 64 hexadecimal digits"),
    SIGNAL: ("this is no signal", "write it as SIGTERM or 15"),
    QUANTITY: ("this is no quantity", "write it as 500m, 2 or 4Gi"),
    LIMIT: (
        "this is no quantity above 0, and Kubernetes takes 0 for no limit",
        "write it as 500m, 2 or 4Gi, or leave it out",
    ),
}


def _text(pattern: str | None, longest: int, shortest: int = 1) -> Any:
    return Field(min_length=shortest, max_length=longest, pattern=pattern)


_Name = Annotated[str, _text(None, 63)]
StageName = Annotated[_Name, Keeps(textrules.STAGE_NAME)]
# A stage as it is meant from outside: a Dockerfile may name it with capitals, which do not count.
AnyStageName = Annotated[_Name, Keeps(textrules.ANY_STAGE_NAME)]
OwnStageName = Annotated[_Name, Keeps(textrules.OWN_STAGE_NAME)]
ContextName = Annotated[_Name, Keeps(textrules.CONTEXT_NAME)]
ArgName = Annotated[str, _text(ARG_NAME, 128)]
OwnArgName = Annotated[ArgName, Keeps(textrules.ARG_NAME)]
EnvName = Annotated[str, _text(ENV_NAME, 128)]
ObjectName = Annotated[str, _text(OBJECT_NAME, 253)]
ConfigMapKey = Annotated[str, _text(CONFIG_MAP_KEY, 253)]
CredentialName = Annotated[str, _text(CREDENTIAL_NAME, 63)]
Commit = Annotated[str, _text(None, 64), Keeps(textrules.COMMIT)]

# One line: a path, a word, an image.
Line = Annotated[str, _text(NO_CONTROL, 512)]
RelativePath = Annotated[Line, Keeps(textrules.RELATIVE_PATH)]
FilePath = Annotated[Line, Keeps(textrules.FILE_PATH)]
FileTarget = Annotated[Line, Keeps(textrules.FILE_TARGET)]
GitUrl = Annotated[Line, Keeps(urlrules.GIT_URL)]
HttpUrl = Annotated[Line, Keeps(urlrules.HTTP_URL)]
AddedGitUrl = Annotated[Line, Keeps(urlrules.ADDED_GIT_URL)]
AddedUrl = Annotated[Line, Keeps(urlrules.ADDED_URL)]
TaggedImage = Annotated[Line, Keeps(textrules.TAGGED_IMAGE)]
PublishedImage = Annotated[Line, Keeps(textrules.PUBLISHED_IMAGE)]
# What an image or a stage is named by; ``$`` only where a variable may stand.
Reference = Annotated[str, _text(REFERENCE, 512)]
Base = Annotated[str, _text(BASE, 512), Keeps(textrules.BASE)]
Platform = Annotated[str, _text(PLATFORM, 64)]
Owner = Annotated[str, _text(OWNER, 128)]
Mode = Annotated[str, _text(MODE, 64)]
# A path in a flag of an instruction; ``$NAME`` as in that instruction.
FlagPath = Annotated[str, _text(FLAG_PATH, 512)]
StagePlatform = Annotated[str, _text(STAGE_PLATFORM, 128), Keeps(textrules.STAGE_PLATFORM)]
Id = Annotated[pydantic.StrictInt, Field(ge=0, le=65535)]
OctalMode = Annotated[str, _text(OCTAL, 4)]
Sha256 = Annotated[str, _text(SHA256, 64)]
Checksum = Annotated[str, _text(CHECKSUM, 71)]
Signal = Annotated[str, _text(SIGNAL, 16)]
# One pattern of .dockerignore.
IgnorePattern = Annotated[str, _text(NO_CONTROL, 512)]
# One word: what may hold no blank at all.
Word = Annotated[str, _text(NO_BLANK, 256)]
GitRef = Annotated[Word, Keeps(textrules.GIT_REF)]
# One line that may be empty: a value.
Value = Annotated[str, _text(NO_CONTROL_BUT_TAB, 4096, shortest=0)]
# The same, with facts in it.
FactValue = Annotated[Value, Keeps(textrules.FACT_VALUE)]
# The same for many maps of many: the API server's budget carries no longer ones.
FactLabel = Annotated[str, _text(NO_CONTROL, 1024, shortest=0), Keeps(textrules.FACT_VALUE)]
# One word of a program's arguments; what it means is the program's business.
Argument = Annotated[str, _text(NO_CONTROL_BUT_NEWLINE_TAB, 4096, shortest=0)]
# 32,000 characters are at most 128,000 bytes: Linux takes no argument of more than 131,071.
Script = Annotated[str, _text(NO_CONTROL_BUT_NEWLINE_TAB, 32000)]
Content = Annotated[str, _text(NO_CONTROL_BUT_NEWLINE_TAB, 262144, shortest=0)]
DockerfileText = Annotated[str, _text(None, 262144), Keeps(textrules.DOCKERFILE)]


def _int_or_string(**bounds: Any) -> pydantic.WithJsonSchema:
    kinds = [{"type": "integer"}, {"type": "string"}]
    return pydantic.WithJsonSchema({"x-kubernetes-int-or-string": True, "anyOf": kinds, **bounds})


User = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=0)] | Word,
    _int_or_string(minimum=0, minLength=1, maxLength=256, pattern=NO_BLANK),
]
Port = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=1, le=65535)] | Annotated[str, _text(PORT, 11)],
    _int_or_string(minimum=1, maximum=65535, minLength=1, maxLength=11, pattern=PORT),
]
Quantity = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=0)] | Annotated[str, _text(QUANTITY, 32)],
    _int_or_string(minimum=0, minLength=1, maxLength=32, pattern=QUANTITY),
]
# The number 0 is told by checks.quantities, with words.
Limit = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=0)] | Annotated[str, _text(LIMIT, 32)],
    _int_or_string(minimum=1, minLength=1, maxLength=32, pattern=LIMIT),
]
