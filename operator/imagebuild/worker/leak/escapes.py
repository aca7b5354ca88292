"""How programs write the signs of a text that mean something where they write it."""

import html
import itertools
import json
import re
import urllib.parse
from collections.abc import Iterator

# What is left as it is beside letters, digits and "-._~"; in lists of one sign, all are escaped.
_SAFE_IN_URL = (
    "",  # RFC 3986's unreserved alone
    "/",  # Python
    "!'()*",  # JavaScript's encodeURIComponent
    "*",  # Java, Ruby and what browsers send of a form
    "!#$&'()*+,/:;=?@",  # JavaScript's encodeURI
    "$&+,;=",  # Go: a password
    "$&+:=@",  # Go: a segment of a path
    "$&+,/:;=@",  # Go: a path
    "!$&'()*+,;=",  # RFC 3986: a user's name and password
    "!$&'()*+,:;=@",  # RFC 3986: a segment of a path
    "!$&'()*+,/:;=@",  # RFC 3986: a path
    "!$%&'()*+,",  # browsers: a user's name and password
)
_ESCAPED = re.compile("%[0-9A-F]{2}")
# Quotation marks within an attribute and without, as each library names them.
_DOUBLE = ('"', "&quot;", "&#34;")
_SINGLE = ("'", "&#39;", "&#x27;", "&apos;")


def in_url(value: bytes) -> Iterator[str]:
    """Percent-encoded, with either kind of digits, and a blank as a plus or not."""
    for safe in _SAFE_IN_URL:
        quoted = urllib.parse.quote(value, safe=safe)
        for form in (quoted, quoted.replace("~", "%7E")):
            for blank in ("%20", "+"):
                written = form.replace("%20", blank)
                yield written
                yield _ESCAPED.sub(lambda match: match[0].lower(), written)


def in_json(text: str) -> Iterator[str]:
    """As a string of JSON, and as one in a document that is itself a string."""
    once = tuple(dict.fromkeys(_in_json(text)))
    yield from once
    for form in once:
        yield from _in_json(form)


def in_markup(text: str) -> Iterator[str]:
    """As in HTML and XML."""
    few = html.escape(text, quote=False)
    for form, double, single in itertools.product(
        (few, few.replace("&gt;", ">")), _DOUBLE, _SINGLE
    ):
        yield form.replace("'", single).replace('"', double)


def in_shell(text: str) -> Iterator[str]:
    """With backslashes, and within either kind of quotes; with the dollars of make and compose."""
    yield re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", text)
    yield re.sub(r'[\\"$`]', r"\\\g<0>", text)
    yield text.replace("'", r"'\''")
    yield text.replace("'", "'\"'\"'")
    yield text.replace("$", "$$")


def _in_json(text: str) -> Iterator[str]:
    for ascii_only in (False, True):
        plain = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield plain
        yield plain.replace("/", r"\/")
        # Go's, which has HTML in mind; images' configurations are written so.
        yield re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", plain)
