"""Images as OCI layouts, written here: no engine, no builder.

A layout directory holds `oci-layout`, `index.json` and `blobs/sha256/`, after the OCI Image Layout
Specification 1.1. The same blobs plus Docker's `manifest.json` make an archive that docker, podman
and containerd all load under the image's name.
"""

import dataclasses
import hashlib
import json
import platform
import shutil
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

# On every image written here, and so on what is built upon it.
LABEL = "dev.imagebuild.testbed"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
# One moment for all, so that the same content is the same image.
_CREATED = "2023-11-14T22:13:20Z"
_CHUNK = 1 << 20
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclasses.dataclass(frozen=True)
class Blob:
    """One file of a layout, as a manifest names it."""

    media_type: str
    digest: str
    size: int

    def descriptor(self, **more: object) -> dict[str, object]:
        """Return the OCI descriptor `{mediaType, digest, size, ...}`."""
        named = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        return {**named, **more}


def write(layout: Path, *, name: str, layers: Sequence[Path], config: Mapping[str, object]) -> None:
    """Write the image `name` from uncompressed layer tars into the directory `layout`.

    `config` is the `config` object of the image's configuration: Env, Cmd, User and the like.
    """
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    packed = [_pack(blobs, layer) for layer in layers]
    configuration = {
        "created": _CREATED,
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {**config, "Labels": {LABEL: "made"}},
        "rootfs": {"type": "layers", "diff_ids": [plain for _, plain in packed]},
        "history": [{"created": _CREATED, "created_by": "imagebuild testbed"} for _ in packed],
    }
    described = _put(blobs, _CONFIG, configuration)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described.descriptor(),
        "layers": [blob.descriptor() for blob, _ in packed],
    }
    top = _put(blobs, MANIFEST, manifest)
    names = {"org.opencontainers.image.ref.name": name, "io.containerd.image.name": name}
    index = {"schemaVersion": 2, "manifests": [top.descriptor(annotations=names)]}
    docker = [
        {
            "Config": _place(described),
            "RepoTags": [name],
            "Layers": [_place(blob) for blob, _ in packed],
        }
    ]
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps(index))
    (layout / "manifest.json").write_text(json.dumps(docker))


def archive(layout: Path, path: Path) -> None:
    """Pack a layout into one tar that engines load."""
    with tarfile.open(path, "w") as tar:
        for part in sorted(layout.rglob("*")):
            if part.is_file():
                tar.add(part, str(part.relative_to(layout)))


def _place(blob: Blob) -> str:
    return f"blobs/{blob.digest.replace(':', '/')}"


def _put(blobs: Path, media_type: str, content: object) -> Blob:
    data = json.dumps(content, sort_keys=True).encode()
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return Blob(media_type, f"sha256:{digest}", len(data))


def _pack(blobs: Path, layer: Path) -> tuple[Blob, str]:
    """Compress a layer; return its blob and the digest of the uncompressed bytes."""
    plain, packed = hashlib.sha256(), hashlib.sha256()
    # Level 1: three times as fast as the default for a tenth more bytes. wbits 31 is gzip.
    gzip = zlib.compressobj(1, zlib.DEFLATED, 31)
    draft = blobs / ".packing"
    size = 0
    with layer.open("rb") as source, draft.open("wb") as target:
        while chunk := source.read(_CHUNK):
            plain.update(chunk)
            size += _append(target, packed, gzip.compress(chunk))
        size += _append(target, packed, gzip.flush())
    draft.rename(blobs / packed.hexdigest())
    return Blob(_LAYER, f"sha256:{packed.hexdigest()}", size), f"sha256:{plain.hexdigest()}"


def _append(target: BinaryIO, digest: "hashlib._Hash", data: bytes) -> int:
    digest.update(data)
    return target.write(data)


def discard(layout: Path) -> None:
    """Remove a layout that is no longer needed."""
    shutil.rmtree(layout)


def identities(layout: Path) -> set[str]:
    """Return the digests, without `sha256:`, that an engine may call the image's id."""
    top = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    manifest = json.loads((layout / "blobs" / top.replace(":", "/")).read_text())
    return {digest.removeprefix("sha256:") for digest in (top, manifest["config"]["digest"])}
