"""Which URLs a build may fetch from.

Link-local addresses are those of the node's own neighbours, a cloud's metadata service say,
which gives out the node's credentials to whoever asks. A name that stands for one is refused as
the address itself is; whoever connects takes the addresses that were looked at, not the name,
which may stand for another one by then.
"""

import ipaddress
import queue
import re
import socket
import threading
from urllib.parse import SplitResult, urlsplit

from imagebuild.worker.contexts import refusal
from imagebuild.worker.limits import Limits

_TICK_SECONDS = 0.1
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_BLANK = re.compile(r"[\x00-\x20\x7f\\]")
_USER = re.compile(r"^([a-z0-9+.-]+://)[^/]*@|^[^/@:]*:[^/@]*@", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443, "ssh": 22}
# Whom ssh signs in as; no option of a program looks like that.
_SSH_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*@")
# The last four bytes of such an address are an IPv4 address that a gateway puts in its place.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def split(url: str, *, schemes: tuple[str, ...]) -> SplitResult:
    """The URL's parts; FailedError ("UrlRefused: ...") for one that no program may be given.

    Programs read odd URLs in different ways, so what is odd is refused: then what was looked at
    is what is fetched. Nothing it says holds a password, or a signature such as queries hold.
    """
    shown = shown_url(url)
    try:
        parts = urlsplit(url)
        number = parts.port
    except ValueError as error:
        raise refusal.of("UrlRefused", f"{shown!r}: {error}") from None
    if parts.scheme not in schemes:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        raise refusal.of("UrlRefused", f"{shown} does not begin with {known}")
    user = parts.netloc[: parts.netloc.rfind("@") + 1]
    if user and not (parts.scheme == "ssh" and _SSH_USER.fullmatch(user)):
        raise refusal.of("UrlRefused", f"a user or password stands in the URL of {shown}")
    if _BLANK.search(url):
        raise refusal.of("UrlRefused", f"a blank or a backslash stands in the URL {shown!r}")
    if parts.scheme in _DEFAULT_PORTS:
        named = parts.netloc.removeprefix(user)
        plain = _HOST.fullmatch(named.removesuffix("" if number is None else f":{number}"))
        if not plain or not (parts.path or url.endswith(parts.netloc)):
            raise refusal.of("UrlRefused", f"{shown} names no host")
    return parts


def shown_url(url: str) -> str:
    """The URL without what no one may read: user, password and query."""
    return _USER.sub(r"\1", url.partition("?")[0])


def port(url: SplitResult) -> int:
    """The port of a URL with a host that was split here."""
    return url.port or _DEFAULT_PORTS.get(url.scheme, 0)


def addresses(host: str, port: int, *, limits: Limits) -> tuple[str, ...]:
    """What the host's name stands for now, without brackets.

    Raises FailedError ("HostRefused: ...") where one of them is link-local, OSError where it
    stands for nothing.
    """
    found = look_up(host, port, limits=limits)
    for address in found:
        if is_link_local(address):
            is_one = "is link-local" if address == host else f"is the link-local address {address}"
            raise refusal.of("HostRefused", f"its host {host} {is_one}")
    return found


def is_address(host: str) -> bool:
    """Whether a URL's host, without brackets, is an address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_link_local(address: str) -> bool:
    """Whether an IP address is link-local, also one that is written within another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        return ip.is_link_local or (inner is not None and inner.is_link_local)
    return ip.is_link_local


def look_up(host: str, port: int, *, limits: Limits) -> tuple[str, ...]:
    """What the host's name stands for now, whatever that is; OSError where it is nothing."""
    answer: queue.SimpleQueue[tuple[str, ...] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(tuple(dict.fromkeys(str(address[0]) for *_, address in found)))
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            answer.put(OSError(f"no address for {host} ({why})"))

    # Nothing ends a lookup that hangs: it is left behind.
    threading.Thread(target=ask, name="lookup", daemon=True).start()
    while True:
        limits.check()
        try:
            found = answer.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            continue
        if isinstance(found, OSError):
            raise found
        return found
