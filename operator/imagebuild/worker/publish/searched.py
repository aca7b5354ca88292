"""Images that are searched for secrets before they are pushed: those very files, and no others."""

from dataclasses import replace
from pathlib import Path

from imagebuild.contract.order import Order
from imagebuild.contract.picture import Phase
from imagebuild.contract.report import Cause, Image
from imagebuild.worker.failure import FailedError
from imagebuild.worker.leak import guard, layout, origin, refusal
from imagebuild.worker.leak.guard import Found
from imagebuild.worker.leak.search import Search
from imagebuild.worker.publish import archive, places, registry, tagging
from imagebuild.worker.publish.work import Work
from imagebuild.worker.solve import archives, exporter
from imagebuild.worker.solve.lines import Place


def pushed(work: Work) -> dict[int, Image]:
    """Has all targets solved, and those that are published searched, then pushed by digest.

    Raises FailedError with Cause.LEAK where one of them holds a secret: none is pushed then.
    """
    layouts = _layouts(work)
    work.guarded.look()
    work.drawing.phase = Phase.PUBLISH
    _search(work, layouts)
    return _push(work, layouts)


def _layouts(work: Work) -> dict[int, Path]:
    """The layouts of the targets that are published; all are solved, each once."""
    found: dict[int, Path] = {}
    for index, target in enumerate(work.order.targets):
        work.drawing.phase = Phase.BUILD
        outputs: tuple[str, ...] = ()
        if target.published:
            found[index] = work.workspace.layout(index)
            outputs = (exporter.layout(work.order, target, found[index]),)
        try:
            work.solve(index, outputs)
        except FailedError as error:
            # It is no archive of the user's that could not be written.
            solving = error.failure.cause is Cause.ARCHIVE
            failure = replace(error.failure, cause=Cause.SOLVE) if solving else error.failure
            raise FailedError(failure) from None
    return found


def _search(work: Work, layouts: dict[int, Path]) -> None:
    guarded = work.guarded
    for unguarded in guarded.unguarded():
        words = f"{unguarded} is too short or too plain to be searched for"
        work.drawing.warned.note("SecretNotGuarded", words)
    search = Search(guarded.values())
    for index, directory in layouts.items():
        stage = work.order.targets[index].stage
        images = layout.images(directory)
        own = {d for i in images for d in origin.own_layers(i, stage, work.dockerfile)}
        result = guard.search(directory, search, work.limits, own=own)
        if (found := result.found) is not None:
            source = guarded.sources[found.hit.secret]
            place = _of_publish(work.order, index, found, search) or origin.place(
                found, stage, work.dockerfile, work.drawing.lines
            )
            stage_from = origin.base_of(found, stage, work.dockerfile)
            base = stage_from.base if stage_from else None
            raise FailedError(refusal.failure(found, source, place=place, search=search, base=base))
        for token in result.tokens:
            words = f"{token.where} holds what looks like a token: {token.rule}"
            work.drawing.warned.note("TokenInImage", words)


def _of_publish(order: Order, index: int, found: Found, search: Search) -> Place | None:
    """The label or annotation of spec.publish that a secret stands in; None where no such does."""
    target = order.targets[index]
    if found.step is not None:
        return None
    for field, texts in (("labels", target.labels), ("annotations", target.annotations)):
        for name, text in texts.items():
            if any(hit.secret == found.hit.secret for hit in search.of(f"{name}={text}".encode())):
                named = "" if any(search.of(name.encode())) else f".{name}"
                return Place(f"spec.publish[{index}].{field}{named}")
    return None


def _push(work: Work, layouts: dict[int, Path]) -> dict[int, Image]:
    order, before = work.order, list[str]()
    for index, directory in layouts.items():
        for place in places.repositories(places.places(order, index)):
            try:
                sent = registry.push(directory, place, workspace=work.workspace, limits=work.limits)
            except FailedError as error:
                raise FailedError(tagging.untagged(error.failure, before)) from None
            work.inquiries.sent(sent)
            before.append(f"{place.repository}@{layout.root(directory)}")
    for index, directory in layouts.items():
        with archives.written(order, order.targets[index].archive) as file:
            if file is not None:
                with archives.named(order.targets[index].archive or ""):
                    archive.write(directory, file)
    return {index: _image(work, index, directory) for index, directory in layouts.items()}


def _image(work: Work, index: int, directory: Path) -> Image:
    sizes = {image.platform: image.sizes for image in layout.images(directory)}
    return work.inquiries.published(index, layout.root(directory), sizes)
