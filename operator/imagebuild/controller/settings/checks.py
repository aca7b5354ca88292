"""What values of the settings file have to be, said so that a slip can be mended."""

import re
import ssl
from collections.abc import Sequence
from typing import TypeVar
from urllib import parse

from imagebuild.api import kinds, resources
from imagebuild.contract import images, protected
from imagebuild.core import settings as core

Amount = TypeVar("Amount")

# All certificates of a namespace's settings travel in the ConfigMap of every order, in characters.
_MOST_CERTIFICATES = 64 * 1024
_HOST = r"(?:[a-z0-9.*-]+|\[[0-9a-f:]+\])(?::[0-9*]+)?"
_PATTERN = re.compile(rf"\*|(?P<host>{_HOST})/(?P<path>[a-z0-9._/*-]+)")
_REGISTRY = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?"
_REF = re.compile(r"refs/[A-Za-z0-9._/*@+-]+")


def image_pattern(text: str) -> str:
    """HOST/PATH with ``*``, as contract.images matches it, with Docker Hub's one name."""
    if text.startswith(f"index.{images.HUB}/"):
        text = text.removeprefix("index.")
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


def secrets_pattern(text: str) -> str:
    """A git ref in full, with ``*``, alone or behind a repository's URL and ``@``."""
    url, ref = protected.parted(text)
    if not _REF.fullmatch(ref):
        raise ValueError(f"{text!r} is no ref in full, as refs/heads/main or refs/tags/v*")
    if url and not protected.is_plain(url):
        raise ValueError(
            f"{url!r} is no https://, http:// or ssh:// URL of repositories, "
            "as https://git.example.com/team/*"
        )
    return text


def registry_host(host: str) -> str:
    """HOST or HOST:PORT of a registry."""
    if not re.fullmatch(_REGISTRY, host):
        raise ValueError(f"{host!r} is no HOST or HOST:PORT, as registry.example.com:5000")
    return host


def mirror(text: str) -> str:
    """HOST or HOST:PORT of a mirror, which may have a path behind."""
    if not re.fullmatch(rf"{_REGISTRY}(?:/[A-Za-z0-9._-]+)*", text):
        raise ValueError(f"{text!r} is no HOST:PORT or HOST:PORT/PATH, as mirror.example.com/hub")
    return text


def local_profile(text: str) -> str:
    """A file's path under the kubelet's directory, as Kubernetes takes it."""
    if not text or text.startswith("/") or ".." in text.split("/"):
        raise ValueError(f"{text!r} is no path under the kubelet's directory, as profiles/a.json")
    return text


def resource_names(found: dict[str, Amount]) -> dict[str, Amount]:
    """Resource -> amount."""
    for name in found:
        if not resources.is_resource(name):
            raise ValueError(f"there is no resource {name}; {resources.mend(name)}")
    return found


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


def certificates(found: dict[str, str | None]) -> dict[str, str | None]:
    """Name -> PEM text, with certificates in it and nothing secret."""
    for name, text in found.items():
        if not re.fullmatch(kinds.CREDENTIAL_NAME, name):
            raise ValueError(f"{name!r} is no name of a file: use letters, digits, `_`, `.`, `-`")
        if text is None:
            continue
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
