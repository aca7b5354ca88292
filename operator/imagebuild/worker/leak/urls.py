"""What in URLs is secret: passwords, tokens in a user's place, and what was drawn by lot."""

import re
import urllib.parse
from collections.abc import Iterator

from imagebuild.worker.leak import plainness

_PASSWORD = re.compile(r"://[^\s/:@]*:(?P<value>[^\s/@]+)@")
# With signs that should be encoded in one.
_RAW_PASSWORD = re.compile(r"""://[^\s/:@]*:(?!\d{1,5}/)(?P<value>[^\s"'<>]{1,512})@""")
_USER = re.compile(r"://(?P<value>[^\s/:@]+)@")
_URL = re.compile(r"""(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^\s/"'<>]+/[^\s"'<>]+""", re.IGNORECASE)


def of(text: str) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """The ways to read each, the name of its parameter, and whether it surely is one."""
    for form in (_PASSWORD, _RAW_PASSWORD):
        for match in form.finditer(text):
            yield _readings(match["value"]), "", form is _PASSWORD
    for match in _USER.finditer(text):
        if plainness.tells("", match["value"]):
            yield _readings(match["value"]), "", False
    for match in _URL.finditer(text):
        path, _, query = match[0].partition("?")
        for segment in path.split("/")[3:]:
            if plainness.random(segment):
                yield _readings(segment), "", False
        for parameter in re.split("[&;]", query.partition("#")[0]):
            name, _, value = parameter.partition("=")
            if plainness.tells(name, value):
                yield _readings(value), name, plainness.secretish(name)


def _readings(value: str) -> tuple[str, ...]:
    return value, urllib.parse.unquote(value, errors="surrogateescape")
