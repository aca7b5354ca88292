"""With what a git server is signed in to: out of a mounted Secret, and to that one server only.

The Secret is one of the types ``kubernetes.io/basic-auth`` (``username``, ``password``) and
``kubernetes.io/ssh-auth``, holds a ``bearerToken``, or was made for Flux, whose keys are the same;
``ca.crt`` in it is trusted for this server. Where nothing of it fits the URL, or a value is none,
that is a FailedError ("CredentialInvalid: ...") which names the Secret.
"""

import base64
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from imagebuild.worker import sshkeys, trust
from imagebuild.worker.contexts import hosts
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

# A header's value holds no control characters. Source: RFC 9110, 5.5.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_AUTHORITIES = ("ca.crt", "caFile")
_SSH = {
    "BatchMode": "yes",
    "ClearAllForwardings": "yes",
    "ConnectTimeout": "30",
    "GlobalKnownHostsFile": "/dev/null",
    "IdentitiesOnly": "yes",
    "IdentityAgent": "none",
    # Says which key a server showed; all else of it is dropped.
    "LogLevel": "DEBUG1",
    "ServerAliveCountMax": "3",
    "ServerAliveInterval": "10",
    "StrictHostKeyChecking": "yes",
    "UpdateHostKeys": "no",
}
_SSH_PORT = 22


class Place(NamedTuple):
    """A server: what is given to one is given to no other, nor to the same by a weaker scheme."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """What ``server`` alone is shown: ``header``, or the key of ``ssh``.

    ``authorities`` is a file with all that are trusted there, None: those of the workspace.
    """

    secret: str
    server: Place
    header: str = field(default="", repr=False)
    ssh: sshkeys.Pair | None = None
    authorities: Path | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of a request that is signed."""
        return {"Authorization": self.header} if self.header else {}

    def at(self, url: str) -> "Credentials | None":
        """Itself where the URL is one of its server, else None."""
        return self if place(url) == self.server else None

    def environment(self, address: str) -> Mapping[str, str]:
        """What git finds around it, where no other program's arguments or files show it.

        ``address`` is the server's, as it was looked up; ssh knows it by its name.
        """
        scheme, host, port = self.server
        named = f"[{host}]" if ":" in host else host
        if self.header:
            return {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.{scheme}://{named}:{port}/.extraHeader",
                "GIT_CONFIG_VALUE_0": f"Authorization: {self.header}",
            }
        if self.ssh is None:
            return {}
        options = {
            **_SSH,
            "HostKeyAlias": host if port == _SSH_PORT else f"[{host}]:{port}",
            "HostName": address,
            "IdentityFile": str(self.ssh.private),
            "UserKnownHostsFile": str(self.ssh.known_hosts),
        }
        words = [part for pair in options.items() for part in ("-o", "=".join(pair))]
        command = shlex.join(["ssh", "-F", "/dev/null", *words])
        return {"GIT_SSH_COMMAND": command, "GIT_SSH_VARIANT": "ssh"}


def place(url: str) -> Place:
    """The server of a URL that was looked at."""
    parts = urlsplit(url)
    return Place(parts.scheme, (parts.hostname or "").rstrip("."), hosts.port(parts))


def read(
    directory: str, url: str, *, name: str, workspace: Workspace, limits: Limits
) -> Credentials:
    """The credentials in a mounted Secret for the server of a URL; ``name`` is the context's."""
    secret, server = Path(directory), place(url)
    if server.scheme == "ssh":
        pair = sshkeys.lay(secret, f"git-{name}", workspace=workspace, limits=limits)
        return Credentials(secret.name, server, ssh=pair)
    held = {
        key: text for key in ("username", "password", "bearerToken") if (text := _text(secret, key))
    }
    if "bearerToken" in held:
        header = f"Bearer {held['bearerToken']}"
    elif held.keys() >= {"username", "password"}:
        if ":" in held["username"]:
            raise sshkeys.invalid(secret, "its username holds a colon")
        pair_ = f"{held['username']}:{held['password']}".encode()
        header = f"Basic {base64.b64encode(pair_).decode()}"
    else:
        raise sshkeys.invalid(
            secret,
            f"for an address that begins with {server.scheme}:// it needs username and password, "
            "or bearerToken",
        )
    return Credentials(
        secret.name,
        server,
        header=header,
        authorities=_authorities(secret, name=name, workspace=workspace),
    )


def _authorities(secret: Path, *, name: str, workspace: Workspace) -> Path | None:
    own = [secret / key for key in _AUTHORITIES if (secret / key).exists()]
    if not own:
        return None
    to = workspace.credentials / f"git-{name}.pem"
    base = {"system": workspace.authorities} if workspace.authorities else {}
    trust.write(own, to, **base)
    return to


def _text(secret: Path, key: str) -> str:
    try:
        text = (secret / key).read_bytes().decode().rstrip("\r\n")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise sshkeys.invalid(secret, f"{key} is no text") from None
    if _CONTROL.search(text):
        raise sshkeys.invalid(secret, f"{key} holds more than one line, or a control character")
    return text
