"""Where buildctl puts a solved target: the ``--output`` of it.

Source: BuildKit's README.md ("Output") and exporter/containerimage/exptypes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from imagebuild.contract import images
from imagebuild.contract.order import Order, Target


def outputs(order: Order, target: Target, *, archive: Path | None) -> Iterator[str]:
    """The values of ``--output``: for registries, without tags, and for the file ``archive``."""
    if target.images:
        # One name list and one push: buildctl gives out one digest for all of them.
        names = ",".join(dict.fromkeys(map(images.repository, target.images)))
        pushed = {"type": "image", "name": names, "push": "true"}
        by_digest = {"push-by-digest": "true", "name-canonical": "true"}
        yield _fields(pushed | by_digest | _image(order, target))
    if archive is not None:
        yield _fields({"type": "oci", "dest": str(archive)} | _image(order, target))


def layout(order: Order, target: Target, path: Path) -> str:
    """The value of ``--output`` that lays a target's image into a directory, as an OCI layout."""
    return _fields({"type": "oci", "tar": "false", "dest": str(path)} | _image(order, target))


def directory(path: Path) -> str:
    """The value of ``--output`` that lays a target's files into a directory."""
    return _fields({"type": "local", "dest": str(path)})


def _image(order: Order, target: Target) -> dict[str, str]:
    """What makes the image: the same for a registry and a file, so that both have one digest."""
    attributes: dict[str, str] = {}
    if target.compression is not None:
        attributes["compression"] = target.compression
    if target.compression_level is not None:
        attributes["compression-level"] = str(target.compression_level)
    if order.reproducible:
        attributes["rewrite-timestamp"] = "true"
    # Where there is no index, an annotation of it is an error.
    kinds = ("annotation", "annotation-index") if len(order.platforms) > 1 else ("annotation",)
    for kind in kinds:
        attributes |= {f"{kind}.{name}": text for name, text in target.annotations.items()}
    return attributes


def _fields(attributes: Mapping[str, str]) -> str:
    """As one line of CSV, where a field with a comma or a quote stands in quotes."""
    fields = (f"{name}={value}" for name, value in attributes.items())
    return ",".join(
        '"' + field.replace('"', '""') + '"' if set(field) & set(',"') else field
        for field in fields
    )
