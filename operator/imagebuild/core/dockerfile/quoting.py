"""Values in the one form of a Dockerfile's instructions that has no second reading.

RUN, COPY, CMD and ENTRYPOINT take their JSON form, in which no heredoc can begin; ARG, ENV, LABEL,
WORKDIR and USER take one word in double quotes. What ``$`` means is settled by ``api.variables``
and written out for each form.

Sources: https://docs.docker.com/reference/dockerfile/ and BuildKit's frontend/dockerfile/parser,
which takes no line of more than 65,535 bytes, and frontend/dockerfile/shell.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from imagebuild.api import variables

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=$][A-Za-z0-9_./:@%+,={}$-]*")
# What is escaped in double quotes, and elsewhere. In a word that becomes a path `<` counts too,
# since two name a heredoc, and a byte order mark, which would be dropped at the start.
_QUOTED = {ord(character): f"\\{character}" for character in '"$\\'}
_BARE = {ord(character): f"\\{character}" for character in "\"'$\\<}\ufeff"}
_PIECE = 4096  # characters: at most 6 bytes each, so far below the parser's longest line
_encoded = json.JSONEncoder(ensure_ascii=False).encode


def word(text: str) -> str:
    """One word for ENV, LABEL, WORKDIR and USER: in double quotes, unless it is plain."""
    parts = _parts(text)
    if _PLAIN.fullmatch(text):
        return text
    return f'"{"".join(_escaped(part, _QUOTED) for part in parts)}"'


def literal(text: str) -> str:
    """One word for ARG, in which nothing stands for anything else."""
    return f'"{text.translate(_QUOTED)}"'


def path(text: str) -> str:
    """One word for COPY's JSON form, in which variables still stand for their values."""
    return _unquoted(_parts(text))


def _parts(text: str) -> Sequence[variables.Part]:
    return variables.parse(text) if "$" in text else (text,)


def _unquoted(parts: Sequence[variables.Part]) -> str:
    return "".join(_escaped(part, _BARE) for part in parts)


def _escaped(part: variables.Part, escapes: Mapping[int, str]) -> str:
    """A part as the expansion reads it back."""
    if isinstance(part, str):
        return part.translate(escapes)
    if not part.operator:
        return f"${{{part.name}}}"
    return f"${{{part.name}{part.operator}{_unquoted(part.word)}}}"


def json_list(words: Iterable[str]) -> str:
    """The JSON form of RUN, COPY, CMD and ENTRYPOINT, on several lines where it is long."""
    strings = [_json_string(word) for word in words]
    between = ", " if sum(map(len, strings)) <= _PIECE else ",\\\n"
    return f"[{between.join(strings)}]"


def _json_string(text: str) -> str:
    """A JSON string, continued on a further line where it is long.

    The parser joins continued lines before it reads the JSON. It drops a continued line that
    looks like a comment or is blank, and does not take two backslashes for a continuation, so
    each piece begins and ends with a character that can be none of these.
    """
    pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)] or [""]
    encoded = [_encoded(piece)[1:-1] for piece in pieces]
    for index in range(1, len(pieces)):
        encoded[index - 1] = re.sub(r"\\\\\Z", r"\\u005c", encoded[index - 1])
        first = pieces[index][0]
        if not first.isalnum():
            encoded[index] = _code_units(first) + _encoded(pieces[index][1:])[1:-1]
    return '"' + "\\\n".join(encoded) + '"'


def _code_units(character: str) -> str:
    r"""A character as JSON's ``\uXXXX``, twice where UTF-16 needs two."""
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
