"""Sets the tags of all images, once every one of them lies in its registry by digest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from imagebuild.contract.order import Order
from imagebuild.contract.report import Failure
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.publish import places, registry
from imagebuild.worker.workspace import Workspace


def tag(order: Order, digests: Mapping[int, str], *, workspace: Workspace, limits: Limits) -> None:
    """Sets the tags of an order's targets, of which ``digests`` has the digest by the index.

    Raises FailedError, with what was pushed and which tags were moved before; and what the limits
    raise.
    """
    moved: list[str] = []
    for index, digest in digests.items():
        for place in places.places(order, index):
            try:
                registry.tag(place, digest, workspace=workspace, limits=limits)
            except FailedError as error:
                pushed = by_digest(order, digests)
                raise FailedError(_after(error.failure, pushed, moved)) from None
            moved.append(place.image)


def by_digest(order: Order, digests: Mapping[int, str]) -> list[str]:
    """What lies in registries by digest, as REPOSITORY@DIGEST."""
    return [
        f"{place.repository}@{digest}"
        for index, digest in digests.items()
        for place in places.repositories(places.places(order, index))
    ]


def untagged(failure: Failure, pushed: Sequence[str]) -> Failure:
    """A failure to push, with what was pushed before it."""
    return _after(failure, pushed, []) if pushed else failure


def _after(failure: Failure, pushed: Sequence[str], moved: Sequence[str]) -> Failure:
    tags = f"tags moved: {', '.join(moved)}" if moved else "no tag was moved"
    words = f"{failure.error}; pushed by digest: {', '.join(pushed)}; {tags}"
    return replace(failure, error=words)
