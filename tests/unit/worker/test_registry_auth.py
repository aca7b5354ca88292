import base64
import json
from pathlib import Path

import pytest

from imagebuild.contract.report import Cause
from imagebuild.worker.failure import FailedError
from imagebuild.worker.solve import registry_auth


def auth(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def secret(parent: Path, name: str, content: str) -> str:
    directory = parent / name
    directory.mkdir()
    (directory / ".dockerconfigjson").write_text(content)
    return str(directory)


def test_several_secrets_become_one_and_the_first_that_names_a_registry_wins(
    tmp_path: Path,
) -> None:
    one = {"auths": {"a.example": {"auth": auth("u:first")}}}
    two = {
        "auths": {"a.example": {"auth": auth("u:second")}, "b.example": {"identitytoken": "tok"}},
        "credsStore": "program",
    }
    directories = [
        secret(tmp_path, "one", json.dumps(one)),
        secret(tmp_path, "two", json.dumps(two)),
    ]
    merged = registry_auth.merge(directories)
    assert merged == {
        "a.example": {"auth": auth("u:first")},
        "b.example": {"identitytoken": "tok"},
    }


def test_the_configuration_names_the_program_and_holds_no_credential_that_it_could_hand_over(
    tmp_path: Path,
) -> None:
    entries = {
        "a.example": {"auth": auth("u:p"), "registrytoken": "fixed"},
        "https://b.example/v2/": {"auth": auth("u:p")},
        HUB: {"identitytoken": "tok"},
    }
    registry_auth.write(entries, tmp_path / "docker")
    config = tmp_path / "docker" / "config.json"
    assert json.loads(config.read_text()) == {
        "auths": {"a.example": {"registrytoken": "fixed"}},
        "credsStore": "imagebuild",
        "credHelpers": dict.fromkeys(["a.example", "b.example", "docker.io"], "imagebuild"),
    }
    assert config.stat().st_mode & 0o777 == 0o600


def test_every_form_of_a_credential_is_a_secret_and_the_user_is_none() -> None:
    entry = {"username": "me", "password": "plain", "auth": auth("me:inauth"), "identitytoken": "t"}
    found = set(registry_auth.secrets({"a": entry}))
    assert found >= {"plain", "inauth", auth("me:inauth"), "t"}
    assert "me" not in found


BROKEN = [
    "",
    "{",
    "[]",
    "{}",
    '{"auths": []}',
    '{"auths": {"a": "b"}}',
    '{"auths": {"a": {"auth": "not base64!"}}}',
    json.dumps({"auths": {"a": {"auth": auth("no colon")}}}),
    json.dumps({"auths": {"a": {"auth": base64.b64encode(b"\xff:\xff").decode()}}}),
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_secret_is_named_and_not_quoted(tmp_path: Path, content: str) -> None:
    directory = secret(tmp_path, "push-cred", content)
    with pytest.raises(FailedError) as raised:
        registry_auth.merge([directory])
    failed = raised.value.failure
    assert failed.cause is Cause.CONTEXT
    assert failed.error.startswith("CredentialInvalid: registry secret push-cred: ")
    assert "not base64!" not in failed.error


def test_a_secret_without_its_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "password").touch()
    words = r"registry secret other: .dockerconfigjson: it has no such key"
    with pytest.raises(FailedError, match=words) as raised:
        registry_auth.merge([str(tmp_path / "other")])
    assert raised.value.failure.secret == "other"  # noqa: S105


def test_a_secret_that_its_namespace_does_not_have_is_done_without(tmp_path: Path) -> None:
    # As the kubelet mounts it: a directory with nothing but links of its own.
    (tmp_path / "optional").mkdir()
    (tmp_path / "optional" / "..data").mkdir()
    assert registry_auth.merge([str(tmp_path / "optional"), str(tmp_path / "none")]) == {}


HUB = "https://index.docker.io/v1/"


@pytest.mark.parametrize(
    "key", [HUB, "docker.io", "index.docker.io", "registry-1.docker.io", "https://docker.io"]
)
def test_docker_hub_is_one_registry_by_whichever_name_and_written_by_the_one_that_is_read(
    tmp_path: Path, key: str
) -> None:
    directory = secret(tmp_path, "hub", json.dumps({"auths": {key: {"auth": auth("u:p")}}}))
    assert registry_auth.merge([directory]) == {HUB: {"auth": auth("u:p")}}
    assert registry_auth.holder([directory], "docker.io") == "hub"


@pytest.mark.parametrize(
    ("keys", "host", "name"),
    [
        ({"one": ["a.example"], "two": ["b.example:5000"]}, "b.example:5000", "two"),
        ({"one": ["a.example"], "two": ["a.example"]}, "a.example", "one"),
        ({"one": ["https://a.example/v2/"], "two": ["b.example"]}, "a.example", "one"),
        ({"one": ["https://a.example/v2/"], "two": ["a.example"]}, "a.example", "two"),
        ({"one": ["a.example/team"]}, "a.example", "one"),
        ({"one": ["a.example"]}, "a.example:5000", None),
        ({"one": ["example"]}, "a.example", None),
        ({"one": ["a.example"]}, "docker.io", None),
        ({}, "a.example", None),
    ],
)
def test_the_secret_is_found_whose_credentials_a_registry_is_given(
    tmp_path: Path, keys: dict[str, list[str]], host: str, name: str | None
) -> None:
    entry = {"auth": auth("u:p")}
    directories = [
        secret(tmp_path, named, json.dumps({"auths": dict.fromkeys(hosts, entry)}))
        for named, hosts in keys.items()
    ]
    assert registry_auth.holder(directories, host) == name
