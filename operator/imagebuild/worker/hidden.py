"""What nobody may read: the values of every Secret that a build was given, and those they had.

The kubelet renews the files while a build runs, and programs print new values as well as old.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from imagebuild.contract.order import Order
from imagebuild.worker import keychain, mask
from imagebuild.worker.solve import registry_auth

# How often files are looked at, in seconds.
_EVERY = 0.5
# Of one file: more could not be looked for in every line of a log.
_MOST_LINES = 400
# Names that stand in Secrets beside what is secret.
_PUBLIC = frozenset({"known_hosts", "username", "ca.crt", "caFile", "tls.crt", "identity.pub"})
# The part of a line behind its name, as in .env, .npmrc, .netrc and YAML.
_ASSIGNED = re.compile(r"(?:=|:\s|\bpassword\s)\s*[\"']?(?P<value>[^\s\"']{6,})")


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
    """What of a file's content is hidden: the whole, each line, and what is assigned in one."""
    text = content.decode("utf-8", "replace").strip()
    yield text
    lines = text.splitlines()[:_MOST_LINES]
    for line in lines:
        yield line.strip()
        yield from (match["value"] for match in _ASSIGNED.finditer(line))


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
    for value in values(content):
        # How a private key begins and ends is no secret, and tells people what they see.
        if not value.startswith("-----") or "\n" in value:
            yield value


def _of_registries(place: str) -> Iterator[str]:
    try:
        yield from registry_auth.secrets(keychain.read(place))
    except keychain.InvalidError:
        return
