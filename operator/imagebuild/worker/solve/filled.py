"""The order with its facts filled in: what is known once the contexts are there.

Source of the labels: https://specs.opencontainers.org/image-spec/annotations/
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
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
    targets = tuple(
        _filled(target, values, standard=standard, own=_labels(dockerfile, target.stage))
        for target in order.targets
    )
    images = Counter(image for target in targets for image in target.images)
    for image, times in images.items():
        if times > 1:
            raise _invalid(f"{image} is what several stages are published as")
    return replace(order, args=args, targets=targets)


def _filled(
    target: Target,
    values: Mapping[str, str],
    *,
    standard: Mapping[str, str],
    own: frozenset[str],
) -> Target:
    if not target.published:
        return target
    labels = {name: facts.expand(text, values) for name, text in target.labels.items()}
    annotations = {name: facts.expand(text, values) for name, text in target.annotations.items()}
    given = {name: text for name, text in standard.items() if name not in own}
    return replace(
        target,
        images=tuple(dict.fromkeys(_images(target, values))),
        labels=given | labels,
        annotations={name: labels.get(name, text) for name, text in given.items()} | annotations,
    )


def _images(target: Target, values: Mapping[str, str]) -> Iterator[str]:
    for text in target.images:
        try:
            image = facts.image(text, values)
        except ValueError as error:
            raise _invalid(f"{text}: {error}") from None
        if image is None:
            continue
        if not _TAG.fullmatch(image.rpartition(":")[2]):
            rule = "a tag has at most 128 letters, digits, dots, dashes and underscores"
            raise _invalid(f"{text} becomes {image}; {rule}, and neither dot nor dash begins it")
        yield image


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


def _invalid(why: str) -> FailedError:
    return FailedError(Failure(Cause.CONTEXT, f"FactInvalid: {why}"))
