"""Images that a spec names: those that are pulled, and those that are published."""

from collections.abc import Iterator, Sequence

from imagebuild.api import arguments, references, uses
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.contract import images
from imagebuild.core import graph
from imagebuild.core.outside.resolve import Resolved

_MOST_SHOWN = 5


def pulled(resolved: Resolved, allowed: Sequence[str]) -> Iterator[Problem]:
    """Images that needed stages and contexts are made from, as far as they are known."""
    if not allowed:
        return
    for path, image in (*_named(resolved.spec), *_contexts(resolved)):
        if not images.matches(allowed, image):
            what = f"{images.whole(image)} may not be pulled: policy.pullFrom allows"
            mend = "take an image of those, or ask the cluster's administrator to allow this one"
            yield Problem(path, f"{what} {shown(allowed)}", mend)


def pushed(spec: ImageBuildSpec, allowed: Sequence[str]) -> Iterator[Problem]:
    """Images that are published."""
    if not allowed:
        return
    for index, entry in enumerate(spec.publish):
        for at, image in enumerate(entry.images):
            if not images.matches(allowed, image):
                path = f"spec.publish[{index}].images[{at}]"
                what = f"{image} may not be published: policy.pushTo allows"
                mend = "publish to one of those, or ask the cluster's administrator for this one"
                yield Problem(path, f"{what} {shown(allowed)}", mend)


def shown(patterns: Sequence[str]) -> str:
    """The patterns for a message, the first of them where there are many."""
    more = len(patterns) - _MOST_SHOWN
    words = ", ".join(patterns[:_MOST_SHOWN])
    return f"{words} and {more} more" if more > 0 else words


def _named(spec: ImageBuildSpec) -> Iterator[tuple[str, str]]:
    """Path and image of what needed stages name that is no stage and no context."""
    values, skipped = arguments.known(spec.args), set(graph.skipped(spec))
    own = {stage.name for stage in spec.stages} | {context.name for context in spec.contexts}
    own.add(references.SCRATCH)
    for found in (uses.starts, uses.copies, uses.mounts):
        for use in found(spec):
            name = arguments.resolved(use.name, values) or use.name
            # Where a variable is known to the build alone, BuildKit is who can say.
            if use.stage not in skipped and name not in own and "$" not in name:
                yield f"spec{use.place}", name


def _contexts(resolved: Resolved) -> Iterator[tuple[str, str]]:
    for path, name, source in resolved.contexts:
        if source.oci:
            yield f"{path}.oci.image", source.oci.image
        elif name in resolved.images:
            yield f"{path}.imageBuild", resolved.images[name]
