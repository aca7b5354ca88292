"""What the daemon knows of images: the layers of those that it pulled or made."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from imagebuild.contract.report import Image
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.solve import buildctl
from imagebuild.worker.workspace import Workspace

# The sizes of an image's compressed layers in bytes, the lowest first, by platform: an image that
# is no index has the platform "".
Layers = Mapping[str, tuple[int, ...]]

# Of the platforms in an index this one holds attestations.
_NO_PLATFORM = "unknown"


def layers(digest: str, platform: str = "", *, workspace: Workspace, limits: Limits) -> Layers:
    """The layers of an image; none where the daemon does not tell within the limits.

    Of an index it has only the platforms that it pulled or made; ``platform`` asks for one.
    """
    try:
        manifest = _manifest(digest, workspace, limits)
        if "manifests" not in manifest:
            return {"": tuple(layer["size"] for layer in manifest["layers"])}
        found: dict[str, tuple[int, ...]] = {}
        for name, one in _platforms(manifest):
            if _is_for(name, platform):
                of_one = layers(one, workspace=workspace, limits=limits)
                found |= dict(zip([name], of_one.values(), strict=False))
    except (OSError, ValueError, LookupError, TypeError, StoppedError, TimedOutError):
        return {}
    return found


def image(target: int, digest: str, found: Layers) -> Image:
    """What a target was published as; of an index size and layers are those of the first platform.

    They are 0 where they are not known.
    """
    sizes = next(iter(found.values()), ())
    return Image(target, digest, size=sum(sizes), layers=len(sizes))


def matching(found: Layers, platform: str) -> tuple[int, ...] | None:
    """The layers for a platform, "" for the first, where the image has them."""
    return next((sizes for name, sizes in found.items() if _is_for(name, platform)), None)


def _is_for(name: str, platform: str) -> bool:
    """Whether what has the one name serves the other, which may leave the variant open."""
    return not name or not platform or f"{name}/".startswith(f"{platform}/")


def _platforms(index: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The platforms in an index, each with the digest of its manifest."""
    for entry in index["manifests"]:
        platform = entry.get("platform", {})
        if platform.get("os") != _NO_PLATFORM:
            parts = (platform.get(key) for key in ("os", "architecture", "variant"))
            yield "/".join(part for part in parts if part), entry["digest"]


def _manifest(digest: str, workspace: Workspace, limits: Limits) -> Any:
    return json.loads(buildctl.ask("debug", "get", digest, workspace=workspace, limits=limits))
