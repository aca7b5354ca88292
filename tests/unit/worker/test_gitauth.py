"""Whom git signs in to, and with what: to the server of its own repository, and to nobody else."""

import base64
import contextlib
import functools
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests import repositories
from tests.repositories import Quiet, add_submodule, commit, git, new

from imagebuild.contract.order import Context, Git
from imagebuild.worker import contexts
from imagebuild.worker.contexts import Brought
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

PASSWORD = "hunter22-of-git"  # noqa: S105
BASIC = "Basic " + base64.b64encode(f"reader:{PASSWORD}".encode()).decode()
BEARER = f"Bearer {PASSWORD}"


@dataclass
class Site:
    """A server for a directory: whom it lets in (None: all), what it answers others, who came."""

    accepts: str | None = BASIC
    denies: int = 401
    to: str = ""
    seen: list[str] = field(default_factory=list)
    url: str = ""


@contextlib.contextmanager
def serving(directory: Path, site: Site) -> Iterator[Site]:
    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            came = self.headers.get("Authorization", "")
            site.seen.append(came)
            if site.accepts is not None and came != site.accepts:
                self.send_response(site.denies)
                if site.denies == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.end_headers()
            elif site.to:
                self.send_response(302)
                self.send_header("Location", site.to + self.path)
                self.end_headers()
            else:
                super().do_GET()

    handler = functools.partial(Handler, directory=str(directory))
    with repositories.serving(handler) as url:  # type: ignore[arg-type]
        site.url = url
        yield site


def bare(directory: Path) -> None:
    """Makes the repository app.git in a directory, with a file."""
    made = new(directory / "app")
    commit(made, {"a": "1\n"})
    git(made, "update-server-info")
    (made / ".git").rename(directory / "app.git")


def secret(parent: Path, **values: str) -> str:
    directory = parent / "git-auth"
    directory.mkdir()
    for key, value in values.items():
        (directory / key.replace("ssh_", "ssh-")).write_text(value)
    return str(directory)


Bring = Callable[..., Brought]


@pytest.fixture
def bring(space: Workspace, within: Limits) -> Bring:
    def bring(url: str, signed: str | None, **more: Any) -> Brought:
        context = Context("context", git=Git(url, secret=signed, **more), path="spec.context")
        return contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)

    return bring


@pytest.mark.parametrize(
    ("values", "header"),
    [
        ({"username": "reader", "password": PASSWORD}, BASIC),
        ({"username": "reader\n", "password": f"{PASSWORD}\n"}, BASIC),
        ({"bearerToken": PASSWORD}, BEARER),
        ({"bearerToken": PASSWORD, "username": "other", "password": "other"}, BEARER),
    ],
)
def test_git_signs_in_and_leaves_no_word_of_it(
    bring: Bring, tmp_path: Path, values: Mapping[str, str], header: str
) -> None:
    bare(tmp_path)
    with serving(tmp_path, Site(accepts=header)) as site:
        brought = bring(f"{site.url}/app.git", secret(tmp_path, **values), keep_git_dir=True)
    assert brought.directory is not None
    assert (brought.directory / "a").read_text() == "1\n"
    written = [file for file in brought.directory.rglob("*") if file.is_file()]
    assert any(file.name == "config" for file in written)
    for word in (PASSWORD, header.split()[1]):
        assert not [file for file in written if word.encode() in file.read_bytes()]


def test_no_program_is_given_a_credential_in_its_arguments(
    bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(tmp_path)
    calls: list[list[str]] = []
    popen = subprocess.Popen

    def noted(argv: list[str], **more: object) -> object:
        calls.append(argv)
        return popen(argv, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with serving(tmp_path, Site()) as site:
        bring(f"{site.url}/app.git", secret(tmp_path, username="reader", password=PASSWORD))
    said = " ".join(word for argv in calls for word in argv)
    assert "ls-remote" in said
    assert PASSWORD not in said
    assert BASIC.split()[1] not in said


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_secret_and_not_what_it_holds(
    bring: Bring, tmp_path: Path, status: int
) -> None:
    bare(tmp_path)
    with serving(tmp_path, Site(accepts="Basic other", denies=status)) as site:
        signed = secret(tmp_path, username="reader", password=PASSWORD)
        with pytest.raises(FailedError, match=r"^GitAuth: ") as raised:
            bring(f"{site.url}/app.git", signed)
    failed = raised.value.failure
    assert "with the credentials of Secret git-auth" in failed.error
    assert (failed.secret, failed.path) == ("git-auth", "spec.context.git.secretRef")
    assert PASSWORD not in failed.error
    assert BASIC.split()[1] not in failed.error


def test_a_server_that_asks_who_is_there_is_told_apart_where_nobody_signs_in(
    bring: Bring, tmp_path: Path
) -> None:
    bare(tmp_path)
    with (
        serving(tmp_path, Site()) as site,
        pytest.raises(FailedError, match=r"^GitAuth: ") as raised,
    ):
        bring(f"{site.url}/app.git", None)
    assert (raised.value.failure.secret, raised.value.failure.path) == (
        None,
        "spec.context.git.url",
    )


def test_another_server_to_which_one_sends_on_gets_no_credentials(
    bring: Bring, tmp_path: Path
) -> None:
    bare(tmp_path)
    signed = secret(tmp_path, username="reader", password=PASSWORD)
    with serving(tmp_path, Site(accepts=None)) as far, serving(tmp_path, Site(to=far.url)) as near:
        bring(f"{near.url}/app.git", signed)
        assert set(far.seen) == {""}
        assert set(near.seen) == {BASIC}


def test_submodules_are_signed_in_to_on_the_same_server_alone(bring: Bring, tmp_path: Path) -> None:
    signed = secret(tmp_path, username="reader", password=PASSWORD)
    (tmp_path / "far").mkdir()
    bare(tmp_path / "far")
    (tmp_path / "near").mkdir()
    with (
        serving(tmp_path / "far", Site(accepts=None)) as far,
        serving(tmp_path / "near", Site()) as near,
    ):
        made = new(tmp_path / "near" / "same")
        head = commit(made, {"b": "2\n"})
        git(made, "update-server-info")
        (made / ".git").rename(tmp_path / "near" / "same.git")
        away = git(tmp_path / "far" / "app.git", "rev-parse", "HEAD")
        own = new(tmp_path / "near" / "app")
        commit(own, {"a": "1\n"})
        add_submodule(own, "same", url="../same.git", commit=head)
        add_submodule(own, "away", url=f"{far.url}/app.git", commit=away)
        git(own, "update-server-info")
        (own / ".git").rename(tmp_path / "near" / "app.git")
        brought = bring(f"{near.url}/app.git", signed, submodules=True)
    assert brought.directory is not None
    assert (brought.directory / "same" / "b").exists()
    assert (brought.directory / "away" / "a").exists()
    assert set(near.seen) == {BASIC}
    assert set(far.seen) == {""}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "it needs username and password, or bearerToken"),
        ({"password": PASSWORD}, "it needs username and password, or bearerToken"),
        ({"ssh_privatekey": PASSWORD}, "it needs username and password, or bearerToken"),
        ({"username": "a:b", "password": PASSWORD}, "its username holds a colon"),
        ({"bearerToken": f"{PASSWORD}\nX-Other: 1"}, "bearerToken holds more than one line"),
        ({"bearerToken": PASSWORD, "ca.crt": PASSWORD}, "certificate ca: it holds no certificate"),
    ],
)
def test_what_is_no_credential_is_said_with_the_name_of_its_secret_alone(
    bring: Bring, tmp_path: Path, values: Mapping[str, str], words: str
) -> None:
    with pytest.raises(FailedError, match=r"^CredentialInvalid: ") as raised:
        bring("https://127.0.0.1:1/app.git", secret(tmp_path, **values))
    assert words in raised.value.failure.error
    assert raised.value.failure.path == "spec.context.git.secretRef"
    assert PASSWORD not in raised.value.failure.error


def keygen(directory: Path, *, passphrase: str = "") -> Path:
    key = directory / "made"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(key)]
    subprocess.run(argv, check=True)
    return key


HOST = "g.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0wmN/Cr3JXqmLW7u+g9pTh+wyqDHpSQEIQczXkVx9q"


@pytest.mark.parametrize(
    ("key", "passphrase", "words"),
    [
        ("identity", "word", "identity needs a passphrase"),
        ("ssh_privatekey", "word", "ssh-privatekey needs a passphrase"),
        ("other", "", "it has neither ssh-privatekey nor identity"),
    ],
)
def test_a_key_that_cannot_be_used_is_said_before_any_server_is_asked(
    bring: Bring, tmp_path: Path, key: str, passphrase: str, words: str
) -> None:
    values = {key: keygen(tmp_path, passphrase=passphrase).read_text(), "known_hosts": HOST}
    with pytest.raises(FailedError, match=r"^CredentialInvalid: ") as raised:
        bring("ssh://git@127.0.0.1:1/app.git", secret(tmp_path, **values))
    assert f"Secret git-auth: {words}" in raised.value.failure.error


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        ({}, "it has no known_hosts"),
        ({"known_hosts": "# nobody\n\n"}, "known_hosts holds no public key"),
    ],
)
def test_without_the_servers_key_none_is_connected_to(
    bring: Bring, tmp_path: Path, hosts: Mapping[str, str], words: str
) -> None:
    values = {"identity": keygen(tmp_path).read_text(), **hosts}
    with pytest.raises(FailedError, match=r"^CredentialInvalid: ") as raised:
        bring("ssh://git@127.0.0.1:1/app.git", secret(tmp_path, **values))
    assert f"Secret git-auth: {words}" in raised.value.failure.error


def test_garbage_for_a_key_is_said_so_and_not_quoted(bring: Bring, tmp_path: Path) -> None:
    directory = secret(tmp_path, ssh_privatekey=PASSWORD, known_hosts=HOST)
    with pytest.raises(FailedError, match="holds no private key that ssh can read") as raised:
        bring("ssh://git@127.0.0.1:1/app.git", directory)
    assert PASSWORD not in raised.value.failure.error


def test_ssh_is_given_a_whole_key_nobody_elses_settings_and_the_address_that_was_looked_at(
    bring: Bring, tmp_path: Path, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in ssh's place writes down what it is called with."""
    calls = tmp_path / "calls"
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {calls}\n'
        'echo "debug1: Reading configuration data" >&2\n'
        'echo "debug1: Server host key: ssh-ed25519 SHA256:4f1c" >&2\n'
        'for line in 1 2 3 4 5 6; do echo "@ warning $line @" >&2; done\n'
        'echo "Host key verification failed." >&2\nexit 255\n'
    )
    program.chmod(0o755)
    monkeypatch.setitem(space.environment, "PATH", f"{program.parent}:{space.environment['PATH']}")  # type: ignore[arg-type]
    monkeypatch.setitem(space.environment, "SSH_AUTH_SOCK", "/agent")  # type: ignore[arg-type]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _host, port, **_: [(socket.AF_INET, 1, 6, "", ("127.0.0.7", port))],
    )
    key = keygen(tmp_path).read_text().rstrip()
    directory = secret(tmp_path, identity=key, known_hosts=HOST)
    with pytest.raises(FailedError, match=r"^GitAuth: ") as raised:
        bring("ssh://git@g.example:2222/app.git", directory)
    error = raised.value.failure.error
    assert "Server host key: ssh-ed25519 SHA256:4f1c; " in error
    assert "Host key verification failed." in error
    assert "correct access rights" not in error
    assert "Reading configuration" not in error
    called = calls.read_text()
    for option in (
        "-F /dev/null",
        "-o HostName=127.0.0.7",
        "-o HostKeyAlias=[g.example]:2222",
        "-o StrictHostKeyChecking=yes",
        "-o IdentityAgent=none",
        "-o GlobalKnownHostsFile=/dev/null",
    ):
        assert option in called
    laid = space.credentials / "ssh" / "git-context" / "key"
    assert f"-o IdentityFile={laid}" in called
    assert laid.read_text() == f"{key}\n"
    assert laid.stat().st_mode & 0o777 == 0o600


def test_ssh_without_a_key_is_said_so(bring: Bring) -> None:
    with pytest.raises(FailedError, match=r"^GitAuth: .*name a Secret that holds one") as raised:
        bring("ssh://git@127.0.0.1/app.git", None)
    assert raised.value.failure.path == "spec.context.git.url"


@pytest.mark.parametrize(
    "url",
    [
        "ssh://git:hunter22@g.example/a.git",
        "ssh://-oProxyCommand=x@g.example/a.git",
        "ssh://g\\x/a",
    ],
)
def test_an_ssh_address_that_says_more_than_a_user_is_refused(bring: Bring, url: str) -> None:
    with pytest.raises(FailedError, match=r"^UrlRefused: ") as raised:
        bring(url, None)
    assert "hunter22" not in raised.value.failure.error
