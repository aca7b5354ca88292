"""For which platforms a stage has a row, as far as the spec alone tells."""

from collections.abc import Mapping

from imagebuild.api.spec import ImageBuildSpec, Stage
from imagebuild.contract import platforms
from imagebuild.core import graph

_ONE = ("",)


def of_stages(spec: ImageBuildSpec) -> Mapping[str, tuple[str, ...]]:
    """The platforms of each stage by its name; "" where there is one, or only the build knows.

    What is on top of a stage that runs on one platform runs there as well.
    """
    if len(spec.platforms) < 2:  # noqa: PLR2004 - of one there is nothing to tell
        return {stage.name: _ONE for stage in spec.stages}
    each = tuple(map(platforms.normal, spec.platforms))
    found: dict[str, tuple[str, ...]] = {}
    for node in graph.nodes(spec):
        stage = node.stage
        own = _pinned(stage.platform) or each
        found[stage.name] = each if _is_told(stage) else found.get(node.base, own)
    return found


def _pinned(platform: str | None) -> tuple[str, ...]:
    """The one platform that this says; none where it is another for each."""
    if platform is None or any(name in platform for name in platforms.TELLING):
        return ()
    return _ONE if "$" in platform else (platforms.normal(platform),)


def _is_told(stage: Stage) -> bool:
    """Whether it sees for which platform it is."""
    names = (*stage.args, *(name for step in stage.steps for name in step.args or ()))
    return not platforms.TELLING.isdisjoint(names)
