import socket
import threading
import time

import pytest

from imagebuild.worker.contexts import hosts
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError

WEB = ("https", "http")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("169.254.169.254", True),
        ("169.254.0.1", True),
        ("fe80::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:169.254.169.254", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("2002:a9fe:a9fe::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("169.253.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_link_local_addresses_are_known_however_they_are_written(
    address: str, *, expected: bool
) -> None:
    assert hosts.is_link_local(address) is expected


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Has every name stand for these addresses."""
    found = [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, 80))
        for address in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize(
    "addresses", [("169.254.169.254",), ("10.0.0.1", "169.254.169.254"), ("fe80::1%2",)]
)
def test_a_name_for_a_link_local_address_is_refused(
    within: Limits, monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    named(monkeypatch, *addresses)
    with pytest.raises(FailedError, match=r"^HostRefused: .* metadata.example is the link-local"):
        hosts.addresses("metadata.example", 80, limits=within)


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "0xa9fea9fe", "169.254.43518"])
def test_an_address_is_refused_in_every_form(within: Limits, host: str) -> None:
    with pytest.raises(FailedError, match=r"^HostRefused: "):
        hosts.addresses(host, 80, limits=within)


def test_a_name_gives_its_addresses_once_each(
    within: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, "10.0.0.1", "fd00::1", "10.0.0.1")
    assert hosts.addresses("git.example", 80, limits=within) == ("10.0.0.1", "fd00::1")


def test_a_name_that_stands_for_nothing_is_an_error_with_its_name(
    within: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(
        OSError, match=r"^no address for nowhere.example \(Name or service not known\)$"
    ):
        hosts.addresses("nowhere.example", 80, limits=within)


def test_a_lookup_that_hangs_is_left_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, end = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        stop.set()
        end.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(StoppedError):
        hosts.addresses("slow.example", 80, limits=Limits(time.monotonic() + 30, stop))
    end.set()


ODD = [
    "ftp://git.example/x",
    "git.example/x",
    "http:///x",
    "http://",
    "http://git.example:/x",
    "http://git.example:99999/x",
    "http://git.example:80x/x",
    "http://git.example\\@169.254.169.254/x",
    "http://git.example#@169.254.169.254/x",
    "http://git.exa mple/x",
    "http://git.example/\n",
    "http://[::1/x",
    "http://[fe80::1%25eth0]/x",
    "http://gìt.example/x",
    " http://git.example/x",
]


@pytest.mark.parametrize("url", ODD)
def test_a_url_that_programs_read_in_different_ways_is_refused(url: str) -> None:
    with pytest.raises(FailedError, match=r"^UrlRefused: "):
        hosts.split(url, schemes=WEB)


@pytest.mark.parametrize(
    "url", ["https://me:pw@git.example/x", "ssh://me:pw@git.example/x", "me:pw@git.example:x"]
)
def test_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(FailedError, match=r"^UrlRefused: ") as raised:
        hosts.split(url, schemes=WEB)
    assert "git.example" in raised.value.failure.error
    assert "pw" not in raised.value.failure.error


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://git.example/x?y#z", "git.example", 443),
        ("http://git.example:8080/x", "git.example", 8080),
        ("http://[fd00::1]:80/", "fd00::1", 80),
        ("http://10.0.0.1/x/../y", "10.0.0.1", 80),
    ],
)
def test_a_plain_url_has_a_host_and_a_port(url: str, host: str, port: int) -> None:
    parts = hosts.split(url, schemes=WEB)
    assert (parts.hostname, hosts.port(parts)) == (host, port)
