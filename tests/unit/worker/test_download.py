"""Downloads from a server on this machine."""

import hashlib
import io
import socket
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Mute, Quiet

from imagebuild.contract.order import Context, Http
from imagebuild.contract.source import Source
from imagebuild.worker import contexts
from imagebuild.worker.contexts import Brought, bounds
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.workspace import Workspace


@dataclass
class Site:
    """What a server has: path -> content, path -> where it sends on to, and what it was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    missing: int = 0
    silent: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    end = threading.Event()

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            found.asked.append(self.path)
            if (to := found.moved.get(self.path)) is not None:
                self.send_response(302)
                self.send_header("Location", to)
                self.end_headers()
            elif (content := found.files.get(self.path)) is None:
                self.send_error(404)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(content) + found.missing))
                self.end_headers()
                self.wfile.write(content)
                if found.silent.is_set():
                    end.wait(30)

    with repositories.serving(Handler) as url:
        found.url = url
        yield found
        end.set()


@pytest.fixture
def bring(space: Workspace, within: Limits) -> Callable[..., Brought]:
    def brought(url: str, content: bytes = b"", limits: Limits = within) -> Brought:
        source = Http(url, hashlib.sha256(content).hexdigest())
        context = Context("data", http=source)
        return contexts.bring(context, workspace=space, limits=limits, log=lambda _line: None)

    return brought


def names(brought: Brought) -> list[str]:
    assert brought.directory is not None
    return sorted(path.name for path in brought.directory.iterdir())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/tool", "tool"),
        ("/tool?token=x", "tool"),
        ("/tool#part", "tool"),
        ("/a%20b", "a b"),
        ("/%C3%BC", "ü"),
        ("/ü", "ü"),
        ("/", "download"),
        ("/..%2f..%2fetc", "download"),
        ("/..", "download"),
        ("/%00", "download"),
        ("/" + "n" * 300, "download"),
    ],
)
def test_a_file_is_named_by_the_last_part_of_its_url(
    site: Site, bring: Callable[..., Brought], path: str, name: str
) -> None:
    asked = path.partition("#")[0].replace("ü", "%C3%BC")
    site.files[asked] = b"content"
    brought = bring(site.url + path, b"content")
    assert names(brought) == [name]
    assert brought.directory is not None
    assert (brought.directory / name).read_bytes() == b"content"
    assert brought.source == Source(
        "data", digest="sha256:" + hashlib.sha256(b"content").hexdigest()
    )


def test_an_archive_is_unpacked(
    site: Site, bring: Callable[..., Brought], space: Workspace
) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("src/main"))
    site.files["/latest"] = file.getvalue()
    brought = bring(f"{site.url}/latest", file.getvalue())
    assert names(brought) == ["src"]
    assert list(space.downloads.iterdir()) == []


def test_another_file_than_the_one_asked_for_is_never_unpacked(
    site: Site, bring: Callable[..., Brought], space: Workspace
) -> None:
    site.files["/x.tar"] = b"\0" * 512
    with pytest.raises(FailedError, match=r"^ChecksumMismatch: ") as raised:
        bring(f"{site.url}/x.tar", b"other")
    for content in (b"\0" * 512, b"other"):
        assert hashlib.sha256(content).hexdigest() in raised.value.failure.error
    assert list(space.context("data").iterdir()) == []


@pytest.mark.parametrize("path", ["/a", "http://{host}/a", "//{host}/a", "a"])
def test_a_download_is_followed_to_where_it_is(
    site: Site, bring: Callable[..., Brought], path: str
) -> None:
    site.moved["/old/tool"] = path.format(host=site.url.removeprefix("http://"))
    site.files |= {"/a": b"content", "/old/a": b"content"}
    assert names(bring(f"{site.url}/old/tool", b"content")) == ["tool"]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("http://169.254.169.254/latest/meta-data", "HostRefused: "),
        ("http://[fe80::1]/", "HostRefused: "),
        ("http://[::ffff:169.254.169.254]/", "HostRefused: "),
        ("http://0xa9fea9fe/", "HostRefused: "),
        ("file:///etc/passwd", "UrlRefused: "),
        ("ftp://127.0.0.1/x", "UrlRefused: "),
        ("http://me:secret@127.0.0.1/x?key=secret", "UrlRefused: "),
        ("http://127.0.0.1:1/x?key=secret", "DownloadFailed: "),
        ("/tool", "DownloadFailed: .*too often"),
        ("/nowhere", "DownloadFailed: .*HTTP 404 Not Found"),
    ],
)
def test_each_place_that_a_server_sends_on_to_is_looked_at(
    site: Site, bring: Callable[..., Brought], to: str, words: str
) -> None:
    site.moved["/tool"] = to
    with pytest.raises(FailedError, match=f"^{words}") as raised:
        bring(f"{site.url}/tool")
    assert "secret" not in raised.value.failure.error


def test_the_address_that_was_looked_at_is_the_one_connected_to(
    site: Site, bring: Callable[..., Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files["/tool"] = b"content"
    answers = iter(["127.0.0.1", "169.254.169.254"])

    def look_up(_host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, 1, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = site.url.rpartition(":")[2]
    assert names(bring(f"http://rebound.invalid:{port}/tool", b"content")) == ["tool"]
    assert list(answers) == ["169.254.169.254"], "it was looked up once"


def test_the_next_address_is_tried_where_one_is_down(
    site: Site, bring: Callable[..., Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files["/tool"] = b"content"

    def look_up(_host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = site.url.rpartition(":")[2]
    assert names(bring(f"http://two.invalid:{port}/tool", b"content")) == ["tool"]


def test_a_proxy_in_the_environment_is_not_asked(
    site: Site, bring: Callable[..., Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.files["/tool"] = b"content"
    assert names(bring(f"{site.url}/tool", b"content")) == ["tool"]


def test_a_download_that_breaks_off_is_told_from_another_file(
    site: Site, bring: Callable[..., Brought]
) -> None:
    site.files["/tool"], site.missing = b"content", 10
    with pytest.raises(FailedError, match=r"^DownloadFailed: .*/tool: ended 10 bytes early"):
        bring(f"{site.url}/tool")


def test_a_server_that_is_not_there_is_named(bring: Callable[..., Brought]) -> None:
    with pytest.raises(FailedError, match=r"^DownloadFailed: .* http://127.0.0.1:1/x: .*refused"):
        bring("http://127.0.0.1:1/x")


def test_too_much_is_not_downloaded(
    site: Site, bring: Callable[..., Brought], space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_BYTES", 1000)
    site.files["/big"] = bytes(10_000_000)
    with pytest.raises(FailedError, match=r"^TooLarge: context data: "):
        bring(f"{site.url}/big")
    assert (space.downloads / "data").stat().st_size <= 1000


@pytest.mark.parametrize("where", ["before the answer", "within it"])
def test_a_server_that_says_nothing_more_is_left_when_told(
    site: Site, bring: Callable[..., Brought], where: str
) -> None:
    site.files["/tool"], site.missing = b"content", 1
    site.silent.set()
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    with repositories.serving(Mute) as mute:
        url = f"{mute}/tool" if where == "before the answer" else f"{site.url}/tool"
        with pytest.raises(StoppedError):
            bring(url, limits=Limits(time.monotonic() + 30, stop))
    assert time.monotonic() - began < 5
    timer.join()


def test_the_deadline_ends_a_download(site: Site, bring: Callable[..., Brought]) -> None:
    site.files["/tool"], site.missing = b"content", 1
    site.silent.set()
    with pytest.raises(TimedOutError):
        bring(f"{site.url}/tool", limits=Limits(time.monotonic() + 0.4, threading.Event()))


def test_a_full_disk_is_no_fault_of_the_server(
    site: Site, bring: Callable[..., Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files["/tool"] = b"content"

    class Full(io.BytesIO):
        def write(self, *_: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda *_, **__: Full())
    with pytest.raises(FailedError, match=r"^ContextUnreadable: .*No space left"):
        bring(f"{site.url}/tool", b"content")
