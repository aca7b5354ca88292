"""By which proxy a URL is reached, if by any.

A name is looked up by whoever connects to it: where that is a proxy, what it stands for is not
looked at here, and where it may lead is the proxy's to say.
Source: golang.org/x/net/http/httpproxy, so that all programs of a build agree.
"""

import ipaddress
from urllib.parse import SplitResult

from imagebuild.contract.order import Proxy
from imagebuild.worker.contexts import hosts


def of(url: SplitResult, proxy: Proxy) -> str | None:
    """The proxy's URL; None where the host is reached without."""
    found = {"http": proxy.http, "https": proxy.https}.get(url.scheme, "")
    spared = proxy.variables.get("NO_PROXY", "")
    if not found or _spared(url.hostname or "", hosts.port(url), spared):
        return None
    return found if "://" in found else f"http://{found}"


def _spared(host: str, port: int, none: str) -> bool:
    entries = (entry.strip().lower() for entry in none.split(","))
    return any(_fits(entry, host.lower().rstrip("."), port) for entry in entries)


def _fits(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY is of the host: ``*``, an address, a range, a name's end."""
    if entry == "*":
        return True
    whole = _network(entry)
    name, _, number = entry.rpartition(":")
    if whole is None and name and number.isdecimal():
        if int(number) != port:
            return False
        entry = name.strip("[]")
        whole = _network(entry)
    if hosts.is_address(host):
        return whole is not None and ipaddress.ip_address(host) in whole
    suffix = entry.removeprefix("*")
    if suffix.startswith("."):
        return host.endswith(suffix)
    return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
