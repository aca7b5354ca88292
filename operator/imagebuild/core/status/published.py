"""What became of each of ``spec.publish``, and how it is said."""

import re
from collections.abc import Iterator, Mapping, Sequence

from imagebuild.api.spec import ImageBuildSpec, Publish
from imagebuild.api.status import BuildStatus, PublishedImage, StageStatus
from imagebuild.contract import facts
from imagebuild.contract import report as reports
from imagebuild.contract.picture import Picture
from imagebuild.contract.source import Source
from imagebuild.core.attempt import order
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.owner import Owner
from imagebuild.core.status import weighed

_A_FACT = "\0"
_UNNAMED = re.compile(r"stage-\d+")


def of(
    case: Case, attempt: Attempt, build: BuildStatus, rows: Sequence[StageStatus]
) -> tuple[PublishedImage, ...]:
    """What this attempt published, by its report; ``rows``: the stages, in order."""
    if case.object.spec is None or attempt.report is None:
        return ()
    values = facts_of(case.object.owner, build, attempt.report.source)
    picture = attempt.picture or Picture()
    found = images(case.object.spec, attempt.report.images, values=values, rows=rows)
    return tuple(_weighed(image, picture, rows, target=index) for index, image in found)


def facts_of(owner: Owner, build: BuildStatus, source: Source | None) -> Mapping[str, str]:
    """The facts of a build, as its worker has them; ``source``: the main context's."""
    return facts.values(
        source,
        namespace=owner.namespace,
        name=owner.name,
        number=build.number,
        started=order.started(build),
    )


def images(
    spec: ImageBuildSpec,
    reported: Sequence[reports.Image],
    *,
    values: Mapping[str, str],
    rows: Sequence[StageStatus],
) -> Iterator[tuple[int, PublishedImage]]:
    """What each of ``spec.publish`` became, by its index, without what went nowhere.

    ``values``: the facts that stand in tags. ``rows``: the stages, in order.
    """
    done = {image.target: image for image in reported}
    last = _last(spec, rows)
    for index, entry in enumerate(spec.publish):
        if index in done:
            image = _image(entry, done[index], values=values, last=last)
            if image.tags or image.archive:
                yield index, image


def path_in(spec: ImageBuildSpec, words: str) -> str | None:
    """The spec path of the image that these words name, whatever its facts are; None for none."""
    for index, entry in enumerate(spec.publish):
        for place, image in enumerate(entry.images):
            known = facts.expand(image, dict.fromkeys(facts.names(image), _A_FACT))
            pattern = re.escape(known).replace(re.escape(_A_FACT), r"[\w.-]+")
            if re.search(rf"(?<![\w./:-]){pattern}(?![\w.-])", words):
                return f"spec.publish[{index}].images[{place}]"
    return None


def _image(
    entry: Publish, done: reports.Image, *, values: Mapping[str, str], last: str | None
) -> PublishedImage:
    expanded = (facts.image(image, values) for image in entry.images)
    tags = tuple(image for image in expanded if image)
    archive = entry.archive
    claim = archive.persistent_volume_claim.claim_name if archive else None
    return PublishedImage(
        stage=entry.stage.lower() if entry.stage else last,
        image=f"{repository(tags[0])}@{done.digest}" if tags else None,
        digest=done.digest,
        tags=tags,
        archive=f"{claim}:{archive.path}" if archive else None,
        size_bytes=done.size or None,
        layers=done.layers or None,
    )


def _weighed(
    image: PublishedImage, picture: Picture, rows: Sequence[StageStatus], *, target: int
) -> PublishedImage:
    """With what the last picture tells of it."""
    name = image.stage or (rows[-1].name if rows else "")
    return image.model_copy(
        update={
            "platforms": picture.platforms,
            "unpacked_bytes": weighed.unpacked(picture, name),
            "largest_stage": weighed.largest(picture, name, target=target),
            "bases": weighed.bases(picture, target=target),
        }
    )


def _last(spec: ImageBuildSpec, rows: Sequence[StageStatus]) -> str | None:
    """The name of the last stage; None where a Dockerfile leaves it unnamed."""
    names = [stage.name for stage in spec.stages] or [row.name for row in rows]
    return names[-1] if names and not _UNNAMED.fullmatch(names[-1]) else None


def first_image(published: Sequence[PublishedImage]) -> str | None:
    """The first one that is in a registry."""
    return next((entry.image for entry in published if entry.image), None)


def words(spec: ImageBuildSpec | None, published: Sequence[PublishedImage]) -> str:
    """What was published and what it weighs, and how many images a fact of theirs left out."""
    asked = sum(len(entry.images) for entry in spec.publish) if spec else 0
    pushed = sum(len(entry.tags) + (entry.tags_omitted or 0) for entry in published)
    left_out = max(0, asked - pushed)
    if not published:
        why = "a fact in each image's tag is empty" if left_out else "spec.publish is unset"
        return f"built; {why}, so nothing is published"
    places = [entry.image or f"archive {entry.archive}" for entry in published]
    weight = _weight(published[0]) if len(published) == 1 else ""
    tail = f"; left out {left_out} of {asked} images, a fact in their tags is empty"
    return f"published {', '.join(places)}{weight}{tail if left_out else ''}"


def _weight(image: PublishedImage) -> str:
    """What it weighs, and what stages saved: ``; 2.0 MB unpacked, its builder stage 888 MB``."""
    if image.unpacked_bytes is None:
        return ""
    weight = f"; {weighed.readable(image.unpacked_bytes)} unpacked"
    largest = image.largest_stage
    if largest is None or largest.unpacked_bytes <= image.unpacked_bytes:
        return weight
    return f"{weight}, its {largest.name} stage {weighed.readable(largest.unpacked_bytes)}"


def repository(image: str) -> str:
    """``host:port/path`` of ``host:port/path:tag``."""
    head, slash, last = image.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"
