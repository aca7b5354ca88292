"""The tags that a registry has in place of one that it has not."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from imagebuild.contract import images
from imagebuild.worker import suggestion
from imagebuild.worker.contexts import skopeo
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_MOST = 3
_HUB = f"{images.HUB}/"
_OFFICIAL = f"{_HUB}library/"


def hint(image: str, *, workspace: Workspace, limits: Limits) -> str:
    """Which tags of this image's repository look like its own; empty where it has none.

    Raises what the limits raise, and ValueError for what is no registries.conf.
    """
    wanted = images.tag(image)
    there = _tags(images.whole(image), workspace, limits) if wanted else ()
    if wanted in there:
        return ""
    name = images.repository(image).removeprefix(_OFFICIAL).removeprefix(_HUB)
    near = suggestion.near(wanted, there, most=_MOST)
    return suggestion.did_you_mean([f"{name}:{tag}" for tag in near])


def _tags(image: str, workspace: Workspace, limits: Limits) -> tuple[str, ...]:
    """Those of the first place that has any; skopeo asks no mirror for tags by itself."""
    for number, place in enumerate(_places(image, workspace.registries_conf)):
        to = workspace.root / f"tags-{number}"
        try:
            return skopeo.tags(place, to=to, workspace=workspace, limits=limits)
        except FailedError:
            continue
    return ()


def _places(image: str, conf: Path | None) -> Iterator[str]:
    """The repository at the mirrors of its registry, and at the registry itself.

    Source: containers-registries.conf(5), of which ours names whole registries.
    """
    host, _, path = images.repository(image).partition("/")
    registries = tomllib.loads(conf.read_text()).get("registry", []) if conf else []
    for registry in registries:
        if registry["location"] == host:
            yield from (f"{mirror['location']}/{path}" for mirror in registry.get("mirror", ()))
    yield f"{host}/{path}"
