"""What a published image weighs, and what it would weigh without stages.

A picture tells sizes where BuildKit unpacked something; what came from a cache, it did not.
"""

from imagebuild.api.status import BaseImage, LargestStage
from imagebuild.contract.picture import Picture, Stage

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
_OF_TWO_DIGITS = 9.95  # what is less has a digit behind the point


def unpacked(picture: Picture, name: str) -> int | None:
    """What the files of the stage of this name take, in bytes; on the first of its platforms."""
    row = next((stage for stage in picture.stages if _is(stage, name)), None)
    return row.unpacked or None if row else None


def largest(picture: Picture, name: str, *, target: int) -> LargestStage | None:
    """The largest of the other stages that this target of an order was made from."""
    firsts: dict[str, Stage] = {}
    for stage in picture.stages:
        if target in stage.targets and not _is(stage, name):
            firsts.setdefault(stage.name, stage)
    known = [stage for stage in firsts.values() if stage.unpacked]
    found = max(known, key=lambda stage: stage.unpacked, default=None)
    return LargestStage(name=found.name, unpacked_bytes=found.unpacked) if found else None


def bases(picture: Picture, *, target: int) -> tuple[BaseImage, ...]:
    """The images that the stages of this target of an order are from."""
    return tuple(
        BaseImage(image=base.image, digest=base.digest)
        for base in picture.bases
        if target in base.targets
    )


def readable(size: int) -> str:
    """A size as people read it, in units of a thousand: 888 MB, 2.0 MB, 640 bytes."""
    for unit, word in _UNITS:
        if size >= unit:
            number = size / unit
            return f"{number:.{int(number < _OF_TWO_DIGITS)}f} {word}"
    return f"{size} bytes"


def _is(stage: Stage, name: str) -> bool:
    """Of a Dockerfile's stages capitals do not count."""
    return stage.name.lower() == name.lower()
