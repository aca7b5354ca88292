"""A registry for tests, on this machine: what it holds is put into it by hand."""

import base64
import contextlib
import hashlib
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import repositories

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"

_PATH = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs)/(?P<what>[^/]+)")


def digest_of(content: bytes) -> str:
    """As registries name it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """``host`` with port; repository and tag or digest -> manifest, digest -> blob.

    ``word``, the password of the user ``me``, is asked for where it is set; ``status`` answers
    all where it is set. What is pushed is in ``took``, as REPOSITORY:TAG or REPOSITORY@DIGEST for
    manifests; a tag in ``immutable`` is moved for nobody.
    """

    host: str = ""
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    word: str = ""
    status: int = 0
    asked: list[str] = field(default_factory=list)
    took: list[str] = field(default_factory=list)
    immutable: set[str] = field(default_factory=set)
    upload: bytes = b""

    def put(self, name: str, tag: str, manifest: Mapping[str, Any]) -> str:
        """Puts a manifest in; its digest."""
        content = json.dumps(manifest, indent=1).encode() + b"\n"
        digest = digest_of(content)
        self.manifests[name, tag] = self.manifests[name, digest] = content
        return digest

    def blob(self, content: bytes, kind: str, **annotations: str) -> dict[str, Any]:
        """Puts a blob in; how a manifest describes it."""
        digest = digest_of(content)
        self.blobs[digest] = content
        described = {"mediaType": kind, "digest": digest, "size": len(content)}
        return {**described, "annotations": annotations} if annotations else described

    def find(self, path: str) -> tuple[str, bytes] | None:
        """The media type and the bytes of what lies at a path."""
        if path.endswith("/tags/list"):
            return self._tags(path.removeprefix("/v2/").removesuffix("/tags/list"))
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        if match["kind"] == "blobs":
            blob = self.blobs.get(match["what"])
            return None if blob is None else ("application/octet-stream", blob)
        manifest = self.manifests.get((match["name"], match["what"]))
        return None if manifest is None else (json.loads(manifest)["mediaType"], manifest)

    def _tags(self, name: str) -> tuple[str, bytes] | None:
        tags = [tag for held, tag in self.manifests if held == name and ":" not in tag]
        content = json.dumps({"name": name, "tags": tags}).encode()
        return ("application/json", content) if tags else None

    def take(self, name: str, reference: str, manifest: bytes) -> bool:
        """Takes a manifest; False for a tag that nobody may move."""
        if (name, reference) in self.manifests and reference in self.immutable:
            return False
        self.took.append(f"{name}{'@' if ':' in reference else ':'}{reference}")
        self.manifests[name, reference] = self.manifests[name, digest_of(manifest)] = manifest
        return True

    def conf(self, directory: Path) -> Path:
        """Writes a registries.conf that says it speaks HTTP; where that is."""
        path = directory / "registries.conf"
        path.write_text(f'[[registry]]\nlocation = "{self.host}"\ninsecure = true\n')
        return path

    def authorized(self, header: str | None) -> bool:
        """Whether who asks may."""
        known = base64.b64encode(f"me:{self.word}".encode()).decode()
        return not self.word or header == f"Basic {known}"


class _Handler(repositories.Quiet):
    registry: Registry

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        self.registry.asked.append(self.path)
        if self.registry.status:
            self._answer(self.registry.status, "application/json", b"{}")
        elif not self.registry.authorized(self.headers["Authorization"]):
            self._refuse(401, "UNAUTHORIZED", "authentication required")
        elif self.path == "/v2/":
            self._answer(200, "application/json", b"{}")
        elif (found := self.registry.find(self.path)) is None:
            self._refuse(404, "MANIFEST_UNKNOWN", "manifest unknown")
        else:
            self._answer(200, *found)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def do_POST(self) -> None:  # noqa: N802
        self._body()
        self._go_on(202)

    def do_PATCH(self) -> None:  # noqa: N802
        self.registry.upload = self._body()
        self._go_on(202)

    def do_PUT(self) -> None:  # noqa: N802
        content = self._body()
        path, _, query = self.path.partition("?")
        if "/blobs/uploads/" in path:
            content = content or self.registry.upload
            digest = urllib.parse.parse_qs(query)["digest"][-1]
            self.registry.blobs[digest] = content
        else:
            match = _PATH.fullmatch(path)
            assert match is not None
            if not self.registry.take(match["name"], match["what"], content):
                self._refuse(400, "TAG_INVALID", "the repository is immutable.")
                return
        self._go_on(201)

    def _go_on(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Location", f"{self.path.partition('?')[0]}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _refuse(self, status: int, code: str, message: str) -> None:
        errors = {"errors": [{"code": code, "message": message}]}
        self._answer(status, "application/json", json.dumps(errors).encode())

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextlib.contextmanager
def serving() -> Iterator[Registry]:
    """An empty registry, by HTTP."""
    registry = Registry()
    handler = type("Handler", (_Handler,), {"registry": registry})
    with repositories.serving(handler) as url:
        registry.host = url.removeprefix("http://")
        yield registry
