"""What programs find around them: authorities, proxies, and what steps may mount."""

import http.server
import itertools
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests import repositories
from tests.orders import ORDER
from tests.repositories import Quiet

from imagebuild.contract.order import Order, Proxy, Secret, Ssh, Target
from imagebuild.contract.report import Cause
from imagebuild.worker import sshkeys, surroundings, trust
from imagebuild.worker.contexts import download, proxies
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import buildctl, mountable
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

PROXY = "http://proxy.example:3128"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate in PEM, and its key beside it."""
    made = tmp_path / "company.crt"
    words = ["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=tests", "-days", "2"]
    argv = ["openssl", *words, "-keyout", str(tmp_path / "key"), "-out", str(made)]
    subprocess.run(argv, check=True, capture_output=True)
    return made


def test_all_that_are_trusted_are_one_file_for_every_program(
    tmp_path: Path, space: Workspace, certificate: Path
) -> None:
    order = replace(ORDER, ca_certificates=(str(certificate),))
    around = surroundings.around(order, space)
    assert around.authorities is not None
    assert around.environment["SSL_CERT_FILE"] == str(around.authorities)
    system = tmp_path / "system.crt"
    system.write_text("# the system's\n")
    trust.write(order.ca_certificates, around.authorities, system=system)
    assert around.authorities.read_text() == f"# the system's\n\n{certificate.read_text()}"


def test_a_build_without_authorities_of_its_own_has_the_system_s(space: Workspace) -> None:
    around = surroundings.around(ORDER, space)
    assert around.authorities is None
    before = space.environment.get("SSL_CERT_FILE")
    assert around.environment.get("SSL_CERT_FILE") == before


@pytest.mark.parametrize("content", ["", "company", "-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "company.crt"
    file.write_text(content)
    words = r"^CredentialInvalid: certificate company: it holds no certificate"
    with pytest.raises(FailedError, match=words) as raised:
        trust.write([file], tmp_path / "all")
    assert raised.value.failure.cause is Cause.CONTEXT


def test_a_private_key_among_certificates_is_refused(certificate: Path, tmp_path: Path) -> None:
    key = certificate.with_name("key").read_text()
    certificate.write_text(certificate.read_text() + key)
    with pytest.raises(FailedError, match="certificate company: it holds a private key") as raised:
        trust.write([certificate], tmp_path / "all")
    assert key.splitlines()[1] not in raised.value.failure.error


def test_the_daemon_s_own_file_gets_what_is_a_certificate(
    certificate: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.crt").write_text("nothing")
    system = tmp_path / "bundle"
    system.write_text("before\n")
    trust.add(tmp_path, to=system)
    assert system.read_text() == f"before\n\n{certificate.read_text()}\n"


def test_where_no_authority_is_mounted_the_daemon_s_file_stays_as_it_is(tmp_path: Path) -> None:
    trust.add(tmp_path / "none", to=tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize(
    ("url", "none", "found"),
    [
        ("http://a.example/x", "", PROXY),
        ("https://a.example/x", "", None),
        ("http://a.example/x", "a.example", None),
        ("http://b.a.example/x", "a.example", None),
        ("http://ba.example/x", "a.example", PROXY),
        ("http://a.example/x", ".a.example", PROXY),
        ("http://b.a.example/x", ".a.example,other", None),
        ("http://b.a.example/x", "*.a.example", None),
        ("http://a.example:81/x", "a.example:81", None),
        ("http://a.example/x", "a.example:81", PROXY),
        ("http://10.1.2.3/x", "10.0.0.0/8", None),
        ("http://11.1.2.3/x", "10.0.0.0/8", PROXY),
        ("http://10.1.2.3/x", "10.1.2.3", None),
        ("http://10.1.2.3:81/x", "10.1.2.3:81", None),
        ("http://[fd00::1]/x", "fd00::/8", None),
        ("http://a.example/x", "*", None),
        ("http://localhost/x", "", None),
        ("http://127.0.0.1/x", "", None),
        ("ssh://git@a.example/x", "", None),
    ],
)
def test_a_proxy_is_asked_for_what_is_not_spared(url: str, none: str, found: str | None) -> None:
    assert proxies.of(urlsplit(url), Proxy(http=PROXY, none=none)) == found


def test_programs_know_the_proxy_by_both_spellings_and_never_reach_this_machine_by_it() -> None:
    assert Proxy(https=PROXY, none=".svc").variables == {
        "HTTPS_PROXY": PROXY,
        "https_proxy": PROXY,
        "NO_PROXY": ".svc,localhost,127.0.0.1,::1",
        "no_proxy": ".svc,localhost,127.0.0.1,::1",
    }
    assert Proxy(none=".svc").variables == {}


def test_a_download_goes_by_the_proxy_which_looks_the_name_up(
    space: Workspace, within: Limits
) -> None:
    asked: list[str] = []

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            asked.append(self.path)
            self.send_response(http.HTTPStatus.OK)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"file")

    with repositories.serving(Handler) as url:
        by = replace(space, proxy=Proxy(http=url))
        # No resolver knows this name.
        pieces = download.pieces("http://files.invalid/a?b=c", workspace=by, limits=within)
        assert b"".join(pieces) == b"file"
    assert asked == ["http://files.invalid/a?b=c"]


def test_a_proxy_that_does_not_connect_is_told(space: Workspace, within: Limits) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_error(407)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    with repositories.serving(Handler) as url:
        by = replace(space, proxy=Proxy(https=url))
        words = "^DownloadFailed: .*the proxy does not connect to files.invalid:443: 407"
        with pytest.raises(FailedError, match=words):
            next(download.pieces("https://files.invalid/a", workspace=by, limits=within))


def test_a_link_local_address_is_refused_by_a_proxy_too(space: Workspace, within: Limits) -> None:
    by = replace(space, proxy=Proxy(http="http://127.0.0.1:1"))
    with pytest.raises(FailedError, match="HostRefused: "):
        next(download.pieces("http://169.254.169.254/a", workspace=by, limits=within))


Command = Callable[[Order], list[str]]


@pytest.fixture
def command(space: Workspace, tmp_path: Path) -> Command:
    def command(order: Order) -> list[str]:
        solve = buildctl.Solve(Target(), tmp_path / "t", tmp_path / "m", tmp_path / "r")
        inputs = Inputs(tmp_path, {}, {}, "Dockerfile", "FROM scratch\n")
        return buildctl.command(order, solve, workspace=space, inputs=inputs)

    return command


def pairs(argv: list[str], flag: str) -> list[str]:
    return [value for name, value in itertools.pairwise(argv) if name == flag]


def test_steps_are_given_secrets_and_keys_by_the_files_that_hold_them(
    command: Command, space: Workspace
) -> None:
    secret = Secret("netrc", secret="goproxy", key="netrc", file="/secrets/goproxy/netrc")  # noqa: S106
    ssh = Ssh("default", secret="deploy", directory="/ssh/deploy")  # noqa: S106
    argv = command(replace(ORDER, secrets=(secret,), ssh=(ssh,)))
    laid = space.credentials / "ssh" / "default"
    assert pairs(argv, "--secret") == [
        "type=file,id=netrc,src=/secrets/goproxy/netrc",
        f"type=file,id=default.known_hosts,src={laid / 'known_hosts'}",
    ]
    assert pairs(argv, "--ssh") == [f"default={laid / 'key'}"]


def test_the_source_policy_is_given_where_what_is_pulled_is_bounded(command: Command) -> None:
    assert pairs(command(ORDER), "--source-policy-file") == []
    argv = command(replace(ORDER, pull_from=("r.example/*",)))
    assert pairs(argv, "--source-policy-file") == ["/imagebuild/order/source-policy.json"]


def test_steps_know_the_proxy_by_arguments_that_no_image_keeps(command: Command) -> None:
    argv = command(replace(ORDER, proxy=Proxy(http=PROXY)))
    assert f"build-arg:HTTP_PROXY={PROXY}" in pairs(argv, "--opt")
    own = command(replace(ORDER, proxy=Proxy(http=PROXY), args={"HTTP_PROXY": "mine"}))
    assert [o for o in pairs(own, "--opt") if "HTTP_PROXY" in o] == ["build-arg:HTTP_PROXY=mine"]


def test_a_secret_that_buildkit_would_not_take_is_named(
    space: Workspace, within: Limits, tmp_path: Path
) -> None:
    file = tmp_path / "npm" / "token"
    secret = Secret("npm", secret="npm", key="token", file=str(file))  # noqa: S106
    order = replace(ORDER, secrets=(secret,))
    with pytest.raises(
        FailedError, match=r"^CredentialInvalid: Secret npm: it has no key token"
    ) as of:
        mountable.lay(order, workspace=space, limits=within)
    assert of.value.failure.path == "spec.secrets[0].secretKeyRef"
    file.parent.mkdir()
    file.write_bytes(bytes(500 * 1024 + 1))
    with pytest.raises(FailedError, match=r"^CredentialInvalid: Secret npm: token is larger"):
        mountable.lay(order, workspace=space, limits=within)
    file.write_bytes(bytes(500 * 1024))
    mountable.lay(order, workspace=space, limits=within)


def test_an_ssh_key_that_steps_cannot_use_is_told_with_its_place_in_the_spec(
    space: Workspace, within: Limits, tmp_path: Path
) -> None:
    ssh = Ssh("default", secret="deploy", directory=str(tmp_path / "deploy"))  # noqa: S106
    with pytest.raises(FailedError, match="neither ssh-privatekey nor identity") as raised:
        mountable.lay(replace(ORDER, ssh=(ssh,)), workspace=space, limits=within)
    assert raised.value.failure.path == "spec.ssh[0].secretRef"


def test_the_keys_of_a_build_are_laid_apart_from_those_of_its_contexts(
    space: Workspace, within: Limits, tmp_path: Path
) -> None:
    directory = tmp_path / "deploy"
    directory.mkdir()
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / "identity")]
    subprocess.run(argv, check=True)
    (directory / "known_hosts").write_text("g.example ssh-ed25519 AAAA\n")
    ssh = Ssh("default", secret="deploy", directory=str(directory))  # noqa: S106
    mountable.lay(replace(ORDER, ssh=(ssh,)), workspace=space, limits=within)
    pair = sshkeys.place("default", space)
    assert pair.private.read_text() == (directory / "identity").read_text()
    assert pair.known_hosts.read_text() == "g.example ssh-ed25519 AAAA\n"
