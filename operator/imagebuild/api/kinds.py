"""The kinds of text that a spec is made of, each with its bounds.

Every string has a longest length and refuses control characters: what is written ends up in lines
of a Dockerfile. Patterns are of the syntax that Go's and Rust's regular expressions share; both
search, so each is anchored.
"""

from typing import Annotated, Any

import pydantic
from pydantic import Field

NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"
NO_CONTROL_BUT_NEWLINE_TAB = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
NO_SPACE = r"^[^\x00-\x20\x7f-\xa0]*$"
SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$"

StageName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z][a-z0-9._-]*$")]
ArgName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
EnvName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]
ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=SUBDOMAIN)]
Commit = Annotated[str, Field(max_length=64, pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
ConfigMapKey = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]

# One line: a path, a word, an image.
Line = Annotated[str, Field(min_length=1, max_length=512, pattern=NO_CONTROL)]
# One line that may be empty: a value.
Value = Annotated[str, Field(max_length=4096, pattern=NO_CONTROL)]
# What an image or a stage is named by; ``$`` only where a variable may stand.
Reference = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$")
]
Base = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9$][A-Za-z0-9._/:@${}+?-]*$")
]
Owner = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$",
    ),
]
_SYMBOLIC = "[ugoa]*[-+=][rwxXst]+"
Mode = Annotated[
    str,
    Field(min_length=3, max_length=64, pattern=rf"^([0-7]{{3,4}}|{_SYMBOLIC}(,{_SYMBOLIC})*)$"),
]
# One word: what may hold no blank at all.
Word = Annotated[str, Field(min_length=1, max_length=256, pattern=NO_SPACE)]
# One word of a program's arguments; what it means is the program's business.
Argument = Annotated[str, Field(max_length=4096, pattern=NO_CONTROL_BUT_NEWLINE_TAB)]
# 32,000 characters are at most 128,000 bytes: Linux takes no argument of more than 131,071.
Script = Annotated[str, Field(min_length=1, max_length=32000, pattern=NO_CONTROL_BUT_NEWLINE_TAB)]
Content = Annotated[str, Field(max_length=262144, pattern=NO_CONTROL_BUT_NEWLINE_TAB)]


def _int_or_string(**bounds: Any) -> pydantic.WithJsonSchema:
    kinds = [{"type": "integer"}, {"type": "string"}]
    return pydantic.WithJsonSchema({"x-kubernetes-int-or-string": True, "anyOf": kinds, **bounds})


User = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=0)] | Word,
    _int_or_string(minimum=0, minLength=1, maxLength=256, pattern=NO_SPACE),
]
PORT = r"^[0-9]{1,5}(/(tcp|udp|sctp))?$"
Port = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=1, le=65535)]
    | Annotated[str, Field(max_length=11, pattern=PORT)],
    _int_or_string(minimum=1, maximum=65535, maxLength=11, pattern=PORT),
]
Quantity = Annotated[
    Annotated[pydantic.StrictInt, Field(ge=0)]
    | Annotated[str, Field(min_length=1, max_length=32, pattern=QUANTITY)],
    _int_or_string(minimum=0, minLength=1, maxLength=32, pattern=QUANTITY),
]
