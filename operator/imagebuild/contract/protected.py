"""What commits may be built with secrets: a setting's entries, by ref and by repository.

An entry is a ref in full, as ``refs/heads/main``, of any repository; or a repository's URL before
it, as ``https://git.example.com/team/*@refs/heads/main``. ``*`` stands for anything; in the URL's
host it ends with the host.
"""

import re
from collections.abc import Iterable

from imagebuild.contract import images

_URL = re.compile(r"(?:https?|ssh)://[^/\s]+/[^?#%\\\s]+")


def parted(entry: str) -> tuple[str, str]:
    """URL and ref of an entry; the URL is "" where it is of any repository."""
    if entry.startswith("refs/"):
        return "", entry
    url, _, ref = entry.partition("@refs/")
    return url, f"refs/{ref}"


def is_plain(url: str) -> bool:
    """Whether it is a URL that says where it leads: no query, no escapes, no ``..``."""
    parts = _normal(url).partition("://")[2].split("/")
    return _URL.fullmatch(url) is not None and not {"", ".", ".."} & set(parts)


def allows(entries: Iterable[str], url: str, refs: Iterable[str]) -> bool:
    """Whether one of the entries is of this repository, at one of these refs."""
    found = tuple(refs)
    return any(_of(*parted(entry), url=url, refs=found) for entry in entries)


def _of(repository: str, ref: str, *, url: str, refs: tuple[str, ...]) -> bool:
    if repository and not _is_repository(repository, url):
        return False
    return any(re.fullmatch(images.regex(ref), known) for known in refs)


def _is_repository(pattern: str, url: str) -> bool:
    scheme, _, rest = _normal(pattern).partition("://")
    # What a pattern has for the host is no other host's user or path.
    host, _, path = rest.partition("/")
    within = images.regex(host).replace(".*", "[^/@]*")
    whole = f"{re.escape(scheme)}://{within}/{images.regex(path)}"
    return is_plain(url) and re.fullmatch(whole, _normal(url)) is not None


def _normal(url: str) -> str:
    """Scheme and host in small letters, without what git leaves open at the end."""
    scheme, sep, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    path = path.rstrip("/").removesuffix(".git")
    return f"{scheme.lower()}{sep}{host.lower()}{slash}{path}"
