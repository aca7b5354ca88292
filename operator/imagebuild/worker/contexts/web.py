"""One HTTP request, straight to an address that was looked at, within the run's limits.

Or by the proxy that the workspace names for it. No redirect: whoever asks decides what becomes of
the answer.
"""

import contextlib
import http.client
import socket
import ssl
import string
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from imagebuild.worker.contexts import hosts, proxies, refusal
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.workspace import Workspace

SCHEMES = ("https", "http")
REDIRECTS = (301, 302, 303, 307, 308)

# How long a server may say nothing, and how often limits are looked at meanwhile.
_SILENCE_SECONDS = 30.0
_TICK_SECONDS = 0.1
# Of a proxy whose URL names none; curl's own is another.
_PROXY_PORT = 80


@contextlib.contextmanager
def get(
    url: str,
    *,
    workspace: Workspace,
    limits: Limits,
    headers: Mapping[str, str] | None = None,
    authorities: Path | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET, whatever its status, to be read while the context lasts.

    ``authorities`` takes the place of the workspace's. Raises FailedError ("UrlRefused: ...",
    "HostRefused: ..."), OSError or HTTPException where there is none, and what the limits raise
    whenever they say so.
    """
    parts = hosts.split(url, schemes=SCHEMES)
    host, port = parts.hostname or "", hosts.port(parts)
    proxy = proxies.of(parts, workspace.proxy)
    with contextlib.ExitStack() as stack:
        with refusal.about(hosts.shown_url(url)):
            plain = _reach(host, port, proxy=proxy, limits=limits, stack=stack)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            if proxy is not None:
                _tunnel(plain, host, port)
            connection = http.client.HTTPSConnection(host, port)
            context = ssl.create_default_context(cafile=authorities or workspace.authorities)
            connection.sock = context.wrap_socket(plain, server_hostname=host)
        else:
            if proxy is not None:
                target = f"http://{parts.netloc}{target}"
            connection = http.client.HTTPConnection(host, port)
            connection.sock = plain
        stack.enter_context(contextlib.closing(connection))
        connection.request(
            "GET",
            quote(target, safe=string.punctuation),
            headers={
                "Accept-Encoding": "identity",
                "Connection": "close",
                "User-Agent": "imagebuild",
                **(headers or {}),
            },
        )
        yield stack.enter_context(contextlib.closing(connection.getresponse()))


def _reach(
    host: str, port: int, *, proxy: str | None, limits: Limits, stack: contextlib.ExitStack
) -> socket.socket:
    if proxy is None:
        found = hosts.addresses(host, port, limits=limits)
        return _connect(host, found, port=port, limits=limits, stack=stack)
    if hosts.is_address(host):
        hosts.addresses(host, port, limits=limits)
    parts = urlsplit(proxy)
    name, number = parts.hostname or "", parts.port or _PROXY_PORT
    found = hosts.look_up(name, number, limits=limits)
    return _connect(name, found, port=number, limits=limits, stack=stack)


def _tunnel(plain: socket.socket, host: str, port: int) -> None:
    """Has a proxy connect to the host. Source: RFC 9110, 9.3.6."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    plain.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode("ascii"))
    answer = http.client.HTTPResponse(plain, method="CONNECT")
    answer.begin()
    if answer.status != http.client.OK:
        raise OSError(f"the proxy does not connect to {place}: {answer.status} {answer.reason}")


def _connect(
    host: str,
    addresses: tuple[str, ...],
    *,
    port: int,
    limits: Limits,
    stack: contextlib.ExitStack,
) -> socket.socket:
    failed = OSError(f"{host} has no address")
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        plain = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        stack.enter_context(_leash(plain, limits))
        plain.settimeout(_SILENCE_SECONDS)
        try:
            plain.connect((address, port))
        except OSError as error:
            failed = error
        else:
            return plain
    raise failed


@contextlib.contextmanager
def _leash(connection: socket.socket, limits: Limits) -> Iterator[None]:
    """Ends whatever waits for the connection once the limits say so, and says it after."""
    done = threading.Event()

    def watch(same: socket.socket) -> None:
        with same:
            while not done.wait(_TICK_SECONDS):
                try:
                    limits.check()
                except (StoppedError, TimedOutError):
                    with contextlib.suppress(OSError):
                        same.shutdown(socket.SHUT_RDWR)
                    return

    # TLS takes the socket's descriptor over: the watcher has one of its own.
    watcher = threading.Thread(target=watch, args=(connection.dup(),), name="leash", daemon=True)
    watcher.start()
    try:
        yield
    except Exception:
        limits.check()
        raise
    finally:
        done.set()
        watcher.join()
    limits.check()
