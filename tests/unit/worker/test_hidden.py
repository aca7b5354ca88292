"""What nobody may read, in all the forms that files hold it in, and once it changed."""

import base64
import html
import json
import re
import textwrap
import urllib.parse
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Context, Git, Secret, Ssh
from imagebuild.worker import hidden, mask
from imagebuild.worker.hidden import Hidden

KEY = "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQ\nEFAASCAUAwggE8AgEAAkEAq7B\n"


def mounted(directory: Path, **values: str) -> str:
    directory.mkdir(parents=True, exist_ok=True)
    for key, value in values.items():
        (directory / key).write_text(value)
    return str(directory)


def secret(directory: Path, content: str) -> Secret:
    place = mounted(directory, value=content)
    return Secret("it", secret=directory.name, key="value", file=f"{place}/value")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hunter22-raw\n", "it is hunter22-raw"),
        (KEY, "line MIIBVgIBADANBgkqhkiG9w0BAQ"),
        ("TOKEN=hunter22\nOTHER=x\n", "it is hunter22"),
        ('export TOKEN="hunter22"\n', "it is hunter22"),
        ("machine g login me password hunter22\n", "it is hunter22"),
        ("//r.example/:_authToken=hunter22\n", "it is hunter22"),
        ("token: hunter22\n", "it is hunter22"),
    ],
)
def test_a_value_is_hidden_whatever_file_it_is_in(tmp_path: Path, content: str, said: str) -> None:
    hide = Hidden(replace(ORDER, secrets=(secret(tmp_path / "s", content),)))
    first, *_ = said.split()
    shown = hide(f"{said} here")
    assert shown.startswith(first)
    assert shown.endswith("*** here")


PASSWORD = "x9!Kq#7&R$w"  # noqa: S105 - of no one
AUTH = base64.b64encode(f"robot$ci:{PASSWORD}".encode()).decode()
DOCKER = {"username": "robot$ci", "password": PASSWORD, "email": "me@c.example", "auth": AUTH}
FILES = {
    "JSON": json.dumps({"a": {"token": PASSWORD}}, separators=(",", ":")),
    "JSON in lines": json.dumps({"auths": {"r.example": DOCKER}}, indent=2),
    "a Docker configuration": json.dumps({"auths": {"r.example": {"auth": AUTH}}}),
    "a URL": f"https://bobby:{urllib.parse.quote(PASSWORD, safe='')}@h.example/x",
    "user and password": f"robot:{PASSWORD}",
    "pgpass": f"db.example:5432:app:bobby:{PASSWORD}",
    "XML": f"<s><username>bobby</username><password>{html.escape(PASSWORD)}</password></s>",
    ".env": f"ENV=production\nEMPTY=\nREGION=eu-west-1\nTOKEN={PASSWORD}\n",
    ".env with a note": f"TOKEN='{PASSWORD}' # of bobby\n",
    "INI": f"[default]\nregion = eu-west-1\nsecret_access_key = {PASSWORD}\n",
    "YAML": f'server:\n  username: bobby\n  password: "{PASSWORD}"\n',
    ".netrc": f"machine h.example\nlogin bobby\npassword {PASSWORD}\n",
    "bytes": f"\udcff\n{PASSWORD}\n",
}
# What stands beside a password in the files.
ORDINARY = (
    "robot robot$ci bobby me@c.example r.example db.example:5432 app auths auth password username "
    "[default] eu-west-1 production EMPTY= TOKEN server: login machine <password> </s>"
)


@pytest.mark.parametrize("file", FILES)
def test_a_password_is_hidden_wherever_it_stands_and_what_stands_beside_it_is_not(
    file: str,
) -> None:
    hide = mask.mask(hidden.values(FILES[file].encode(errors="surrogateescape")))
    assert hide(f"it is {PASSWORD} here") == "it is *** here"
    # The last digit stands for what is behind it too.
    assert re.fullmatch(r"it is \*{3}.?=? here", hide(f"it is {AUTH[12:]} here"))
    assert hide(ORDINARY) == ORDINARY


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('PASS="first second third"', "first second third"),
        ("TOKEN=x1y#z2w", "x1y#z2w"),
        ("TOKEN=abcd # of bobby", "abcd"),
        ('PASS="ab\\"cd"', 'ab"cd'),
        ("PAT=abcdefghijklmnopqrst", "abcdefghijklmnopqrst"),
        ('SEED="one two three four"', "one two three four"),
        (
            "HOOK=https://h.example/services/T0/9xKqZx81Bq7Lw2Mv",
            "https://h.example/services/T0/9xKqZx81Bq7Lw2Mv",
        ),
        ("password: production", "production"),
    ],
)
def test_a_value_that_has_a_name_is_hidden_as_a_whole(content: str, said: str) -> None:
    hide = mask.mask(hidden.values(content.encode()))
    assert hide(f"it is {said} here") == "it is *** here"


def test_bytes_are_hidden_in_the_lines_that_base64_and_xxd_write() -> None:
    content = bytes(range(256))
    hide = mask.mask(hidden.values(content))
    lines = [
        *textwrap.wrap(base64.b64encode(content).decode(), 76),
        *textwrap.wrap(content.hex(), 60),
    ]
    assert {hide(line).rstrip("8A=w/") for line in lines} == {"***"}


def test_how_a_private_key_begins_is_shown(tmp_path: Path) -> None:
    hide = Hidden(replace(ORDER, secrets=(secret(tmp_path / "s", KEY),)))
    assert hide("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"


def test_keys_of_git_and_ssh_are_hidden_and_what_is_public_is_not(tmp_path: Path) -> None:
    git = mounted(tmp_path / "git", username="reader", password="hunter22-git")  # noqa: S106
    ssh = mounted(tmp_path / "ssh", identity=KEY, known_hosts="g.example ssh-ed25519 AAAA")
    hide = Hidden(
        replace(
            ORDER,
            contexts=(Context("context", git=Git("https://g.example/a", secret=git)),),
            ssh=(Ssh("default", secret="ssh", directory=ssh),),  # noqa: S106
        )
    )
    assert hide("reader hunter22-git") == "reader ***"
    assert hide("EFAASCAUAwggE8AgEAAkEAq7B g.example") == "*** g.example"


def test_a_renewed_value_is_hidden_and_so_is_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden, "_EVERY", 0.0)
    first = secret(tmp_path / "s", "first-value")
    auths = {"r.example": {"username": "me", "password": "first-password"}}
    place = mounted(tmp_path / "r", **{".dockerconfigjson": json.dumps({"auths": auths})})
    hide = Hidden(replace(ORDER, secrets=(first,), registry_secrets=(place,)))
    assert hide("first-value first-password second-value") == "*** *** second-value"
    # As the kubelet does it: another file takes the place of the first.
    other = tmp_path / "other"
    other.write_text("second-value")
    other.rename(first.file)
    auths["r.example"]["password"] = "second-password"  # noqa: S105
    other.write_text(json.dumps({"auths": auths}))
    other.rename(Path(place, ".dockerconfigjson"))
    said = hide("first-value second-value first-password second-password")
    assert said == "*** *** *** ***"


def test_a_secret_that_is_broken_while_the_build_runs_stays_hidden_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden, "_EVERY", 0.0)
    auths = {"auths": {"r.example": {"username": "me", "password": "first-password"}}}
    place = mounted(tmp_path / "r", **{".dockerconfigjson": json.dumps(auths)})
    hide = Hidden(replace(ORDER, registry_secrets=(place,)))
    assert hide("first-password") == "***"
    Path(place, ".dockerconfigjson").write_text("{")
    assert hide("first-password") == "***"
