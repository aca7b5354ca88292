"""What nobody may read: the values of every Secret that a build was given, and those they had.

The kubelet renews the files while a build runs, and programs print new values as well as old.
"""

import html
import itertools
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from imagebuild.contract.order import Order
from imagebuild.worker import keychain, mask
from imagebuild.worker.leak import plainness
from imagebuild.worker.leak import values as leaked
from imagebuild.worker.solve import registry_auth

# How often files are looked at, in seconds.
_EVERY = 0.5
# Of one file: more could not be looked for in every line of a log.
_MOST_BYTES = 1 << 18
_MOST_VALUES = 2000
# Names that stand in Secrets beside what is secret.
_PUBLIC = frozenset({"known_hosts", "username", "ca.crt", "caFile", "tls.crt", "identity.pub"})

# What has a name, as in .env, .npmrc, YAML, JSON and XML.
_NAMED = re.compile(
    r"""(?<![\w.-])(?P<key>[\w.-]+)(?:["']?[ \t]*=|["'][ \t]*:|:[ \t]|>)[ \t]*"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'<][^\s"'<]*))"""
)
# Whoever logs in, and where: words that logs are full of.
_TELLING = re.compile(
    r"user(?:_?name)?|login|e?mail|host(?:name)?|server|registry|database|(?:.*_)?(?:user|host)",
    re.IGNORECASE,
)
# Words, numbers, versions, hosts, addresses, paths, and URLs without anything long.
_ORDINARY = re.compile(
    r"[A-Za-z]{1,15}(?:[-_.](?:[a-z]{1,15}|\d{1,3})){0,2}|[0-9:-]{1,5}|v?\d{1,4}(?:\.\d{1,4}){1,3}|"
    r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?|[\w.+-]+@[\w.-]+|~?/[\w./-]*|"
    r"[a-z][a-z0-9+.-]*://[\w.:-]*(?:/[\w.-]{0,15})*"
)
# Lines that say how a file is made: brackets, a section, a name whose value follows or lacks, a
# tag, and how a private key begins and ends.
_FRAME = re.compile(
    r"""[\s{}\[\](),;|>-]*|\[[\w .-]+\]|["']?[\w./:-]+["']?\s*:\s*[\[{|>]?-?|"""
    r"""[A-Z_]{3,}=|[a-z_]{3,}=|</?[\w.:-]+/?>|-----[A-Z0-9 ]+-----"""
)
# USER:PASSWORD, HOST:PORT:DATABASE:USER:PASSWORD.
_COLONS = re.compile(r"(?:[\w.*$@+-]+:)+(?!//|\d{1,5}$)(?P<last>[^\s:]+)")


class Hidden:
    """A function that puts stars in place of each value in a text."""

    def __init__(self, order: Order) -> None:
        self._registries = order.registry_secrets
        self._directories = _directories(order)
        self._files = [Path(secret.file) for secret in order.secrets]
        self._values: set[str] = set()
        self._seen: Mapping[Path, tuple[int, int]] | None = None
        self._look_at = 0.0
        self._mask = mask.mask(())

    def __call__(self, text: str) -> str:
        """The text without the values that its files hold, or ever held."""
        if time.monotonic() >= self._look_at:
            self.look()
        return self._mask(text)

    def look(self) -> None:
        """Reads the files that changed since they were looked at last."""
        self._look_at = time.monotonic() + _EVERY
        files = [*self._files, *_inside(self._directories)]
        registries = [Path(place, keychain.FILE) for place in self._registries]
        seen = {file: at for file in (*files, *registries) if (at := _changed(file))}
        if seen == self._seen:
            return
        self._seen = seen
        for file in files:
            self._values.update(_values(file))
        for place in self._registries:
            self._values.update(_of_registries(place))
        self._mask = mask.mask(self._values)


def values(content: bytes) -> Iterator[str]:
    """What of a file's content is hidden: the whole, each line, and the secrets within.

    Not what stands beside secrets: names of users and hosts, plain words that have a name which
    tells of no secret, and lines that hold no value.
    """
    content = content[:_MOST_BYTES]
    text = _text(content).strip()
    if "\0" in text:
        # A keystore, or mere bytes: it has no lines.
        yield text
        return
    named = [(match["key"], value) for match in _NAMED.finditer(text) for value in _meant(match)]
    secret = {value for key, value in named if plainness.secretish(key)}
    beside = {
        value for key, value in named if _TELLING.fullmatch(key) or _ORDINARY.fullmatch(value)
    }
    beside -= secret
    found = map(_text, leaked.all_of(content))
    every = dict.fromkeys((text, *(value for _, value in named), *_behind_colons(text), *found))
    for value in itertools.islice(every, _MOST_VALUES):
        if value == text or not (value in beside or _FRAME.fullmatch(value)):
            yield value.strip()


def _text(content: bytes) -> str:
    """What is no UTF-8 as surrogates, as ``mask`` takes it."""
    return content.decode("utf-8", "surrogateescape")


def _meant(match: re.Match[str]) -> Iterator[str]:
    """A value as it is written, and what shells and XML read it as."""
    written = match["double"] or match["single"] or match["bare"] or ""
    yield written
    yield re.sub(r"\\(.)", r"\1", written)
    yield html.unescape(written)


def _behind_colons(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if match := _COLONS.fullmatch(line.strip()):
            yield match["last"]
            yield line.strip().partition(":")[2]


def _directories(order: Order) -> Sequence[Path]:
    signed = [context.git.secret for context in order.contexts if context.git]
    return [Path(place) for place in (*(ssh.directory for ssh in order.ssh), *filter(None, signed))]


def _inside(directories: Iterable[Path]) -> Iterator[Path]:
    for directory in directories:
        names = os.listdir(directory) if directory.is_dir() else ()  # noqa: PTH208 - names alone
        for name in names:
            if name not in _PUBLIC and not name.startswith(".."):
                yield directory / name


def _changed(file: Path) -> tuple[int, int] | None:
    """What differs once a file is another one; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _values(file: Path) -> Iterator[str]:
    try:
        content = file.read_bytes()
    except OSError:
        return
    yield from values(content)


def _of_registries(place: str) -> Iterator[str]:
    yield from _values(Path(place, keychain.FILE))
    try:
        yield from registry_auth.secrets(keychain.read(place))
    except keychain.InvalidError:
        return
