"""What a spec names that lies outside of it, in its namespace, and what was found there.

ConfigMaps, other ImageBuilds and sources of Flux are facts like those about attempts: read by the
controller, judged by ``resolve``. All inputs are the API server's JSON as dicts.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from imagebuild.api.source import ImageBuildReference
from imagebuild.api.spec import ImageBuildSpec, Source
from imagebuild.contract.order import MAIN_CONTEXT

FLUX_API = "source.toolkit.fluxcd.io/v1"
# The kinds that a spec can name, as the API's paths call them.
FLUX_PLURALS: Mapping[str, str] = {
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
    "Bucket": "buckets",
}

FluxKey = tuple[str, str]  # kind and name


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """``digest``: sha256 of all its content. ``values``: of those keys that an argument names."""

    digest: str
    keys: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OtherBuild:
    """Another ImageBuild.

    ``published``: stage ("" for a Dockerfile's unnamed one) and REPOSITORY@DIGEST ("" for an
    archive alone), in the order of its ``spec.publish``. ``names``: the ImageBuilds that it takes
    files from.
    """

    published: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FluxSource:
    """A source of Flux: where its artifact is and of what digest, both "" while it has none.

    ``known``: the API server knows the kind, which it does where Flux is installed. ``there``:
    there is an object of that name.
    """

    known: bool = True
    there: bool = True
    url: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """All that was looked for; a ConfigMap or ImageBuild that does not exist is None.

    ``image_builds`` holds those too that the named ones name, as far as a circle can be.
    """

    config_maps: Mapping[str, ConfigMap | None] = field(default_factory=dict)
    image_builds: Mapping[str, OtherBuild | None] = field(default_factory=dict)
    flux: Mapping[FluxKey, FluxSource] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether the spec names nothing outside of it."""
        return not (self.config_maps or self.image_builds or self.flux)


class Named(NamedTuple):
    """A context: its spec path, the name that it has for a build, itself."""

    path: str
    name: str
    source: Source


def sources(spec: ImageBuildSpec) -> Iterator[Named]:
    """Each context, the main one first."""
    if spec.context is not None:
        yield Named("spec.context", MAIN_CONTEXT, spec.context)
    for index, context in enumerate(spec.contexts):
        yield Named(f"spec.contexts[{index}]", context.name, context)


def config_maps(spec: ImageBuildSpec) -> Mapping[str, frozenset[str]]:
    """The ConfigMaps to read: name -> the keys whose values arguments take."""
    keys: dict[str, set[str]] = {}
    for _, _, source in sources(spec):
        if source.config_map:
            keys.setdefault(source.config_map.name, set())
    for arg in spec.args:
        if arg.value_from:
            ref = arg.value_from.config_map_key_ref
            keys.setdefault(ref.name, set()).add(ref.key)
    return {name: frozenset(found) for name, found in sorted(keys.items())}


def flux_sources(spec: ImageBuildSpec) -> tuple[FluxKey, ...]:
    """The sources of Flux to read, each once."""
    found = ((s.flux.kind, s.flux.name) for _, _, s in sources(spec) if s.flux)
    return tuple(dict.fromkeys(found))


def references(spec: ImageBuildSpec) -> tuple[ImageBuildReference, ...]:
    """What contexts take from other ImageBuilds."""
    return tuple(source.image_build for _, _, source in sources(spec) if source.image_build)


def image_builds(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The ImageBuilds that an ImageBuild takes files from, each once.

    Of any ImageBuild in the API server's JSON, also of one that this operator cannot read.
    """
    spec = raw.get("spec") or {}
    found = [spec.get("context") or {}, *(spec.get("contexts") or ())]
    named = ((source.get("imageBuild") or {}).get("name") for source in found)
    return tuple(dict.fromkeys(name for name in named if name))


def config_map(raw: Mapping[str, Any], keys: frozenset[str]) -> ConfigMap:
    """A ConfigMap as a fact, with the values of these keys as far as it has them as text."""
    data, binary = raw.get("data") or {}, raw.get("binaryData") or {}
    digest = hashlib.sha256(json.dumps([data, binary], sort_keys=True).encode()).hexdigest()
    values = {key: data[key] for key in keys if key in data}
    return ConfigMap(digest, frozenset({*data, *binary}), values)


def other_build(raw: Mapping[str, Any]) -> OtherBuild:
    """Another ImageBuild as a fact."""
    published = (raw.get("status") or {}).get("published") or ()
    images = tuple((entry.get("stage") or "", entry.get("image") or "") for entry in published)
    return OtherBuild(images, image_builds(raw))


def flux_source(raw: Mapping[str, Any] | None) -> FluxSource:
    """A source of Flux as a fact; None: there is no such object."""
    if raw is None:
        return FluxSource(there=False)
    artifact = (raw.get("status") or {}).get("artifact") or {}
    return FluxSource(url=artifact.get("url") or "", digest=artifact.get("digest") or "")
