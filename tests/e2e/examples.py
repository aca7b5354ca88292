"""The examples, made fit for a test's namespace and for the servers in the cluster."""

import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from tests import cluster
from tests.e2e.registry import Image, Registry

FOLDER = Path(__file__).parents[2] / "examples"


def objects(
    file: str,
    kubectl: cluster.Kubectl,
    registry: Registry,
    replaced: Mapping[str, str] | None = None,
) -> list[cluster.Object]:
    """Return an example's objects, published below the namespace's name.

    `replaced`: text -> what stands for it, an address mostly; each must be there.
    """
    text = (FOLDER / f"{file}.yaml").read_text()
    for placeholder, real in (replaced or {}).items():
        assert placeholder in text, f"{file} no longer says {placeholder}"
        text = text.replace(placeholder, real)
    found: list[cluster.Object] = list(yaml.safe_load_all(text))
    for item in found:
        item["metadata"]["namespace"] = kubectl.namespace
        for entry in item.get("spec", {}).get("publish", []):
            if "images" in entry:
                below = f"{registry.name}/{kubectl.namespace}/"
                entry["images"] = [re.sub(r"^[^/]+/", below, image) for image in entry["images"]]
    return found


def published(
    kubectl: cluster.Kubectl, registry: Registry, name: str, *, warned: tuple[str, ...] = ()
) -> tuple[Image, dict[str, Any]]:
    """Return the image and the status of an example once it is published.

    `warned` are the rules that it breaks: an example is to keep them, or to show that it doesn't.
    """
    status = cluster.until(kubectl, name, "Published", seconds=300)["status"]
    assert [w["rule"] for w in status.get("warnings", [])] == list(warned), status["warnings"]
    return registry.pull(status["image"]), status


def tar_gz(files: Mapping[str, str]) -> bytes:
    """Return a compressed tar of these files, path -> text, all executable."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            item = tarfile.TarInfo(name)
            item.size, item.mode = len(text.encode()), 0o755
            tar.addfile(item, io.BytesIO(text.encode()))
    return packed.getvalue()
