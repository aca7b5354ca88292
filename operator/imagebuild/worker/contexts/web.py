"""One HTTP request, straight to an address that was looked at, within the run's limits.

No proxy, no redirect, no password: whoever asks decides what becomes of the answer.
"""

import contextlib
import http.client
import socket
import ssl
import string
import threading
from collections.abc import Iterator
from urllib.parse import quote

from imagebuild.worker.contexts import hosts, refusal
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError

SCHEMES = ("https", "http")
REDIRECTS = (301, 302, 303, 307, 308)

# How long a server may say nothing, and how often limits are looked at meanwhile.
_SILENCE_SECONDS = 30.0
_TICK_SECONDS = 0.1


@contextlib.contextmanager
def get(url: str, *, limits: Limits) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET, whatever its status, to be read while the context lasts.

    Raises FailedError ("UrlRefused: ...", "HostRefused: ..."), OSError or HTTPException where
    there is none, and what the limits raise whenever they say so.
    """
    parts = hosts.split(url, schemes=SCHEMES)
    host, port = parts.hostname or "", hosts.port(parts)
    with contextlib.ExitStack() as stack:
        with refusal.about(hosts.shown_url(url)):
            plain = _connect(host, port, limits=limits, stack=stack)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(host, port)
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(plain, server_hostname=host)
        else:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = plain
        stack.enter_context(contextlib.closing(connection))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        target = quote(target, safe=string.punctuation)
        headers = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "imagebuild"}
        connection.request("GET", target, headers=headers)
        yield stack.enter_context(contextlib.closing(connection.getresponse()))


def _connect(host: str, port: int, *, limits: Limits, stack: contextlib.ExitStack) -> socket.socket:
    failed = OSError(f"{host} has no address")
    for address in hosts.addresses(host, port, limits=limits):
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
