"""One Docker configuration out of all the registry Secrets of a build.

Each directory is a mounted Secret of type ``kubernetes.io/dockerconfigjson``:
``{"auths": {"HOST": {"username", "password", "auth", "identitytoken", "registrytoken"}}}``, where
``auth`` is ``USER:PASSWORD`` in base64. Nothing but ``auths`` is taken over: a credential helper
named there would be a program to run.

HOST is a registry, or a URL of which the host counts, as Docker takes it. Docker Hub, which Docker
knows by one such URL alone, may be called by any name that it has.
Source: ConvertToHostname in cli/config/credentials/file_store.go of github.com/docker/cli.
"""

import base64
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from imagebuild.contract import images
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.failure import FailedError

_FILE = ".dockerconfigjson"
_TOKENS = ("password", "auth", "identitytoken", "registrytoken")

_HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = (images.HUB, "index.docker.io", "registry-1.docker.io")


def merge(directories: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """HOST -> credentials, from all the directories; the first that names a registry wins.

    Raises FailedError ("CredentialInvalid: ...") with the name of a directory that holds none.
    """
    merged: dict[str, Mapping[str, str]] = {}
    for directory in directories:
        for host, entry in _read(Path(directory)).items():
            merged.setdefault(host, entry)
    return merged


def holder(directories: Sequence[str], host: str) -> str | None:
    """The name of the Secret whose credentials a registry is given; None where none names it.

    Raises FailedError, as ``merge``.
    """
    keys = [(key, Path(place).name) for place in directories for key in _read(Path(place))]
    wanted = _HUB_KEY if host == images.HUB else host
    # An entry of just this name comes before one of a URL, wherever they stand.
    exact = (name for key, name in keys if key == wanted)
    return next(exact, None) or next((name for key, name in keys if _host(key) == host), None)


def write(auths: Mapping[str, Mapping[str, str]], directory: Path) -> None:
    """Makes ``directory`` what ``DOCKER_CONFIG`` names, for its owner's eyes only."""
    directory.mkdir(mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(directory / "config.json", flags, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
        json.dump({"auths": auths}, file)


def secrets(auths: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    """Every value in it that nobody may read."""
    for entry in auths.values():
        yield from (entry[key] for key in _TOKENS if entry.get(key))
        yield _decode(entry.get("auth", "")).partition(":")[2]


def _read(directory: Path) -> dict[str, Mapping[str, str]]:
    try:
        data = json.loads((directory / _FILE).read_bytes())
        entries = {host: _entry(entry) for host, entry in data["auths"].items()}
    except FileNotFoundError:
        raise _invalid(directory, "it has no such key") from None
    except OSError as error:
        raise _invalid(directory, error.strerror or str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        shape = 'it holds no {"auths": {"HOST": {"auth": "<base64 of USER:PASSWORD>"}}}'
        raise _invalid(directory, shape) from None
    return {_HUB_KEY if _host(key) == images.HUB else key: e for key, e in entries.items()}


def _host(key: str) -> str:
    name = key.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return images.HUB if name in _HUB_HOSTS else name


def _entry(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """A copy of the entry; raises ValueError where a value is none that Docker would read."""
    copy = {key: value for key, value in entry.items() if isinstance(value, str)}
    if copy.get("auth") and ":" not in _decode(copy["auth"]):
        raise ValueError("auth")
    return copy


def _decode(auth: str) -> str:
    return base64.b64decode(auth, validate=True).decode()


def _invalid(directory: Path, why: str) -> FailedError:
    words = f"CredentialInvalid: registry secret {directory.name}: {_FILE}: {why}"
    return FailedError(Failure(Cause.CONTEXT, words))
