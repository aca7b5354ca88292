"""Our own advice on a Dockerfile, rendered or a user's: small, calm images and honest failures.

What BuildKit checks by itself (https://docs.docker.com/reference/build-checks/) is left to it.
Each rule is told in docs/explanation/lint.md.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.lint import lintimage, lintsteps
from imagebuild.worker.lint.subject import Spot, Subject, subject


@dataclass(frozen=True, slots=True)
class Found:
    """What is better done otherwise: ``line`` of the instruction, ``stage`` that it is in."""

    rule: str
    message: str
    line: int
    stage: str


RULES: Mapping[str, Callable[[Subject], Iterator[Spot]]] = {
    "UnnamedStage": lintsteps.unnamed_stages,
    "LatestBase": lintsteps.latest_bases,
    "CompilerInFinalStage": lintimage.compilers,
    "PackageCacheInFinalStage": lintimage.package_caches,
    "SourceInFinalStage": lintimage.sources,
    "ManyRunLayers": lintimage.many_layers,
    "RootUser": lintimage.root_users,
    "PipeWithoutPipefail": lintsteps.pipes,
    "CacheMountNotKept": lintsteps.cache_mounts,
}


def warnings(
    dockerfile: Dockerfile,
    *,
    published: Sequence[str | None],
    contexts: Collection[str] = (),
) -> tuple[Found, ...]:
    """What the rules find, by line; of each rule the first in a stage, which says it for all.

    Rules that the Dockerfile says to skip, as it does of BuildKit's, find nothing.

    ``published`` are the stages (None: the last one) that an image is made of, where a rule asks
    what is in it; where there are none, it asks of the last one. ``contexts`` are names that stand
    for a context where an image could stand.
    """
    looked_at = subject(dockerfile, published, contexts)
    found: dict[tuple[str, int], Found] = {}
    for rule, look in RULES.items():
        if dockerfile.skips(rule):
            continue
        for spot in sorted(look(looked_at), key=lambda spot: spot.line):
            name = dockerfile.stages[spot.stage].name
            found.setdefault((rule, spot.stage), Found(rule, spot.message, spot.line, name))
    return tuple(sorted(found.values(), key=lambda found: found.line))
