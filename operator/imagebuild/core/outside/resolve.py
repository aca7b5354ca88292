"""A spec with all that it takes from outside filled in, or why it cannot be built yet.

Values of arguments that come from ConfigMaps become literals, so that whoever reads the resolved
spec (order, status, hash) needs to know nothing of where they are from. What is not there has the
build wait; what can never be built is a problem like any other of the spec.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pydantic

from imagebuild.api import validate
from imagebuild.api.problem import Problem
from imagebuild.api.spec import Arg, ImageBuildSpec
from imagebuild.contract import facts, order
from imagebuild.core import graph, outside
from imagebuild.core.observe.obstacles import Obstacle
from imagebuild.core.outside import Named, Outside, provided
from imagebuild.core.owner import Owner


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a spec comes to.

    ``contexts``: those that the build needs: the main one first.
    ``downloads`` and ``images`` (by digest) are what the contexts of these names are, where Flux
    or another ImageBuild provides them. ``config_maps``: name -> sha256 of the content that
    contexts take, None for an absent one. ``waits``: why no build can begin; None where it can.
    """

    spec: ImageBuildSpec
    contexts: tuple[Named, ...] = ()
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
        names = (name for _, name, source in self.contexts if source.flux or source.image_build)
        return {name: found.get(name) for name in names}


def resolve(owner: Owner, spec: ImageBuildSpec, found: Outside) -> Resolved:
    """The spec of the ImageBuild ``owner`` with what was found outside of it."""
    args, problems = _args(spec, found)
    filled = spec.model_copy(update={"args": args})
    if not problems and args != spec.args:
        problems = validate.problems(filled)
    contexts = _needed(filled)
    builds = {n: s.image_build for _, n, s in contexts if s.image_build}
    images = {n: provided.image(found, ref) for n, ref in builds.items()}
    fluxes = {n: s.flux for _, n, s in contexts if s.flux}
    downloads = {n: provided.download(found, flux) for n, flux in fluxes.items()}
    return Resolved(
        spec=filled,
        contexts=contexts,
        downloads={name: download for name, download in downloads.items() if download},
        images={name: image for name, image in images.items() if image},
        config_maps=_digests(contexts, found),
        problems=(*problems, *_circle(owner.name, spec, found)),
        waits=provided.waits(owner, spec, contexts, found),
    )


def _needed(spec: ImageBuildSpec) -> tuple[Named, ...]:
    """The main context, and those that a needed stage uses; with a Dockerfile, all of them."""
    used = {order.MAIN_CONTEXT, *graph.contexts(spec)}
    found = outside.sources(spec)
    return tuple(named for named in found if spec.dockerfile or named.name in used)


def _digests(contexts: tuple[Named, ...], found: Outside) -> Mapping[str, str | None]:
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
        value = value and value.removesuffix("\n")  # which ends a file, and so what is made of one
        if ref is None or value is None:
            args.append(arg)
            continue
        try:
            args.append(Arg.model_validate({"name": arg.name, "value": facts.literal(value)}))
        except pydantic.ValidationError as error:
            wrong = validate.of_error(error)[0]
            what, mend = wrong.what, wrong.mend
            if "\n" in value:
                what, mend = "this has several lines", "an argument is one line: keep one"
            what = f"the value of key {ref.key} in ConfigMap {ref.name}: {what}"
            problems.append(Problem(f"spec.args[{index}].valueFrom", what, mend))
            args.append(arg)
    return tuple(args), tuple(problems)


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
