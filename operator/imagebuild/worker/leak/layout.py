"""An OCI image layout in a directory: its images, and what is in its files.

Source: OCI Image Specification 1.1, image-layout.md, image-index.md, manifest.md and config.md.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

_CHUNK = 1024 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Of zlib: it reads the header of gzip, and a window of any size.
_WITH_GZIP_HEADER = 31

# Of the platforms in an index this one holds attestations.
_NO_PLATFORM = "unknown"


@dataclass(frozen=True, slots=True)
class Image:
    """One platform's image; ``config`` is its configuration, ``layers`` are digests, lowest first.

    ``sizes`` are those of the layers in bytes, compressed as they are.
    ``platform`` is empty where there is no index; ``history`` says of each layer and of what made
    none (OCI's config.md): ``{"created_by": TEXT, "empty_layer": true}``.
    """

    manifest: str
    config_digest: str
    platform: str
    config: Mapping[str, Any]
    layers: tuple[str, ...]
    sizes: tuple[int, ...]

    @property
    def history(self) -> list[Mapping[str, Any]]:
        """What made it, the first step first."""
        return list(self.config.get("history") or ())

    def step_of(self, layer: int) -> int | None:
        """The index in ``history`` of what made a layer, None where it does not tell."""
        made = [i for i, entry in enumerate(self.history) if not entry.get("empty_layer")]
        return made[layer] if len(made) == len(self.layers) else None


def blobs(directory: Path) -> tuple[Path, ...]:
    """All files in it with anything of an image, the largest first."""
    found = [path for path in directory.rglob("*") if path.is_file()]
    return tuple(sorted(found, key=lambda path: (-path.stat().st_size, path.name)))


def digest_of(blob: Path) -> str:
    """The digest of which a blob is."""
    return f"{blob.parent.name}:{blob.name}"


def path_of(directory: Path, digest: str) -> Path:
    """Where a blob lies."""
    return directory.joinpath("blobs", *digest.split(":", 1))


def root(directory: Path) -> str:
    """The digest of what a layout with one image, or one index, holds."""
    (entry,) = json.loads((directory / "index.json").read_bytes())["manifests"]
    return str(entry["digest"])


def images(directory: Path) -> tuple[Image, ...]:
    """The images in it, those of an index in its order; attestations are none."""
    index = json.loads((directory / "index.json").read_bytes())
    return tuple(_images(directory, index, ""))


def _images(directory: Path, index: Mapping[str, Any], above: str) -> Iterator[Image]:
    for entry in index["manifests"]:
        parts = entry.get("platform") or {}
        if parts.get("os") == _NO_PLATFORM:
            continue
        found = _json(directory, entry["digest"])
        if "manifests" in found:
            yield from _images(directory, found, entry["digest"])
        elif "layers" in found:
            config = _json(directory, found["config"]["digest"])
            names = (parts.get(key) for key in ("os", "architecture", "variant"))
            yield Image(
                entry["digest"],
                found["config"]["digest"],
                "/".join(filter(None, names)) if above else "",
                config if isinstance(config, dict) else {},
                tuple(layer["digest"] for layer in found["layers"]),
                tuple(layer["size"] for layer in found["layers"]),
            )


def _json(directory: Path, digest: str) -> Any:
    return json.loads(path_of(directory, digest).read_bytes())


def unpacked(blob: Path) -> Iterator[bytes]:
    """What is in a file, in pieces, without its compression (gzip, zstd); raises OSError."""
    with blob.open("rb") as file:
        begin = file.read(len(_ZSTD))
        file.seek(0)
        if begin.startswith(_GZIP):
            yield from _of_gzip(file)
        elif begin.startswith(_ZSTD):
            yield from _of_zstd(file)
        else:
            while chunk := file.read(_CHUNK):
                yield chunk


def _of_gzip(file: BinaryIO) -> Iterator[bytes]:
    """Of gzip, which may be several such files one after another."""
    packed = file.read(_CHUNK)
    while packed:
        stream = zlib.decompressobj(_WITH_GZIP_HEADER)
        while packed and not stream.eof:
            yield stream.decompress(packed, _CHUNK)
            packed = stream.unconsumed_tail or (b"" if stream.eof else file.read(_CHUNK))
        yield stream.flush()
        packed = stream.unused_data or file.read(_CHUNK)


def _of_zstd(file: BinaryIO) -> Iterator[bytes]:
    from backports import zstd  # noqa: PLC0415 - hardly any image is packed so

    with zstd.ZstdFile(file) as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk
