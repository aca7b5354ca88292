"""What became of each of ``spec.publish``."""

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.api.status import PublishedImage
from imagebuild.contract import report as reports
from imagebuild.core import attempt as attempts


def images(
    spec: ImageBuildSpec | None, reported: tuple[reports.Image, ...]
) -> tuple[PublishedImage, ...]:
    """What each of ``spec.publish`` became, in its order; empty where nothing is published."""
    digests = {image.target: image for image in reported}
    targets = attempts.targets_of(spec) if spec else ()
    return tuple(
        PublishedImage(
            stage=target.stage,
            image=f"{repository(target.images[0])}@{digests[index].digest}",
            digest=digests[index].digest,
            tags=target.images,
            size_bytes=digests[index].size or None,
            layers=digests[index].layers or None,
        )
        for index, target in enumerate(targets)
        if target.images and index in digests
    )


def repository(image: str) -> str:
    """``host:port/path`` of ``host:port/path:tag``."""
    head, slash, last = image.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"
