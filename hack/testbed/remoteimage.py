"""Reading an image from a registry: its size unpacked, and the files that its layers hold.

After the OCI Distribution Specification 1.1; where a registry asks for a token, an anonymous one.
"""

import dataclasses
import io
import json
import re
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from testbed import ociimage
from testbed.say import Failure

PUBLIC = "https://registry-1.docker.io"

_INDEX = "application/vnd.oci.image.index.v1+json"
_DOCKER = "application/vnd.docker.distribution.manifest"
_ACCEPTED = f"{ociimage.MANIFEST}, {_INDEX}, {_DOCKER}.v2+json, {_DOCKER}.list.v2+json"
_UNAUTHORIZED = 401
# The last field of a gzip file (RFC 1952): how long its content was, modulo 2**32.
_LENGTH_BYTES = 4


@dataclasses.dataclass(frozen=True)
class Image:
    """An image for one architecture; `layers` are the descriptors of its manifest."""

    source: "_Source"
    layers: tuple[Mapping[str, Any], ...]

    def unpacked_bytes(self) -> int:
        """Return the size of all layers, uncompressed. Only a few bytes are read for it."""
        return sum(map(self._unpacked, self.layers))

    def _unpacked(self, layer: Mapping[str, Any]) -> int:
        size: int = layer["size"]
        if not layer["mediaType"].endswith("gzip"):
            if layer["mediaType"].endswith("tar"):
                return size
            raise Failure(f"cannot tell the unpacked size of a layer of {layer['mediaType']}")
        end = self.source.read(
            f"blobs/{layer['digest']}", Range=f"bytes={size - _LENGTH_BYTES}-{size - 1}"
        )
        return int.from_bytes(end[-_LENGTH_BYTES:], "little")

    def paths(self) -> list[str]:
        """Return the absolute paths of all that is no directory, in any layer."""
        found = []
        for layer in self.layers:
            blob = io.BytesIO(self.source.read(f"blobs/{layer['digest']}"))
            with tarfile.open(fileobj=blob) as tar:
                found += [f"/{entry.name.removeprefix('./')}" for entry in tar if not entry.isdir()]
        return found


def read(registry: str, name: str, *, architecture: str) -> Image:
    """Return the image `REPOSITORY:TAG` or `REPOSITORY@DIGEST` of `registry`, a URL.

    `architecture` (amd64, arm64) chooses where there are several. Raises Failure.
    """
    repository, at, reference = name.partition("@")
    if not at:
        repository, _, reference = name.rpartition(":")
    source = _Source(f"{registry}/v2/{repository}")
    found = json.loads(source.read(f"manifests/{reference}", Accept=_ACCEPTED))
    if "manifests" in found:
        chosen = _chosen(found["manifests"], architecture)
        found = json.loads(source.read(f"manifests/{chosen}", Accept=_ACCEPTED))
    return Image(source, tuple(found["layers"]))


def _chosen(manifests: list[Mapping[str, Any]], architecture: str) -> str:
    for manifest in manifests:
        platform = manifest.get("platform", {})
        if (platform.get("os"), platform.get("architecture")) == ("linux", architecture):
            return str(manifest["digest"])
    raise Failure(f"there is no image for linux/{architecture}")


class _Source:
    """One repository of one registry."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""
        # No proxy of the environment stands between this machine and its own loopback.
        proxies: dict[str, str] | None = (
            {} if urllib.parse.urlsplit(url).hostname == "127.0.0.1" else None
        )
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))

    def read(self, place: str, **headers: str) -> bytes:
        """Return the bytes at `place` below the repository."""
        request = urllib.request.Request(f"{self._url}/{place}", headers=headers)  # noqa: S310
        try:
            try:
                return self._open(request)
            except urllib.error.HTTPError as error:
                if error.code != _UNAUTHORIZED or self._token:
                    raise
                self._token = self._anonymous(error.headers.get("WWW-Authenticate", ""))
                return self._open(request)
        except OSError as error:
            raise Failure(f"cannot read {request.full_url}: {error}") from None

    def _open(self, request: urllib.request.Request) -> bytes:
        if self._token:
            # Not for the store of blobs that a registry may redirect to.
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        with self._opener.open(request, timeout=60) as response:
            content: bytes = response.read()
        return content

    def _anonymous(self, challenge: str) -> str:
        """Return a token as the registry's challenge says: `Bearer realm="URL",service=...`."""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = asked.pop("realm", "")
        if not realm.startswith(("http://", "https://")):
            raise Failure(f"{self._url} asks for a login: {challenge}")
        answer = self._open(urllib.request.Request(f"{realm}?{urllib.parse.urlencode(asked)}"))  # noqa: S310
        return str(json.loads(answer)["token"])
