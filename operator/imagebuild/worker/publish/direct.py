"""Images that BuildKit itself pushes, with no look at what is in them."""

import json
from dataclasses import replace

from imagebuild.contract.order import Lint, Order
from imagebuild.contract.report import Failure, Image
from imagebuild.worker.failure import FailedError
from imagebuild.worker.publish import places, tagging
from imagebuild.worker.publish.work import Work
from imagebuild.worker.solve import archives, exporter


def pushed(work: Work) -> dict[int, Image]:
    """Has all targets solved and those that are published pushed by digest; they, by target."""
    if _may_fail_late(work.order):
        for index in range(len(work.order.targets)):
            work.solve(index, ())
    found: dict[int, Image] = {}
    for index in work.published:
        try:
            digest = _push(work, index)
        except FailedError as error:
            whole = tagging.by_digest(work.order, {n: image.digest for n, image in found.items()})
            part = _pushed_before(error.failure, work.order, index)
            failed = tagging.untagged(error.failure, (*whole, *part))
            raise FailedError(_placed(failed, work.order, index)) from None
        found[index] = work.inquiries.published(index, digest)
    return found


def _may_fail_late(order: Order) -> bool:
    """Whether something could fail after the first image was pushed.

    Else a target is pushed by the same solve that builds it.
    """
    published = [target for target in order.targets if target.published]
    return len(order.targets) > 1 or not published or order.lint is Lint.FAIL


def _push(work: Work, index: int) -> str:
    target = work.order.targets[index]
    with archives.written(work.order, target.archive) as archive:
        outputs = tuple(exporter.outputs(work.order, target, archive=archive))
        solve = work.solve(index, outputs)
    work.inquiries.pushed(solve.ref)
    return str(json.loads(solve.metadata.read_bytes())["containerimage.digest"])


def _pushed_before(failure: Failure, order: Order, index: int) -> list[str]:
    """The repositories that hold the image already: BuildKit pushes to one after the other.

    Its digest is in the log alone. Source: Export in BuildKit's exporter/containerimage.
    """
    all_places = places.places(order, index)
    names = [place.repository for place in places.repositories(all_places)]
    refused = places.of_error(failure.error, all_places)
    before = names[: names.index(refused.repository)] if refused else []
    return [f"{name} (the log tells its digest)" for name in before]


def _placed(failure: Failure, order: Order, index: int) -> Failure:
    """At the image that could not be pushed."""
    place = places.of_error(failure.error, places.places(order, index))
    return replace(failure, path=failure.path or place.path) if place else failure
