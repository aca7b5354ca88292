"""What the stages of a spec use: stages, contexts and images, each where it is named.

A spec is read here by its attributes alone, since its model is made of the rules.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from imagebuild.api import references
from imagebuild.api.rules.rule import Finding

MISSING = "is no earlier stage or context, and an image needs a tag"
MISSING_MEND = "correct the name, or add the tag, as alpine:3.18"
LATER = "which does not stand before it"
LATER_MEND = "a stage can use only those before it; change their order"


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a stage names what it uses.

    ``place`` is that field, as ``.stages[0].from``; ``stage`` the stage's own name, ``how`` what
    it does, ``name`` what it names, ``before`` the stages that stand before it.
    """

    place: str
    stage: str
    how: str
    name: str
    before: frozenset[str]


Uses = Callable[[Any], Iterable[Use]]


def starts(spec: Any) -> Iterator[Use]:
    """What the stages start from, as it stands."""
    for place, stage, before in _placed(spec):
        yield Use(f"{place}.from", stage.name, "starts from", stage.from_, before)


def copies(spec: Any) -> Iterator[Use]:
    """What their `copy` steps take files from, where that is not the main context."""
    for place, stage, before in _placed(spec):
        for index, step in enumerate(stage.steps):
            if step.from_ is not None:
                at = f"{place}.steps[{index}].from"
                yield Use(at, stage.name, "copies from", step.from_, before)


def mounts(spec: Any) -> Iterator[Use]:
    """What their mounts are of, where that is not the main context."""
    for place, stage, before in _placed(spec):
        for i, step in enumerate(stage.steps):
            for j, mount in enumerate(step.mounts):
                for kind in ("cache", "bind"):
                    source = getattr(getattr(mount, kind), "from_", None)
                    if source is not None:
                        at = f"{place}.steps[{i}].mounts[{j}].{kind}.from"
                        yield Use(at, stage.name, "mounts from", source, before)


def _placed(spec: Any) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """Each stage: its place, itself, the names before it."""
    names = [stage.name for stage in spec.stages]
    for index, stage in enumerate(spec.stages):
        yield f".stages[{index}]", stage, frozenset(names[:index])


def later(uses: Uses) -> Callable[[Any], Iterator[Finding]]:
    """Finds what is used before it is there."""

    def find(spec: Any) -> Iterator[Finding]:
        names = {stage.name for stage in spec.stages}
        for use in uses(spec):
            if use.name in names - use.before:
                what = f"stage {use.stage} {use.how} {use.name}, {LATER}"
                yield Finding(use.place, what, LATER_MEND)

    return find


def bare(uses: Uses) -> Callable[[Any], Iterator[Finding]]:
    """Finds a word that is no stage or context and, without a tag, not taken for an image."""

    def find(spec: Any) -> Iterator[Finding]:
        names = {named.name for named in (*spec.stages, *spec.contexts)}
        for use in uses(spec):
            if use.name not in names and not references.has_tag_or_digest(use.name):
                yield Finding(use.place, f"{use.name} {MISSING}", MISSING_MEND)

    return find
