"""Whom git talks to: the addresses that were looked at, also where a server sends it on to."""

import http.server
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from tests import repositories
from tests.repositories import Quiet, commit, git, new

from imagebuild.contract.order import Context, Git
from imagebuild.worker import contexts
from imagebuild.worker.contexts import Brought
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the repository app.git."""
    directory = new(tmp_path_factory.mktemp("served") / "app")
    commit(directory, {"a": "1\n"})
    git(directory, "update-server-info")
    (directory / ".git").rename(directory / "app.git")
    with repositories.serving_files(directory) as url:
        yield url


@pytest.fixture
def bring(space: Workspace, within: Limits) -> Callable[[str], Brought]:
    def root(url: str) -> Brought:
        context = Context("context", git=Git(url))
        return contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)

    return root


def sending_on(to: str) -> type[http.server.BaseHTTPRequestHandler]:
    """A server that sends on to ``to``, where {path} is what was asked for, without .git."""

    class Moved(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            self.send_response(301)
            self.send_header("Location", to.format(path=self.path.replace("/app/", "/app.git/")))
            self.end_headers()

    return Moved


def test_git_connects_to_the_addresses_that_were_looked_at(
    served: str, bring: Callable[[str], Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = urlsplit(served).port
    # No resolver knows this name: git can only have been told.
    brought = bring(f"http://git.invalid:{port}/app.git")
    assert brought.directory is not None
    assert (brought.directory / "a").read_text() == "1\n"
    assert asked == ["git.invalid"]


def test_a_proxy_in_the_environment_is_not_asked(
    served: str, bring: Callable[[str], Brought], monkeypatch: pytest.MonkeyPatch, space: Workspace
) -> None:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setitem(space.environment, name, "http://127.0.0.1:1")
    assert bring(f"{served}/app.git").source is not None


def test_git_goes_where_a_server_sends_it(served: str, bring: Callable[[str], Brought]) -> None:
    with (
        repositories.serving(sending_on(served + "{path}")) as near,
        repositories.serving(sending_on(near + "{path}")) as far,
    ):
        brought = bring(f"{far}/app/")
    assert brought.source is not None
    assert brought.source.commit


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("http://169.254.169.254{path}", "HostRefused: "),
        ("http://[::ffff:a9fe:a9fe]{path}", "HostRefused: "),
        ("http://user:secret@127.0.0.1:1{path}", "UrlRefused: "),
        ("file:///etc{path}", "UrlRefused: .*file"),
        ("ftp://127.0.0.1{path}", "UrlRefused: "),
        ("/elsewhere", "Unreachable: .*no git repository"),
        ("{path}", "Unreachable: .*more than 5 times"),
    ],
)
def test_where_a_server_sends_git_is_looked_at(
    bring: Callable[[str], Brought], to: str, words: str
) -> None:
    with (
        repositories.serving(sending_on(to)) as url,
        pytest.raises(FailedError, match=f"^{words}") as raised,
    ):
        bring(f"{url}/app")
    assert "secret" not in raised.value.failure.error


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "[fe80::1]"])
def test_a_link_local_host_is_refused(bring: Callable[[str], Brought], host: str) -> None:
    with pytest.raises(FailedError, match=r"^HostRefused: "):
        bring(f"http://{host}/app.git")


def test_a_host_without_an_address_is_unreachable(
    bring: Callable[[str], Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(
        FailedError, match=r"^Unreachable: .*git.example/x: no address for git.example \(Name"
    ):
        bring("http://git.example/x")
