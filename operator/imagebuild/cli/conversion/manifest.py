"""An object as YAML that people read: scripts as blocks, short lists in one line, comments.

Source: https://yaml.org/spec/1.1/; what YAML 1.2 reads otherwise, as Go's libraries do in part, is
quoted.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_WIDTH = 100
# These have a line for each of their fields, however short they are.
_BLOCK = re.compile(
    r"metadata|spec|.*\.(stages\[\d+\]|steps\[\d+\]|publish\[\d+\]|labels|healthcheck)"
)
# Numbers, dates and truths of one YAML or another.
_DOUBTFUL = re.compile(r"[-+.]?[0-9][0-9a-fA-FxXoO_.:eE+-]*|[yYnN]", re.ASCII)
# What needs no quotes unless it means something else.
_WORD = re.compile(r"[A-Za-z0-9_./$+~(][A-Za-z0-9_./$+~()@%=:^*-]*(?<!:)", re.ASCII)
# What a block can hold: no other ends of lines than \n, nothing that must be escaped.
_PLAIN = re.compile(
    r"[\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*"
)


def text(found: Mapping[str, Any], comments: Mapping[str, tuple[str, ...]]) -> str:
    """The YAML of JSON data; comments stand above the places (``spec.stages[0]``) they go by."""
    return "".join(f"{line}\n" for line in _Writer(comments).mapping(found, "", ""))


class _Writer:
    def __init__(self, comments: Mapping[str, tuple[str, ...]]) -> None:
        self._comments = comments

    def mapping(self, found: Mapping[str, Any], place: str, indent: str) -> Iterator[str]:
        """Lines of a map, each with the indent."""
        for key, value in found.items():
            inner = f"{place}.{key}" if place else key
            yield from self._comment(inner, indent)
            yield from self._entry(f"{indent}{_scalar(key)}:", value, inner, indent)

    def _entry(self, start: str, value: Any, place: str, indent: str) -> Iterator[str]:
        """A key or a dash with what follows it."""
        inline = self._inline(value, place, len(start) + 1)
        if inline is not None:
            yield f"{start} {inline}"
        elif isinstance(value, str):
            yield from _block(start, value, indent)
        elif isinstance(value, Mapping):
            yield start
            yield from self.mapping(value, place, f"{indent}  ")
        else:
            yield start
            yield from self._sequence(value, place, f"{indent}  " if start[-1] == "-" else indent)

    def _sequence(self, found: list[Any], place: str, indent: str) -> Iterator[str]:
        for index, value in enumerate(found):
            inner = f"{place}[{index}]"
            yield from self._comment(inner, indent)
            if isinstance(value, Mapping) and self._inline(value, inner, len(indent) + 2) is None:
                first, *rest = self.mapping(value, inner, f"{indent}  ")
                while first.lstrip().startswith("#"):
                    yield first[2:]
                    first, *rest = rest
                yield f"{indent}- {first.removeprefix(indent + '  ')}"
                yield from rest
            else:
                yield from self._entry(f"{indent}-", value, inner, indent)

    def _inline(self, value: Any, place: str, column: int) -> str | None:
        """The value where it fits in the line; a single word always does."""
        if isinstance(value, str):
            return None if _is_lines(value) else _scalar(value)
        if not isinstance(value, list | Mapping):
            return _scalar(value)
        inner = (f"{place}.", f"{place}[")
        if value and (_is_block(value, place) or any(p.startswith(inner) for p in self._comments)):
            return None
        flow = _flow(value)
        return flow if flow is not None and column + len(flow) <= _WIDTH else None

    def _comment(self, place: str, indent: str) -> Iterator[str]:
        for comment in self._comments.get(place, ()):
            yield f"{indent}# {comment}".rstrip()


def _is_block(value: list[Any] | Mapping[str, Any], place: str) -> bool:
    """Whether it has several lines in any case: so has a list of several maps."""
    if isinstance(value, Mapping):
        return _BLOCK.fullmatch(place) is not None
    maps = [item for item in value if isinstance(item, Mapping)]
    return len(maps) > 1 or (bool(maps) and _is_block(maps[0], f"{place}[0]"))


def _flow(value: Any) -> str | None:
    """The value in one line; None where it holds several."""
    if isinstance(value, str) and "\n" in value:
        return None
    if isinstance(value, list):
        items = [_flow(item) for item in value]
        return None if None in items else f"[{', '.join(filter(None, items))}]"
    if isinstance(value, Mapping):
        entries = {_scalar(key): _flow(item) for key, item in value.items()}
        if None in entries.values():
            return None
        return "{" + ", ".join(f"{key}: {item}" for key, item in entries.items()) + "}"
    return _scalar(value, flow=True)


def _scalar(value: Any, *, flow: bool = False) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    if _is_word(value):
        return value
    style = '"' if _DOUBTFUL.fullmatch(value) or not value.isprintable() else None
    dumped = yaml.safe_dump(
        [value] if flow else {"k": value},
        default_flow_style=flow,
        default_style=style,
        width=math.inf,
        allow_unicode=True,
    ).rstrip("\n")
    written = dumped[1:-1] if flow else dumped.partition(":")[2].strip()
    if written.startswith("'") and not re.search(r"[\"\\]", value):
        return f'"{value}"'
    return written


def _is_lines(value: str) -> bool:
    """Whether it can be written as a block."""
    several = "\n" in value and value.strip("\n") != ""
    return several and _PLAIN.fullmatch(value) is not None


def _is_word(value: str) -> bool:
    """Whether it needs no quotes anywhere."""
    plain = _WORD.fullmatch(value) and not _DOUBTFUL.fullmatch(value)
    return bool(plain) and yaml.safe_load(f"[{value}]") == [value]


def _block(start: str, value: str, indent: str) -> Iterator[str]:
    """A text of several lines as a literal block."""
    body = value.removesuffix("\n")
    chomping = "" if body != value and not body.endswith("\n") else "+" if body != value else "-"
    leading = "2" if value[0] in " \t\n" else ""
    yield f"{start} |{leading}{chomping}"
    for line in body.split("\n"):
        yield f"{indent}  {line}" if line else ""
