"""What an image is searched for: the mounted Secrets of an order, as they are and as they were."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imagebuild.contract.order import Order
from imagebuild.worker import keychain
from imagebuild.worker.leak import values

# How often the files are read, in seconds: a kubelet renews them every minute or so.
_EVERY = 0.5
_SSH_KEYS = ("ssh-privatekey", "identity")
# Of a Secret for git what is none.
_PUBLIC = frozenset({"username", "known_hosts", "identity.pub", "ca.crt", "caFile"})


@dataclass(frozen=True, slots=True)
class Source:
    """A key of a mounted Secret; ``name`` is what the spec calls it, "" where it has no name."""

    name: str
    secret: str
    key: str
    file: Path

    def __str__(self) -> str:
        """As messages call it."""
        of = f"Secret {self.secret}, key {self.key}"
        return f"secret {self.name} ({of})" if self.name else of


class Guarded:
    """The sources of an order, and every content that they were seen with.

    The kubelet renews a mounted Secret while a build runs: a step may have had what was there
    before.
    """

    def __init__(self, order: Order) -> None:
        self.sources = tuple(dict.fromkeys(_sources(order)))
        self._seen: dict[Source, set[bytes]] = {source: set() for source in self.sources}

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Looks again and again, from the beginning to the end of the block."""
        end = threading.Event()

        def watch() -> None:
            while not end.wait(_EVERY):
                self.look()

        self.look()
        watcher = threading.Thread(target=watch, name="guarded", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            end.set()
            watcher.join()

    def look(self) -> None:
        """Reads all of them; what is not there, since it may be missing, is passed over."""
        for source, seen in self._seen.items():
            try:
                seen.add(source.file.read_bytes())
            except OSError:
                continue

    def values(self) -> tuple[tuple[bytes, ...], ...]:
        """The values to search for, one tuple a source."""
        return tuple(
            tuple(value for content in sorted(seen) for value in values.secret(content))
            for seen in self._seen.values()
        )

    def unguarded(self) -> Iterator[str]:
        """What cannot be searched for, in words; what is empty is none."""
        for source, seen in self._seen.items():
            names = (name for content in tuple(seen) for name in values.unguarded(content))
            for name in dict.fromkeys(names):
                yield f"what {source} holds{f' as {name}' if name else ''}"


def _sources(order: Order) -> Iterator[Source]:
    for secret in order.secrets:
        yield Source(secret.name, secret.secret, secret.key, Path(secret.file))
    for ssh in order.ssh:
        directory = Path(ssh.directory)
        key = next((key for key in _SSH_KEYS if (directory / key).exists()), None)
        if key is not None:
            yield Source(ssh.name, ssh.secret, key, directory / key)
    # No step is given these, and yet a context can be made of what they opened.
    for place in order.registry_secrets:
        yield _unnamed(Path(place, keychain.FILE))
        yield from _inside(place)
    for context in order.contexts:
        if context.git and context.git.secret:
            yield from _inside(context.git.secret)


def _inside(place: str) -> Iterator[Source]:
    """The keys of a Secret that is mounted whole, without what the kubelet keeps beside them."""
    for file in sorted(Path(place).glob("[!.]*")):
        if file.name not in _PUBLIC:
            yield _unnamed(file)


def _unnamed(file: Path) -> Source:
    return Source("", file.parent.name, file.name, file)
