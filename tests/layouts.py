"""OCI image layouts for tests, as BuildKit writes them."""

import functools
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backports import zstd

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"

PACK = {
    "": bytes,
    # Its time would be in the digest.
    "+gzip": functools.partial(gzip.compress, mtime=0),
    "+zstd": zstd.compress,
}


def entry(name: str, **fields: Any) -> tarfile.TarInfo:
    """What a tar says of a file, an empty one unless `fields` say otherwise."""
    found = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(found, field, value)
    return found


def tar(files: Mapping[str, bytes] | None = None, *entries: tarfile.TarInfo) -> bytes:
    """An archive of files and of entries without content."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in (files or {}).items():
            archive.addfile(entry(name, size=len(content)), io.BytesIO(content))
        for found in entries:
            archive.addfile(found)
    return written.getvalue()


def history(*steps: str) -> list[dict[str, Any]]:
    """The history of an image; what begins with none of COPY, RUN and ADD made no layer."""
    made = ("COPY", "RUN", "ADD", "WORKDIR", "base")
    return [
        {"created_by": step, **({} if step.startswith(made) else {"empty_layer": True})}
        for step in steps
    ]


class Layout:
    """A layout in a directory; ``image`` puts one in, ``finish`` writes what it holds."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made: list[dict[str, Any]] = []
        (directory / "blobs" / "sha256").mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, content: bytes, kind: str) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (self.directory / "blobs" / "sha256" / digest).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    def document(self, content: Mapping[str, Any], kind: str) -> dict[str, Any]:
        return self.blob(json.dumps(content).encode(), kind)

    def image(
        self,
        layers: Sequence[bytes],
        config: Mapping[str, Any] | None = None,
        *,
        packed: str = "+gzip",
        platform: str = "linux/amd64",
        annotations: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        kind = f"application/vnd.oci.image.layer.v1.tar{packed}"
        system, _, architecture = platform.partition("/")
        rootfs = {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers],
        }
        head = {"os": system, "architecture": architecture, "rootfs": rootfs}
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(
                {**head, **(config or {})}, "application/vnd.oci.image.config.v1+json"
            ),
            "layers": [self.blob(PACK[packed](layer), kind) for layer in layers],
            **({"annotations": dict(annotations)} if annotations else {}),
        }
        found = self.document(manifest, MANIFEST)
        found["platform"] = {"os": system, "architecture": architecture}
        self.made.append(found)
        return found

    def finish(self, *, index: bool = False, annotations: Mapping[str, str] | None = None) -> str:
        """The digest of what the layout holds; ``index``: one over its images."""
        held = self.made
        if index:
            over = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.made}
            if annotations:
                over["annotations"] = dict(annotations)
            held = [self.document(over, INDEX)]
        root = {"schemaVersion": 2, "mediaType": INDEX, "manifests": held}
        (self.directory / "index.json").write_text(json.dumps(root))
        return str(held[0]["digest"])
