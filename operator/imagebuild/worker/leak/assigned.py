"""Keys and their values, as in .env, .npmrc, pip.conf, properties, YAML and lines of a shell."""

import re
import textwrap
from collections.abc import Iterator

_KEY = r"""["']?(?P<key>[\w./:@-]+?)["']?"""
_LINE = re.compile(
    rf"""^[^\S\n]*(?:-[^\S\n]+)*(?:export[^\S\n]+)?{_KEY}[^\S\n]*"""
    r"""(?:=|:[^\S\n])[^\S\n]*(?P<value>\S[^\n]*)$""",
    re.MULTILINE,
)
# Several in a line: words of a shell, and YAML's maps within braces.
_VALUE = r"""(?P<value>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,}\]"'][^\s%s]*)"""
_WORD = re.compile(rf"(?<!\S){_KEY}={_VALUE % ''}")
_IN_BRACES = re.compile(rf"[{{,][^\S\n]*{_KEY}[^\S\n]*:[^\S\n]*{_VALUE % ',}'}")
_LIST = re.compile(
    rf"^[^\S\n]*(?:-[^\S\n]+)*{_KEY}:[^\S\n]*\n(?P<items>(?:[^\S\n]*-[^\S\n]+\S+[^\S\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)
_BLOCK = re.compile(
    rf"^(?P<indent>[^\S\n]*)(?:-[^\S\n]+)*{_KEY}:[^\S\n]*[|>][-+0-9]*[^\S\n]*\n"
    r"(?P<value>(?:(?P=indent)[^\S\n]+[^\n]*(?:\n|\Z)|[^\S\n]*\n)+)",
    re.MULTILINE,
)
_BLOCK_BEGINS = re.compile(r"[|>][-+0-9]*")
_COMMENT = re.compile(r"\s+#")
_QUOTED = re.compile(r"""(?P<mark>["'])(?P<inner>(?:(?!(?P=mark))[^\\]|\\.)*)(?P=mark)""")


def of(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each key, and the ways to read its value: with and without quotes, escapes, a comment."""
    text = text.replace("\r\n", "\n")
    for match in _BLOCK.finditer(text):
        value = textwrap.dedent(match["value"]).strip()
        yield match["key"], (value, " ".join(value.split()))
    for match in _LINE.finditer(text):
        if not _BLOCK_BEGINS.fullmatch(match["value"].strip()):
            yield match["key"], _readings(match["value"])
    for line in text.split("\n"):
        words = list(_WORD.finditer(line))
        for match in (*(words if len(words) > 1 else ()), *_IN_BRACES.finditer(line)):
            yield match["key"], _readings(match["value"])
    for match in _LIST.finditer(text):
        for item in match["items"].splitlines():
            yield match["key"], _readings(item.strip().removeprefix("-"))


def _readings(written: str) -> tuple[str, ...]:
    value = written.strip()
    if quoted := _QUOTED.match(value):
        inner = quoted["inner"]
        found = [inner, re.sub(r"\\(.)", r"\1", inner)]
        rest = value[quoted.end() :].strip()
        return tuple(found) if not rest or rest[0] in "#,;}]" else (*found, value.strip("\"'"))
    return value.strip("\"'"), _COMMENT.split(value)[0].strip("\"'")
