"""Contexts in a registry: images go to BuildKit by digest, artifacts become files here.

An artifact is a manifest whose config is none of an image's. Of its layers those with a title are
files of that name, unless they say that they are directories; all others are archives.

Sources: https://github.com/opencontainers/image-spec/blob/main/manifest.md
https://oras.land/docs/how_to_guides/pushing_and_pulling/
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagebuild.contract import images
from imagebuild.contract.source import Source
from imagebuild.worker.contexts import bounds, hosts, refusal, skopeo, unpack
from imagebuild.worker.contexts.filetree import FileTree
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_IMAGE_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
_EMPTY = "application/vnd.oci.empty.v1+json"
_TITLE = "org.opencontainers.image.title"
_IS_DIRECTORY = "io.deis.oras.content.unpack"
_MEND = "a context holds no more; make the artifact smaller, or several of it"
_HTTPS = 443


@dataclass(frozen=True, slots=True)
class Layer:
    """A blob of an artifact; ``title`` where it is a file, else it is an archive."""

    digest: str
    kind: str
    size: int
    title: str | None


def bring(
    name: str, image: str, *, directory: Path, workspace: Workspace, limits: Limits
) -> tuple[str | None, Source]:
    """The image by digest, None where it is an artifact: then its files are in ``directory``.

    ``name`` is the context's. ``directory`` is made where it is needed. Raises FailedError:
    "ContextInvalid: ...", and what ``skopeo``, ``hosts`` and ``bounds`` say.
    """
    with refusal.at(".oci.image"), refusal.about(image):
        _refuse_host(image, limits)
    place = workspace.downloads / name
    place.mkdir(parents=True)
    asked = f"{images.repository(image)}@{image.partition('@')[2]}" if "@" in image else image
    with refusal.at(".oci.image"):
        raw = skopeo.manifest(asked, to=place / "manifest", workspace=workspace, limits=limits)
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    source = Source(name, digest=digest)
    exactly = f"{images.repository(image)}@{digest}"
    layers = _layers(raw, image=image)
    if layers is None:
        return exactly, source
    tally = bounds.Tally(mend=_MEND)
    for layer in layers:
        tally.add(layer.size, files=0)
    skopeo.copy(exactly, to=place / "blobs", workspace=workspace, limits=limits)
    directory.mkdir(parents=True)
    tree = FileTree(directory, tally=bounds.Tally(mend=_MEND), limits=limits)
    for layer in layers:
        _lay(layer, place / "blobs" / layer.digest.partition(":")[2], tree)
    tree.finish()
    return None, source


def _refuse_host(image: str, limits: Limits) -> None:
    """Refuses a link-local registry; a mirror may stand for one that has no address here."""
    host, slash, _ = image.partition("/")
    if slash and ("." in host or ":" in host):
        with contextlib.suppress(OSError):
            hosts.addresses(host.partition(":")[0], _HTTPS, limits=limits)


def _layers(raw: bytes, *, image: str) -> tuple[Layer, ...] | None:
    """The layers of an artifact, None for an image or an index of images."""
    try:
        manifest: dict[str, Any] = json.loads(raw)
        if "manifests" in manifest or manifest["config"]["mediaType"] in _IMAGE_CONFIGS:
            return None
        layers = tuple(_layer(described) for described in manifest["layers"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _invalid(image, "its manifest is none of an image or an artifact") from None
    return tuple(layer for layer in layers if layer.kind != _EMPTY or layer.title)


def _layer(described: Mapping[str, Any]) -> Layer:
    annotations = described.get("annotations") or {}
    is_directory = annotations.get(_IS_DIRECTORY) == "true"
    return Layer(
        digest=str(described["digest"]),
        kind=str(described["mediaType"]),
        size=int(described["size"]),
        title=None if is_directory else annotations.get(_TITLE),
    )


def _lay(layer: Layer, blob: Path, tree: FileTree) -> None:
    if layer.title is not None:
        with blob.open("rb") as content:
            tree.file(layer.title, content, size=layer.size)
        return
    # A compression that is not known here is told by the name alone.
    called = f"{layer.digest}.tar.zst" if layer.kind.endswith("zstd") else layer.digest
    if not unpack.unpack(blob, name=called, tree=tree):
        raise tree.refused(f"{layer.digest} ({layer.kind}) is no archive and has no title")


def _invalid(image: str, why: str) -> FailedError:
    return refusal.of("ContextInvalid", f"{image}: {why}")
