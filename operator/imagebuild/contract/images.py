"""Images' names: their parts, all that may be left out of them, and patterns of them.

Source: https://github.com/distribution/reference
"""

import re
from collections.abc import Iterable

# The host of what has no host in its name.
HUB = "docker.io"


def whole(image: str) -> str:
    """The name with its host, and with a tag or a digest."""
    host, slash, path = image.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        host, path = HUB, image
    if host == f"index.{HUB}":
        host = HUB
    if host == HUB and "/" not in path:
        path = f"library/{path}"
    tagged = ":" in path or "@" in path
    return f"{host}/{path}" + ("" if tagged else ":latest")


def host(image: str) -> str:
    """The registry that holds it."""
    return whole(image).partition("/")[0]


def repository(image: str) -> str:
    """The name as it is, without tag and digest."""
    return _parted(image)[0]


def tag(image: str) -> str:
    """The tag alone, empty where it has none or a digest says which image it is."""
    return "" if "@" in image else _parted(image)[1]


def matches(patterns: Iterable[str], image: str) -> bool:
    """Whether one of the patterns is of the image's HOST/PATH, whatever tag or digest it has.

    The host and ``library/`` of Docker Hub, which an image's name may leave out, a pattern names.
    """
    name = repository(whole(image))
    return any(re.fullmatch(repositories(pattern), name) for pattern in patterns)


def repositories(pattern: str) -> str:
    """A pattern of HOST/PATH as ``regex``; ``*`` in its host is no other host's path.

    Else ``*.example.com/*`` would be of evil.example/a.example.com/b too.
    """
    host, slash, path = pattern.partition("/")
    if not slash:
        return regex(pattern)
    return regex(host).replace(".*", "[^/]*") + f"/{regex(path)}"


def regex(pattern: str) -> str:
    """A pattern with ``*`` for anything, of images, refs or namespaces; Python and RE2 read it."""
    return ".*".join(map(re.escape, pattern.split("*")))


def _parted(image: str) -> tuple[str, str]:
    name = image.partition("@")[0]
    before, colon, tag = name.rpartition(":")
    return (before, tag) if colon and "/" not in tag else (name, "")
