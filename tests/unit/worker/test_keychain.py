"""The program that Docker's clients call, as they call it."""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.registries import Registry

from imagebuild.contract.order import Context
from imagebuild.worker import contexts, keychain
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import registry_auth
from imagebuild.worker.workspace import Workspace

OPERATOR = Path(__file__).parents[3] / "operator"
NOT_FOUND = "credentials not found in native keychain"


def auth(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def write(directory: Path, auths: dict[str, dict[str, str]]) -> str:
    directory.mkdir(exist_ok=True)
    (directory / ".dockerconfigjson").write_text(json.dumps({"auths": auths}))
    return str(directory)


def environment(*secrets: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{OPERATOR / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(OPERATOR),
        "IMAGEBUILD_REGISTRY_SECRETS": ":".join(secrets),
    }


def call(*secrets: str, server: str = "", words: tuple[str, ...] = ("get",)) -> tuple[int, str]:
    ended = subprocess.run(
        ["docker-credential-imagebuild", *words],
        check=False,
        input=server,
        capture_output=True,
        text=True,
        env=environment(*secrets),
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


@pytest.mark.parametrize(
    ("server", "user", "secret"),
    [
        ("a.example", "u", "pa:ss"),
        ("https://index.docker.io/v1/", "<token>", "tok"),  # BuildKit's client
        ("docker.io", "<token>", "tok"),  # skopeo
        ("b.example:5000", "me", "plain"),
        ("c.example", "u", "by-url"),
    ],
)
def test_a_registry_is_answered_for_by_whichever_name_it_is_asked_for(
    tmp_path: Path, server: str, user: str, secret: str
) -> None:
    place = write(
        tmp_path / "one",
        {
            "a.example": {"auth": auth("u:pa:ss")},
            "docker.io": {"auth": auth("u:old"), "identitytoken": "tok"},
            "b.example:5000": {"username": "me", "password": "plain"},
            "https://c.example/v2/": {"auth": auth("u:by-url")},
        },
    )
    code, said = call(place, server=server)
    assert code == 0
    assert json.loads(said) == {"ServerURL": server, "Username": user, "Secret": secret}


@pytest.mark.parametrize(
    "auths",
    [{}, {"a.example:5000": {"auth": "dTpw"}}, {"a.example": {}}, {"a.example": {"auth": "dTo="}}],
)
def test_what_is_not_known_is_said_in_the_words_that_clients_look_for(
    tmp_path: Path, auths: dict[str, dict[str, str]]
) -> None:
    assert call(write(tmp_path / "one", auths), server="a.example") == (1, NOT_FOUND)


def test_without_any_secret_nothing_is_known() -> None:
    assert call(server="a.example") == (1, NOT_FOUND)


def test_a_broken_secret_is_named_and_not_quoted(tmp_path: Path) -> None:
    place = write(tmp_path / "push-cred", {"a.example": {"auth": "hunter22!"}})
    code, said = call(place, server="a.example")
    assert code == 1
    assert said.startswith("CredentialInvalid: registry secret push-cred: .dockerconfigjson: ")
    assert "hunter22" not in said


@pytest.mark.parametrize("words", [("list",), ("store",), ("erase",), ()])
def test_nothing_is_listed_kept_or_deleted(tmp_path: Path, words: tuple[str, ...]) -> None:
    place = write(tmp_path / "one", {"a.example": {"auth": auth("u:hunter22")}})
    code, said = call(place, words=words, server="a.example")
    assert code == 1
    assert "hunter22" not in said


def test_a_client_gets_the_credentials_that_a_secret_holds_when_it_asks(
    tmp_path: Path, registry: Registry, space: Workspace
) -> None:
    index = "application/vnd.oci.image.index.v1+json"
    registry.put("team/tool", "1", {"schemaVersion": 2, "mediaType": index, "manifests": []})
    secret = tmp_path / "cred"
    place = write(secret, {registry.host: {"auth": auth("me:first")}})
    registry_auth.write(registry_auth.merge([place]), space.docker_config)
    (space.root / "downloads").mkdir()
    conf = registry.conf(tmp_path)
    signed = replace(space, environment=environment(place), registries_conf=conf)

    def pull(name: str) -> None:
        contexts.bring(
            Context(name, oci=f"{registry.host}/team/tool:1"),
            workspace=signed,
            limits=Limits(time.monotonic() + 30, threading.Event()),
            log=lambda _line: None,
        )

    registry.word = "first"
    pull("one")
    registry.word = "second"
    with pytest.raises(FailedError, match="RegistryAuth: "):
        pull("two")
    write(secret, {registry.host: {"auth": auth("me:second")}})
    pull("three")


def test_it_begins_with_no_module_that_takes_time(tmp_path: Path) -> None:
    """Each request of a client waits for it."""
    listed = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "import sys; from imagebuild.worker import keychain; print(*sys.modules)",
        ],
        check=True,
        capture_output=True,
        text=True,
        env=environment(str(tmp_path)),
    ).stdout.split()
    assert keychain.__name__ in listed
    assert not {"dataclasses", "pathlib", "typing", "subprocess"}.intersection(listed)
