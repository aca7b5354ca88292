"""ssh keys out of mounted Secrets: a private key, and the public ones of the servers.

A Secret is one of type ``kubernetes.io/ssh-auth`` or one made for Flux. What is not usable is a
FailedError ("CredentialInvalid: ...") that names the Secret and its key.
"""

import os
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import child
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

PRIVATE = ("ssh-privatekey", "identity")
KNOWN_HOSTS = "known_hosts"

_FIELDS_OF_A_HOST = 3  # names, kind of key, key; a marker may stand before them


@dataclass(frozen=True, slots=True)
class Pair:
    """Files that ssh takes: ``private`` for its owner's eyes only, and ``known_hosts``."""

    private: Path
    known_hosts: Path


def place(name: str, workspace: Workspace) -> Pair:
    """Where the files of a key lie; ``name`` is one of this build's own."""
    directory = workspace.credentials / "ssh" / name
    return Pair(directory / "key", directory / KNOWN_HOSTS)


def lay(secret: Path, name: str, *, workspace: Workspace, limits: Limits) -> Pair:
    """Lays the files of a mounted Secret at the place of ``name``.

    ssh takes no key that others may read, nor one whose last line has no end.
    """
    pair = place(name, workspace)
    key = next((key for key in PRIVATE if (secret / key).exists()), None)
    if key is None:
        raise invalid(secret, f"it has neither {PRIVATE[0]} nor {PRIVATE[1]}")
    hosts = _known_hosts(secret)
    pair.private.parent.mkdir(mode=0o700, parents=True)
    _write(pair.private, (secret / key).read_bytes().rstrip() + b"\n")
    _write(pair.known_hosts, hosts)
    _require_usable(pair.private, secret, key, workspace=workspace, limits=limits)
    return pair


def invalid(secret: Path, why: str) -> FailedError:
    """The failure of a Secret, by the directory where it is mounted."""
    words = f"CredentialInvalid: Secret {secret.name}: {why}"
    return FailedError(Failure(Cause.CONTEXT, words, secret=secret.name))


def _known_hosts(secret: Path) -> bytes:
    try:
        content = (secret / KNOWN_HOSTS).read_bytes()
    except FileNotFoundError:
        why = f"it has no {KNOWN_HOSTS}, the servers' public keys, as ssh-keyscan prints them"
        raise invalid(secret, why) from None
    lines = (line.split() for line in content.splitlines())
    if not any(len(line) >= _FIELDS_OF_A_HOST and not line[0].startswith(b"#") for line in lines):
        raise invalid(secret, f"{KNOWN_HOSTS} holds no public key of a server")
    return content.rstrip() + b"\n"


def _require_usable(
    file: Path, secret: Path, key: str, *, workspace: Workspace, limits: Limits
) -> None:
    said: deque[str] = deque(maxlen=3)
    code = child.run(
        [workspace.ssh_keygen, "-y", "-P", "", "-f", str(file)],
        environment=workspace.environment,
        limits=limits,
        listener=child.Listener(output=said.append),
    )
    if code == 0:
        return
    words = " ".join(said)
    if "passphrase" in words:
        raise invalid(secret, f"{key} needs a passphrase: give it a key without one")
    raise invalid(secret, f"{key} holds no private key that ssh can read")


def _write(file: Path, content: bytes) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:  # noqa: PTH123 - of a descriptor
        opened.write(content)
