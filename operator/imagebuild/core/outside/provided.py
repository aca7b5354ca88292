"""What is provided from outside of a spec, and in which words a build waits for what is not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from imagebuild.api.reasons import Reason
from imagebuild.api.source import Flux, ImageBuildReference
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.contract import order
from imagebuild.core import outside
from imagebuild.core.observe.obstacles import Obstacle
from imagebuild.core.outside import Named, Outside
from imagebuild.core.owner import Owner

_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")
_MOST_SAID = 5


def image(found: Outside, ref: ImageBuildReference) -> str | None:
    """What another ImageBuild published: of this stage, or the first image; by digest."""
    other = found.image_builds.get(ref.name)
    images = other.published if other else ()
    stage = ref.stage.lower() if ref.stage else None
    return next((image for of, image in images if image and stage in (None, of)), None)


def download(found: Outside, flux: Flux) -> order.Http | None:
    """What a source of Flux has fetched."""
    source = found.flux.get((flux.kind, flux.name))
    digest = _SHA256.fullmatch(source.digest) if source else None
    if source is None or not source.url or digest is None:
        return None
    return order.Http(source.url, digest[1], flux=True)


def waits(
    owner: Owner, spec: ImageBuildSpec, contexts: Sequence[Named], found: Outside
) -> Obstacle | None:
    """All that is absent as one obstacle, with the first one's reason; None where nothing is."""
    absent = [*_args(spec, found), *_contexts(contexts, found)]
    if not absent:
        return None
    words = "; ".join(obstacle.message for obstacle in absent[:_MOST_SAID])
    more = len(absent) - _MOST_SAID
    words += f"; and {more} more" if more > 0 else ""
    return replace(absent[0], message=f"{words} (namespace {owner.namespace})")


def _args(spec: ImageBuildSpec, found: Outside) -> Iterator[Obstacle]:
    for index, arg in enumerate(spec.args):
        if arg.value_from:
            ref = arg.value_from.config_map_key_ref
            path = f"spec.args[{index}].valueFrom"
            yield from _config_map(path, ref.name, (ref.key,), found)
            known = found.config_maps.get(ref.name)
            if known and ref.key in known.keys - known.values.keys():
                words = f"key {ref.key} of ConfigMap {ref.name} is no text"
                yield _absent(path, words)


def _contexts(contexts: Sequence[Named], found: Outside) -> Iterator[Obstacle]:
    for path, _, source in contexts:
        if source.config_map:
            keys = tuple(item.key for item in source.config_map.items)
            where = f"{path}.configMap"
            yield from _config_map(where, source.config_map.name, keys, found)
        if source.image_build and image(found, source.image_build) is None:
            words = _unpublished(found, source.image_build)
            yield _absent(f"{path}.imageBuild", words, Reason.WAITING_FOR_IMAGEBUILD)
        if source.flux and download(found, source.flux) is None:
            yield _absent(f"{path}.flux", _unfetched(found, source.flux))


def _config_map(path: str, name: str, keys: tuple[str, ...], found: Outside) -> Iterator[Obstacle]:
    known = found.config_maps.get(name)
    if known is None:
        yield _absent(path, f"there is no ConfigMap {name}")
        return
    for key in keys:
        if key not in known.keys:
            yield _absent(path, f"ConfigMap {name} has no key {key}")


def _absent(path: str, words: str, reason: Reason = Reason.CONTEXT_NOT_FOUND) -> Obstacle:
    return Obstacle(reason, f"{path}: {words}", path)


def _unpublished(found: Outside, ref: ImageBuildReference) -> str:
    other = found.image_builds.get(ref.name)
    if other is None:
        return f"there is no ImageBuild {ref.name}"
    stages = [of or "an unnamed stage" for of, published in other.published if published]
    if not stages:
        return f"ImageBuild {ref.name} has published no image yet"
    there = f"ImageBuild {ref.name} has published {', '.join(stages)}"
    return f"{there}, but no image of stage {ref.stage}"


def _unfetched(found: Outside, flux: Flux) -> str:
    kind, name = flux.kind, flux.name
    source = found.flux.get((kind, name), outside.FluxSource(there=False))
    if not source.known:
        return f"there is no {kind} of {outside.FLUX_API} in this cluster: Flux is not installed"
    if not source.there:
        return f"Flux is installed, but there is no {kind} {name}"
    if not source.url:
        return f"{kind} {name} has no artifact yet"
    return f"the artifact of {kind} {name} has no sha256 digest but {source.digest or 'none'}"
