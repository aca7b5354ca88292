"""A spec with all that it takes from outside filled in, or why it cannot be built yet.

Values of arguments that come from ConfigMaps become literals, so that whoever reads the resolved
spec (order, status, hash) needs to know nothing of where they are from. What is not there has the
build wait; what can never be built is a problem like any other of the spec.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pydantic

from imagebuild.api import validate
from imagebuild.api.problem import Problem
from imagebuild.api.reasons import Reason
from imagebuild.api.spec import Arg, ImageBuildSpec, Source
from imagebuild.contract import facts, order
from imagebuild.core import graph, outside
from imagebuild.core.obstacles import Obstacle
from imagebuild.core.outside import Outside
from imagebuild.core.owner import Owner

_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")
_MOST_SAID = 5


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a spec comes to.

    ``contexts``: those that the build needs: (spec path, name, source), the main one first.
    ``downloads`` and ``images`` (by digest) are what the contexts of these names are, where Flux
    or another ImageBuild provides them. ``config_maps``: name -> sha256 of the content that
    contexts take, None for an absent one. ``waits``: why no build can begin; None where it can.
    """

    spec: ImageBuildSpec
    contexts: tuple[tuple[str, str, Source], ...] = ()
    downloads: Mapping[str, order.Http] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    config_maps: Mapping[str, str | None] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    waits: Obstacle | None = None

    @property
    def digests(self) -> Mapping[str, str | None]:
        """Of each context that Flux or another ImageBuild provides, None while it does not."""
        found = {name: download.sha256 for name, download in self.downloads.items()}
        found |= {name: image.rpartition("@")[2] for name, image in self.images.items()}
        provided = (name for _, name, source in self.contexts if source.flux or source.image_build)
        return {name: found.get(name) for name in provided}


def resolve(owner: Owner, spec: ImageBuildSpec, found: Outside) -> Resolved:
    """The spec of the ImageBuild ``owner`` with what was found outside of it."""
    args, problems = _args(spec, found)
    filled = spec.model_copy(update={"args": args})
    if not problems and args != spec.args:
        problems = validate.problems(filled)
    contexts = _needed(filled)
    builds = {n: s.image_build for _, n, s in contexts if s.image_build}
    images = {n: _image(found, ref.name, ref.stage) for n, ref in builds.items()}
    fluxes = {n: s.flux for _, n, s in contexts if s.flux}
    downloads = {n: _download(found, flux.kind, flux.name) for n, flux in fluxes.items()}
    absent = [*_absent_args(spec, found), *_absent_contexts(contexts, found)]
    return Resolved(
        spec=filled,
        contexts=contexts,
        downloads={name: download for name, download in downloads.items() if download},
        images={name: image for name, image in images.items() if image},
        config_maps=_digests(contexts, found),
        problems=(*problems, *_circle(owner.name, spec, found)),
        waits=_waits(owner, absent),
    )


def _needed(spec: ImageBuildSpec) -> tuple[tuple[str, str, Source], ...]:
    """The main context, and those that a needed stage uses; with a Dockerfile, all of them."""
    used = {order.MAIN_CONTEXT, *graph.contexts(spec)}
    found = outside.sources(spec)
    return tuple(entry for entry in found if spec.dockerfile or entry[1] in used)


def _digests(
    contexts: tuple[tuple[str, str, Source], ...], found: Outside
) -> Mapping[str, str | None]:
    named = (source.config_map.name for _, _, source in contexts if source.config_map)
    maps = {name: found.config_maps.get(name) for name in named}
    return {name: known.digest if known else None for name, known in maps.items()}


def _args(spec: ImageBuildSpec, found: Outside) -> tuple[tuple[Arg, ...], tuple[Problem, ...]]:
    """The arguments with their values as far as there are any, and what is wrong with those."""
    args: list[Arg] = []
    problems: list[Problem] = []
    for index, arg in enumerate(spec.args):
        ref = arg.value_from.config_map_key_ref if arg.value_from else None
        source = found.config_maps.get(ref.name) if ref else None
        value = source.values.get(ref.key) if ref and source else None
        if ref is None or value is None:
            args.append(arg)
            continue
        try:
            args.append(Arg.model_validate({"name": arg.name, "value": facts.literal(value)}))
        except pydantic.ValidationError as error:
            wrong = validate.of_error(error)[0]
            what = f"the value of key {ref.key} in ConfigMap {ref.name}: {wrong.what}"
            problems.append(Problem(f"spec.args[{index}].valueFrom", what, wrong.mend))
            args.append(arg)
    return tuple(args), tuple(problems)


def _image(found: Outside, name: str, stage: str | None) -> str | None:
    """What another ImageBuild published: of this stage, or the first image."""
    other = found.image_builds.get(name)
    images = other.published if other else ()
    return next((image for of, image in images if image and stage in (None, of)), None)


def _download(found: Outside, kind: str, name: str) -> order.Http | None:
    source = found.flux.get((kind, name))
    digest = _SHA256.fullmatch(source.digest) if source else None
    return order.Http(source.url, digest[1]) if source and source.url and digest else None


# What is not there, in words that follow a spec path.


def _waits(owner: Owner, absent: list[Obstacle]) -> Obstacle | None:
    """All of it as one obstacle, with the first one's reason."""
    if not absent:
        return None
    words = "; ".join(f"{o.message}" for o in absent[:_MOST_SAID])
    more = len(absent) - _MOST_SAID
    words += f"; and {more} more" if more > 0 else ""
    by_itself = f"(namespace {owner.namespace}); the build starts by itself as soon as there is"
    return Obstacle(absent[0].reason, f"{words} {by_itself}")


def _absent_args(spec: ImageBuildSpec, found: Outside) -> Iterator[Obstacle]:
    for index, arg in enumerate(spec.args):
        if arg.value_from:
            ref = arg.value_from.config_map_key_ref
            path = f"spec.args[{index}].valueFrom"
            yield from _absent_config_map(path, ref.name, (ref.key,), found)


def _absent_contexts(
    contexts: tuple[tuple[str, str, Source], ...], found: Outside
) -> Iterator[Obstacle]:
    for path, _, source in contexts:
        if source.config_map:
            keys = tuple(item.key for item in source.config_map.items)
            where = f"{path}.configMap"
            yield from _absent_config_map(where, source.config_map.name, keys, found)
        if source.image_build:
            ref = source.image_build
            if _image(found, ref.name, ref.stage) is None:
                words = _unpublished(found.image_builds.get(ref.name), ref.name, ref.stage)
                yield Obstacle(Reason.WAITING_FOR_IMAGEBUILD, f"{path}.imageBuild: {words}")
        if source.flux and _download(found, source.flux.kind, source.flux.name) is None:
            words = _unfetched(found, source.flux.kind, source.flux.name)
            yield Obstacle(Reason.CONTEXT_NOT_FOUND, f"{path}.flux: {words}")


def _absent_config_map(
    path: str, name: str, keys: tuple[str, ...], found: Outside
) -> Iterator[Obstacle]:
    known = found.config_maps.get(name)
    if known is None:
        yield Obstacle(Reason.CONTEXT_NOT_FOUND, f"{path}: there is no ConfigMap {name}")
        return
    for key in keys:
        if key not in known.keys:
            words = f"{path}: ConfigMap {name} has no key {key}"
            yield Obstacle(Reason.CONTEXT_NOT_FOUND, words)


def _unpublished(other: outside.OtherBuild | None, name: str, stage: str | None) -> str:
    if other is None:
        return f"there is no ImageBuild {name}"
    stages = [of or "an unnamed stage" for of, image in other.published if image]
    if not stages:
        return f"ImageBuild {name} has published no image yet"
    return f"ImageBuild {name} has published {', '.join(stages)}, but no image of stage {stage}"


def _unfetched(found: Outside, kind: str, name: str) -> str:
    source = found.flux.get((kind, name), outside.FluxSource(there=False))
    if not source.known:
        return f"there is no {kind} of {outside.FLUX_API} in this cluster: Flux is not installed"
    if not source.there:
        return f"Flux is installed, but there is no {kind} {name}"
    if not source.url:
        return f"{kind} {name} has no artifact yet"
    return f"the artifact of {kind} {name} has no sha256 digest but {source.digest or 'none'}"


def _circle(name: str, spec: ImageBuildSpec, found: Outside) -> Iterator[Problem]:
    """ImageBuilds that take files from each other would rebuild one another for ever."""
    for path, _, source in outside.sources(spec):
        if source.image_build:
            way = _way(source.image_build.name, name, found)
            if way:
                what = f"this ImageBuild takes files from itself: {' <- '.join((name, *way))}"
                yield Problem(f"{path}.imageBuild", what, "take one of these references out")


def _way(start: str, end: str, found: Outside) -> tuple[str, ...]:
    """The shortest way from one ImageBuild to another by what each names; empty if none."""
    ways: deque[tuple[str, ...]] = deque([(start,)])
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        if way[-1] == end:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            other = found.image_builds.get(way[-1])
            ways.extend((*way, name) for name in (other.names if other else ()))
    return ()
