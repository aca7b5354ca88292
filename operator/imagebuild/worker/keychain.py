"""Registry credentials out of mounted Secrets, and the program that Docker's clients ask for them.

Each directory is a mounted Secret of type ``kubernetes.io/dockerconfigjson``:
``{"auths": {"HOST": {"username", "password", "auth", "identitytoken", "registrytoken"}}}``, where
``auth`` is ``USER:PASSWORD`` in base64. Nothing but ``auths`` is taken over: a credential helper
named there would be a program to run. A directory that is not there, or holds nothing, is a Secret
that a build may be without.

HOST is a registry, or a URL of which the host counts, as Docker takes it. Docker Hub, which Docker
knows by one such URL alone, may be called by any name that it has.
Source: ConvertToHostname in cli/config/credentials/file_store.go of github.com/docker/cli.

The program reads the Secrets whenever it is asked, since the kubelet renews them while a build
runs; it is waited for at every request, so little is imported here.
Source: https://github.com/docker/docker-credential-helpers
"""

import binascii
import json
import os
import sys

FILE = ".dockerconfigjson"
# Under which name clients are told of the program: docker-credential-NAME on the PATH.
NAME = "imagebuild"
# The directories, with colons between, as the program is told of them.
VARIABLE = "IMAGEBUILD_REGISTRY_SECRETS"

HUB = "docker.io"
HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = (HUB, "index.docker.io", "registry-1.docker.io")

# Docker's clients know these words; all others are an error to them.
_NOT_FOUND = "credentials not found in native keychain"
_IS_A_TOKEN = "<token>"  # noqa: S105  what stands in place of a user's name


class InvalidError(ValueError):
    """A Secret holds no credentials; the words say why, and quote nothing of it."""

    def __init__(self, directory: str, why: str) -> None:
        super().__init__(f"{FILE}: {why}")
        self.secret = os.path.basename(directory)  # noqa: PTH119  no pathlib here


def read(directory: str) -> dict[str, dict[str, str]]:
    """HOST -> credentials of one Secret; raises InvalidError."""
    try:
        if all(name.startswith("..") for name in os.listdir(directory)):  # noqa: PTH208
            return {}
        with open(os.path.join(directory, FILE), "rb") as file:  # noqa: PTH118, PTH123
            data = json.load(file)
        entries = {host: _entry(entry) for host, entry in data["auths"].items()}
    except FileNotFoundError as error:
        if error.filename == directory:
            return {}
        raise InvalidError(directory, "it has no such key") from None
    except OSError as error:
        raise InvalidError(directory, error.strerror or str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        shape = 'it holds no {"auths": {"HOST": {"auth": "<base64 of USER:PASSWORD>"}}}'
        raise InvalidError(directory, shape) from None
    return {HUB_KEY if host_of(key) == HUB else key: entry for key, entry in entries.items()}


def find(directories: list[str], server: str) -> tuple[str, dict[str, str]] | None:
    """The name of the Secret and its credentials for a registry, host or URL; None for none.

    An entry of just this name comes before one of a URL; then the first Secret does. Raises
    InvalidError.
    """
    known = [
        (key, os.path.basename(place), entry)  # noqa: PTH119
        for place in directories
        for key, entry in read(place).items()
    ]
    host = host_of(server)
    wanted = HUB_KEY if host == HUB else server
    exact = ((name, entry) for key, name, entry in known if key == wanted)
    like = ((name, entry) for key, name, entry in known if host_of(key) == host)
    return next(exact, None) or next(like, None)


def host_of(key: str) -> str:
    """The registry that a key is of."""
    name = key.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return HUB if name in _HUB_HOSTS else name


def decoded(auth: str) -> tuple[str, str]:
    """User and password of an entry's ``auth``; raises ValueError."""
    user, colon, password = binascii.a2b_base64(auth, strict_mode=True).decode().partition(":")
    if not colon:
        raise ValueError("auth")
    return user, password


def answer(server: str, entry: dict[str, str]) -> dict[str, str] | None:
    """What the program says of a registry; None where an entry holds nothing that it could say."""
    user, password = decoded(entry["auth"]) if entry.get("auth") else ("", "")
    user, password = entry.get("username") or user, entry.get("password") or password
    if token := entry.get("identitytoken"):
        user, password = _IS_A_TOKEN, token
    if not password:
        return None
    return {"ServerURL": server, "Username": user, "Secret": password}


def main(argv: list[str]) -> int:
    """The program: ``get`` with a registry on stdin answers in JSON; nothing else is done."""
    if argv != ["get"]:
        sys.stdout.write("only get is known here: credentials are kept in Secrets")
        return 1
    server = sys.stdin.read().strip()
    try:
        found = find(os.environ.get(VARIABLE, "").split(":"), server)
    except InvalidError as error:
        sys.stdout.write(f"CredentialInvalid: registry secret {error.secret}: {error}")
        return 1
    said = answer(server, found[1]) if found else None
    sys.stdout.write(json.dumps(said) if said else _NOT_FOUND)
    return 0 if said else 1


def _entry(entry: dict[str, object]) -> dict[str, str]:
    """A copy of the entry; raises ValueError where a value is none that Docker would read."""
    copy = {key: value for key, value in entry.items() if isinstance(value, str)}
    if copy.get("auth"):
        decoded(copy["auth"])
    return copy
