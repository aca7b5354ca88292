"""Images in the registry, read and written over its port on this machine's loopback."""

import dataclasses
import gzip
import hashlib
import io
import json
import tarfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ACCEPTED = (
    f"application/vnd.oci.image.index.v1+json, {_MANIFEST}, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


@dataclasses.dataclass(frozen=True)
class Entry:
    """What lies at a path of an image: a tar's letter for its kind, octal mode, what is in it.

    `content` is a regular file's bytes; `target` where a symbolic or hard link leads.
    """

    kind: str
    mode: str
    uid: int
    gid: int
    target: str = ""
    content: bytes = b""


@dataclasses.dataclass(frozen=True)
class Image:
    """A pulled image: its manifest's digest, manifest and configuration, as JSON objects."""

    registry: "Registry"
    repository: str
    digest: str
    manifest: dict[str, Any]
    config: dict[str, Any]

    def layers(self) -> list[tarfile.TarFile]:
        """Return the layers, unpacked, the lowest first."""
        blobs = (
            self.registry.blob(self.repository, layer["digest"])
            for layer in self.manifest["layers"]
        )
        return [tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob))) for blob in blobs]

    def tree(self, *, above: int = 0) -> dict[str, Entry]:
        """Return all that a container of it sees, by absolute path, times apart.

        `above` leaves out so many layers, from the lowest: those of the base.
        """
        found: dict[str, Entry] = {}
        for layer in self.layers()[above:]:
            for item in layer:
                path = f"/{item.name.removeprefix('./').rstrip('/')}"
                folder, _, name = path.rpartition("/")
                if name.startswith(_WHITEOUT):
                    _take_away(found, folder, name)
                    continue
                data = layer.extractfile(item) if item.isfile() else None
                found[path] = Entry(
                    item.type.decode(),
                    oct(item.mode),
                    item.uid,
                    item.gid,
                    item.linkname,
                    data.read() if data else b"",
                )
        return found

    def texts(self, *, above: int = 0) -> dict[str, str]:
        """Return what is in each regular file, by absolute path; `above` as in `tree`."""
        return {
            path: entry.content.decode(errors="replace")
            for path, entry in self.tree(above=above).items()
            if entry.kind == "0"
        }

    def files(self) -> dict[str, int]:
        """Return the sizes of all regular files by absolute path (whiteouts as they are)."""
        return {
            f"/{entry.name.removeprefix('./')}": entry.size
            for layer in self.layers()
            for entry in layer
            if entry.isfile()
        }

    def entry(self, path: str) -> tarfile.TarInfo:
        """Return a file's owner, mode and size, as the topmost layer that has it says."""
        return self._find(path)[1]

    def read(self, path: str) -> bytes:
        """Return a file's bytes, as the topmost layer that has it says."""
        layer, entry = self._find(path)
        found = layer.extractfile(entry)
        assert found is not None
        return found.read()

    def _find(self, path: str) -> tuple[tarfile.TarFile, tarfile.TarInfo]:
        for layer in reversed(self.layers()):
            for entry in layer:
                if f"/{entry.name.removeprefix('./')}" == path and entry.isfile():
                    return layer, entry
        raise AssertionError(f"{path} is not in {self.repository}@{self.digest}")


def _take_away(found: dict[str, Entry], folder: str, name: str) -> None:
    """Do what a whiteout of the OCI Image Specification asks for."""
    gone = folder if name == _OPAQUE else f"{folder}/{name.removeprefix(_WHITEOUT)}"
    for path in list(found):
        if path.startswith(f"{gone}/") or (path == gone and name != _OPAQUE):
            del found[path]


@dataclasses.dataclass(frozen=True)
class Registry:
    """The cluster's registry. `address` is HOST:PORT here, `name` what pods and nodes call it."""

    address: str
    name: str = "registry.demo.svc:5000"

    def pull(self, image: str) -> Image:
        """Return the image `[HOST/]repository:tag` or `[HOST/]repository@digest`."""
        place = image.removeprefix(f"{self.name}/")
        repository, at, reference = place.partition("@")
        if not at:
            repository, _, reference = place.rpartition(":")
        answer, digest = self._get(f"{repository}/manifests/{reference}")
        manifest = json.loads(answer)
        config = json.loads(self.blob(repository, manifest["config"]["digest"]))
        return Image(self, repository, digest, manifest, config)

    def platforms(self, image: str) -> dict[str, Image]:
        """Return the images of an index `[HOST/]repository@digest` by their os/arch."""
        repository, _, digest = image.removeprefix(f"{self.name}/").partition("@")
        found = json.loads(self._get(f"{repository}/manifests/{digest}")[0])["manifests"]
        return {
            f"{entry['platform']['os']}/{entry['platform']['architecture']}": self.pull(
                f"{repository}@{entry['digest']}"
            )
            for entry in found
        }

    def has(self, image: str) -> bool:
        """Whether the registry holds the image."""
        try:
            self.pull(image)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise
        return True

    def push_artifact(self, place: str, files: Mapping[str, bytes]) -> str:
        """Push files as an OCI artifact to `repository:tag`, as oras does; return its digest.

        Source: OCI Image Specification 1.1, "Guidelines for Artifact Usage".
        """
        repository, _, tag = place.rpartition(":")
        layers = [
            {
                "mediaType": "application/vnd.example.file",
                "digest": self._push_blob(repository, content),
                "size": len(content),
                "annotations": {"org.opencontainers.image.title": name},
            }
            for name, content in files.items()
        ]
        empty = {"digest": self._push_blob(repository, b"{}"), "size": 2}
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "artifactType": "application/vnd.example.rules",
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", **empty},
            "layers": layers,
        }
        body = json.dumps(manifest).encode()
        _, headers = self._ask(
            f"{repository}/manifests/{tag}", method="PUT", body=body, kind=_MANIFEST
        )
        return headers["Docker-Content-Digest"]

    def _push_blob(self, repository: str, content: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        _, headers = self._ask(f"{repository}/blobs/uploads/", method="POST")
        place = headers["Location"].partition("/v2/")[2]
        joint = "&" if "?" in place else "?"
        self._ask(f"{place}{joint}digest={digest}", method="PUT", body=content)
        return digest

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a blob's bytes."""
        return self._get(f"{repository}/blobs/{digest}")[0]

    def _get(self, place: str) -> tuple[bytes, str]:
        content, headers = self._ask(place)
        return content, headers.get("Docker-Content-Digest", "")

    def _ask(
        self,
        place: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        kind: str = "application/octet-stream",
    ) -> tuple[bytes, Mapping[str, str]]:
        url = f"http://{self.address}/v2/{place}"
        headers = {"Accept": _ACCEPTED, **({"Content-Type": kind} if body is not None else {})}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as response:
            return response.read(), response.headers
