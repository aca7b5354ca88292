"""The registry Secrets of a build: one Docker configuration, and which of them was used.

The configuration holds no credentials: it names the program that reads the mounted Secrets
whenever a client asks for a registry (``worker.keychain``). Only a ``registrytoken`` no program
can hand over: it stands in the configuration, as it was when the build began.
Source: cli/config of github.com/docker/cli, and containers-auth.json(5), which knows no
``credsStore``.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import keychain
from imagebuild.worker.failure import FailedError

_TOKENS = ("password", "auth", "identitytoken", "registrytoken")

Entries = Mapping[str, Mapping[str, str]]


def merge(directories: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """HOST -> credentials, from all the directories; the first that names a registry wins.

    Raises FailedError ("CredentialInvalid: ...") with the name of a Secret that holds none.
    """
    merged: dict[str, Mapping[str, str]] = {}
    try:
        for directory in directories:
            for host, entry in keychain.read(directory).items():
                merged.setdefault(host, entry)
    except keychain.InvalidError as error:
        words = f"CredentialInvalid: registry secret {error.secret}: {error}"
        raise FailedError(Failure(Cause.CONTEXT, words, secret=error.secret)) from None
    return merged


def holder(directories: Sequence[str], host: str) -> str | None:
    """The name of the Secret whose credentials a registry is given; None where none names it.

    Raises keychain.InvalidError.
    """
    found = keychain.find(list(directories), host)
    return found and found[0]


def write(entries: Entries, directory: Path) -> None:
    """Makes ``directory`` what ``DOCKER_CONFIG`` names, for its owner's eyes only.

    BuildKit's client asks the program for every registry, skopeo for those that are named.
    """
    config = {
        "auths": {
            host: {"registrytoken": entry["registrytoken"]}
            for host, entry in entries.items()
            if entry.get("registrytoken")
        },
        "credsStore": keychain.NAME,
        "credHelpers": {keychain.host_of(host): keychain.NAME for host in entries},
    }
    directory.mkdir(mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(directory / "config.json", flags, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
        json.dump(config, file)


def secrets(entries: Entries) -> Iterable[str]:
    """Every value in it that nobody may read."""
    for entry in entries.values():
        yield from (entry[key] for key in _TOKENS if entry.get(key))
        if entry.get("auth"):
            yield keychain.decoded(entry["auth"])[1]
