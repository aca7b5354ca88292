"""What values of the settings file have to be, said so that a slip can be mended."""

import re
import ssl
from collections.abc import Sequence
from urllib import parse

from imagebuild.api import kinds
from imagebuild.contract import images
from imagebuild.core import settings as core

# All certificates of a namespace's settings travel in the ConfigMap of every order, in characters.
_MOST_CERTIFICATES = 64 * 1024
_HOST = r"(?:[a-z0-9.*-]+|\[[0-9a-f:]+\])(?::[0-9*]+)?"
_PATTERN = re.compile(rf"\*|(?P<host>{_HOST})/(?P<path>[a-z0-9._/*-]+)")
_REF = re.compile(r"refs/[A-Za-z0-9._/*@+-]+")


def image_pattern(text: str) -> str:
    """HOST/PATH with ``*``, as contract.images matches it."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is no HOST/PATH of images, without tag, as registry.example.com/team/*"
        )
    host, path = match["host"], match["path"]
    if host and not (host == "localhost" or {".", ":", "*"} & set(host)):
        raise ValueError(f"{text!r} names no host; of Docker Hub it is {images.HUB}/…")
    if host == images.HUB and not {"/", "*"} & set(path):
        raise ValueError(f"{text!r} is no image's whole name; write {host}/library/{path}")
    return text


def ref_pattern(text: str) -> str:
    """A git ref in full, with ``*``."""
    if not _REF.fullmatch(text):
        raise ValueError(f"{text!r} is no ref in full, as refs/heads/main or refs/tags/v*")
    return text


def namespace_pattern(text: str) -> str:
    """A namespace's name with ``*``."""
    if not re.fullmatch(r"[a-z0-9*-]{1,63}", text):
        raise ValueError(f"{text!r} is no name of a namespace, nor one with *, as team-*")
    return text


def object_name(text: str) -> str:
    """A Secret's name."""
    if not re.fullmatch(kinds.OBJECT_NAME, text):
        raise ValueError(f"{text!r} is no name of a Secret")
    return text


def proxy_url(url: str) -> str:
    """http(s)://HOST:PORT; steps read it, so it can hold no password."""
    if not url:
        return url
    parts = parse.urlsplit(url)
    if parts.username is not None or parts.password is not None:
        # Without the URL, which would show the password in the log.
        raise ValueError("it holds a user or a password, which every step of a build could read")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http://HOST:PORT")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{url!r} has more than http://HOST:PORT")
    return url


def certificates(found: dict[str, str]) -> dict[str, str]:
    """Name -> PEM text, with certificates in it and nothing secret."""
    for name, text in found.items():
        if not re.fullmatch(kinds.CREDENTIAL_NAME, name):
            raise ValueError(f"{name!r} is no name of a file: use letters, digits, `_`, `.`, `-`")
        if "PRIVATE KEY" in text:
            raise ValueError(f"{name} holds a private key, and every build would see it")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError) as error:
            raise ValueError(f"{name} holds no certificates in PEM: {error}") from None
    return found


def certificates_fit(texts: Sequence[str]) -> None:
    """Those that may come together in one namespace."""
    if sum(map(len, texts)) > _MOST_CERTIFICATES:
        raise ValueError(f"all caCertificates have more than {_MOST_CERTIFICATES // 1024} KiB")


def log_url(url: str) -> str:
    """Where a log store shows a log, with values that are known."""
    if url and not url.startswith(("https://", "http://")):
        raise ValueError("begin it with https:// or http://")
    unknown = [
        f"$({name})" for name in re.findall(core.URL_VALUE, url) if name not in core.URL_VALUES
    ]
    if unknown:
        known = " ".join(f"$({name})" for name in core.URL_VALUES)
        raise ValueError(f"there is no {unknown[0]}; use {known}")
    return url
