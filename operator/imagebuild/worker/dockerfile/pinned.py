"""Stages that are the same for all platforms, since they run on one and know of no other."""

from collections.abc import Mapping

from imagebuild.contract import platforms
from imagebuild.worker.dockerfile.parsed import Dockerfile, Stage


def pinned(dockerfile: Dockerfile) -> Mapping[str, str]:
    """The platforms of these stages by name: of a stage that is from another, that one's."""
    found: list[str] = []
    for stage in dockerfile.stages:
        own = stage.platform if stage.pinned else ""
        of_parents = {found[parent] for parent in stage.parents}
        platform = (of_parents.pop() if len(of_parents) == 1 else "") if of_parents else own
        found.append("" if _is_told(stage) else platform)
    return {s.name: p for s, p in zip(dockerfile.stages, found, strict=True) if p}


def _is_told(stage: Stage) -> bool:
    """Whether it sees for which platform it is."""
    words = (w for i in stage.instructions if i.name == "ARG" for w in i.words)
    return any(word.partition("=")[0] in platforms.TELLING for word in words)
