"""Reads what an ImageBuild names beside itself: ConfigMaps, other ImageBuilds, sources of Flux.

One after the other, and each made a fact before the next is read: a ConfigMap may have a megabyte,
and a spec may name a hundred.
"""

from imagebuild.controller import cluster as clusters
from imagebuild.core import outside
from imagebuild.core.imagebuild import ImageBuild
from imagebuild.core.outside import FluxSource, Outside

# How many ImageBuilds are looked at for a circle; longer ones are chains of no sane make.
_MOST_IMAGE_BUILDS = 64


async def read(cluster: clusters.Cluster, build: ImageBuild) -> Outside:
    """All that the spec names; nothing of a spec that cannot be read."""
    if build.spec is None:
        return Outside()
    namespace = build.owner.namespace
    config_maps: dict[str, outside.ConfigMap | None] = {}
    for name, keys in outside.config_maps(build.spec).items():
        raw = await cluster.read("ConfigMap", namespace, name)
        config_maps[name] = outside.config_map(raw, keys) if raw else None
    flux = {key: await _flux(cluster, namespace, key) for key in outside.flux_sources(build.spec)}
    return Outside(config_maps, await _image_builds(cluster, build), flux)


async def _flux(cluster: clusters.Cluster, namespace: str, key: outside.FluxKey) -> FluxSource:
    try:
        return outside.flux_source(await cluster.flux(*key, namespace=namespace))
    except clusters.UnknownKindError:
        return FluxSource(known=False, there=False)


async def _image_builds(
    cluster: clusters.Cluster, build: ImageBuild
) -> dict[str, outside.OtherBuild | None]:
    """Those that the spec names, and those that these name in their turn, but itself."""
    found: dict[str, outside.OtherBuild | None] = {}
    ahead = [ref.name for ref in outside.references(build.spec)] if build.spec else []
    while ahead and len(found) < _MOST_IMAGE_BUILDS:
        name = ahead.pop(0)
        if name in found or name == build.owner.name:
            continue
        raw = await cluster.imagebuild(build.owner.namespace, name)
        found[name] = other = outside.other_build(raw) if raw else None
        ahead += other.names if other else ()
    return found
