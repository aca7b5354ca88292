"""A build from its spec to its image."""

from collections.abc import Mapping
from typing import Any

from tests import cluster
from tests.e2e.registry import Image, Registry
from tests.e2e.specs import to


def published(
    kubectl: cluster.Kubectl,
    registry: Registry,
    spec: Mapping[str, Any],
    *,
    name: str = "built",
    seconds: float = cluster.BUSY_SECONDS,
) -> tuple[Image, dict[str, Any]]:
    """Return the image that this spec's last stage becomes, and the status."""
    image = f"{registry.name}/{kubectl.namespace}/{name}:1"
    kubectl.apply(cluster.imagebuild(name, {**spec, "publish": to(image)}))
    status = cluster.until(kubectl, name, "Published", seconds=seconds)["status"]
    return registry.pull(status["image"]), status
