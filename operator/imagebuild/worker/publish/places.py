"""Where an order's images go: repositories for digests first, and names with tags then."""

from collections.abc import Sequence

from imagebuild.contract import images
from imagebuild.contract.order import Order
from imagebuild.worker.publish.registry import Place


def places(order: Order, index: int) -> tuple[Place, ...]:
    """The names of the images of the target of this index, with their spec paths."""
    # What is published comes first among the targets, in the spec's order.
    return tuple(
        Place(image, f"spec.publish[{index}].images[{number}]")
        for number, image in enumerate(order.targets[index].images)
    )


def repositories(found: Sequence[Place]) -> tuple[Place, ...]:
    """The first place in each repository."""
    first: dict[str, Place] = {}
    for place in found:
        first.setdefault(place.repository, place)
    return tuple(first.values())


def of_error(words: str, found: Sequence[Place]) -> Place | None:
    """The place that BuildKit could not push to, by its words."""
    _, _, rest = words.partition("failed to push ")
    name = rest.partition(": ")[0]
    return next((p for p in found if images.whole(p.repository) == images.whole(name)), None)
