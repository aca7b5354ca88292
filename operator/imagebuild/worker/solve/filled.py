"""The order with its facts filled in: what is known once the contexts are there.

Source of the labels: https://specs.opencontainers.org/image-spec/annotations/
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from imagebuild.contract import facts
from imagebuild.contract.order import MAIN_CONTEXT, Order, Target
from imagebuild.contract.report import Cause, Failure
from imagebuild.contract.source import Source
from imagebuild.worker.dockerfile.parsed import Dockerfile, Stage
from imagebuild.worker.failure import FailedError

_STANDARD = "org.opencontainers.image"
# Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def filled(order: Order, source: Source | None, dockerfile: Dockerfile) -> Order:
    """The order without facts: in images, labels, annotations and values of arguments.

    ``source`` is what the main context resolved to. An image of which a fact is empty is left
    out. Targets that are published get the standard labels and annotations, unless the user sets
    them. Raises FailedError ("FactInvalid: ...") for an image that can't be.
    """
    values = facts.values(
        source,
        namespace=order.namespace,
        name=order.name,
        number=order.number,
        started=order.started,
    )
    standard = _standard_labels(order, source)
    args = {name: facts.expand(value, values) for name, value in order.args.items()}
    if order.reproducible:
        args["SOURCE_DATE_EPOCH"] = str(_epoch(source))
    images = _all_images(order.targets, values)
    targets = tuple(
        _filled(
            replace(target, images=images[index]),
            values,
            standard=standard,
            own=_labels(dockerfile, target.stage),
        )
        if target.published
        else target
        for index, target in enumerate(order.targets)
    )
    return replace(order, args=args, targets=targets)


def _filled(
    target: Target,
    values: Mapping[str, str],
    *,
    standard: Mapping[str, str],
    own: frozenset[str],
) -> Target:
    """The target, of which the images are filled in, with its labels and annotations too."""
    labels = {name: facts.expand(text, values) for name, text in target.labels.items()}
    annotations = {name: facts.expand(text, values) for name, text in target.annotations.items()}
    given = {name: text for name, text in standard.items() if name not in own}
    return replace(
        target,
        labels=given | labels,
        annotations={name: labels.get(name, text) for name, text in given.items()} | annotations,
    )


def _all_images(
    targets: Iterable[Target], values: Mapping[str, str]
) -> tuple[tuple[str, ...], ...]:
    """The images of each target, without those that a fact keeps out."""
    first: dict[str, tuple[int, str]] = {}
    found: list[dict[str, None]] = []
    for i, target in enumerate(targets):
        found.append({})
        for j, text in enumerate(target.images):
            path = f"spec.publish[{i}].images[{j}]"
            image = _image(text, values, path=path)
            if image is None:
                continue
            other, place = first.setdefault(image, (i, path))
            if other != i:
                raise _invalid(f"{image} is already published by {place}; keep one", path=path)
            found[i][image] = None
    return tuple(map(tuple, found))


def _image(text: str, values: Mapping[str, str], *, path: str) -> str | None:
    try:
        image = facts.image(text, values)
    except ValueError as error:
        raise _invalid(f"{text}: {error}", path=path) from None
    if image is not None and not _TAG.fullmatch(image.rpartition(":")[2]):
        rule = "a tag has at most 128 letters, digits, dots, dashes and underscores"
        words = f"{text} becomes {image}; {rule}, and neither dot nor dash begins it"
        raise _invalid(words, path=path)
    return image


def _standard_labels(order: Order, source: Source | None) -> dict[str, str]:
    created = datetime.fromtimestamp(_epoch(source) if order.reproducible else order.started, UTC)
    labels = {f"{_STANDARD}.created": created.strftime("%Y-%m-%dT%H:%M:%SZ")}
    git = next((c.git for c in order.contexts if c.name == MAIN_CONTEXT), None)
    if git is not None and source is not None:
        labels |= {f"{_STANDARD}.source": git.url, f"{_STANDARD}.revision": source.commit}
    return labels


def _epoch(source: Source | None) -> int:
    """The time of a reproducible build: the commit's, 0 where there is none."""
    return (source and source.time) or 0


def _labels(dockerfile: Dockerfile, target: str | None) -> frozenset[str]:
    """The names of the labels that a stage sets, or one that it is built from.

    Those of a base image tell of that image, and do not count.
    """
    stages = dockerfile.stages
    if target is None:
        ahead = [len(stages) - 1] if stages else []
    else:
        ahead = [index for index, stage in enumerate(stages) if stage.name == target.lower()]
    seen: set[int] = set()
    while ahead:
        index = ahead.pop()
        if index not in seen:
            seen.add(index)
            ahead += stages[index].parents
    return frozenset(name for index in seen for name in _set_by(stages[index]))


def _set_by(stage: Stage) -> Iterator[str]:
    for instruction in (*stage.inherited, *stage.instructions):
        if instruction.name == "LABEL":
            # Name, value and delimiter in turn.
            yield from (word.strip("\"'") for word in instruction.words[::3])


def _invalid(why: str, *, path: str) -> FailedError:
    return FailedError(Failure(Cause.CONTEXT, f"FactInvalid: {why}", path=path))
