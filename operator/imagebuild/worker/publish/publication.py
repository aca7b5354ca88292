"""From an order's targets to published images.

All targets are solved before anything is pushed, all are pushed by digest before any tag is set.
"""

from imagebuild.contract.report import Image
from imagebuild.worker.publish import direct, tagging
from imagebuild.worker.publish.work import Work


def images(work: Work) -> tuple[Image, ...]:
    """What was published, by target; raises FailedError, and what the limits raise."""
    if work.order.leak_guard:
        from imagebuild.worker.publish import searched  # noqa: PLC0415 - few builds need it

        pushed = searched.pushed(work)
    else:
        pushed = direct.pushed(work)
    digests = {index: image.digest for index, image in pushed.items()}
    tagging.tag(work.order, digests, workspace=work.workspace, limits=work.limits)
    return tuple(pushed.values())
