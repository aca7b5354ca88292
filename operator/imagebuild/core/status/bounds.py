"""How large a status may be, and what gives way where it would be larger.

Every write of it goes to all who watch, and etcd keeps each for a while. What is told elsewhere or
tells least gives way first; of what is told nowhere else it is said how much is left out.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from imagebuild.api import status
from imagebuild.api.status import ImageBuildStatus, PublishedImage, StageStatus
from imagebuild.contract.picture import State
from imagebuild.core import texts
from imagebuild.core.status import conditions

# 64 KiB, but for what is noted of kept logs beside it.
MAX_BYTES = 60 * 1024
UNSAID = "Unsaid"
_MORE_WARNINGS = re.compile(r"(\d+) more warnings have no room here")
_LESS_STAGES = "some stages have no room here; the log has them all"
_LEAST_ROWS = 5
# From the least telling one on; a stage that runs or failed stays.
_GIVE_WAY = (State.SKIPPED, State.PENDING, State.CACHED, State.SUCCEEDED, State.CANCELED)


def cut(text: str, longest: int = conditions.MAX_MESSAGE) -> str:
    """The text as a message may be, in at most so many bytes."""
    return texts.cut(texts.plain(text), longest)


def unsaid_warnings(count: int) -> tuple[status.Warning, ...]:
    """Says that so many warnings are left out, where there are any."""
    more = f"{count} more warnings have no room here"
    return (status.Warning(rule=UNSAID, message=more),) if count else ()


def noted(warnings: Sequence[status.Warning], *, all_stages: bool) -> tuple[status.Warning, ...]:
    """These warnings, and whether all stages are shown, if they are not."""
    others = tuple(warning for warning in warnings if warning.message != _LESS_STAGES)
    return others if all_stages else (*others, status.Warning(rule=UNSAID, message=_LESS_STAGES))


def fit(found: ImageBuildStatus) -> ImageBuildStatus:
    """The status in at most MAX_BYTES of JSON."""
    for give_way in _IN_THIS_ORDER:
        while size(found) > MAX_BYTES:
            smaller = give_way(found)
            if smaller is found:
                break
            found = smaller
    return found


def size(found: ImageBuildStatus) -> int:
    """How many bytes of JSON it has, as the API server keeps it."""
    return len(found.model_dump_json(by_alias=True, exclude_none=True).encode())


# Each makes a status smaller, or gives back the very same where there is no more to be had.


def _descriptions(found: ImageBuildStatus) -> ImageBuildStatus:
    return _of_stages(found, "description")


def _current_steps(found: ImageBuildStatus) -> ImageBuildStatus:
    return _of_stages(found, "current_step")


def _of_stages(found: ImageBuildStatus, field: str) -> ImageBuildStatus:
    if all(getattr(row, field) is None for row in found.stages):
        return found
    rows = tuple(row.model_copy(update={field: None}) for row in found.stages)
    return found.model_copy(update={"stages": rows})


def _old_builds(found: ImageBuildStatus) -> ImageBuildStatus:
    if len(found.history) <= _LEAST_ROWS:
        return found
    return found.model_copy(update={"history": found.history[:-1]})


def _warnings(found: ImageBuildStatus) -> ImageBuildStatus:
    shown = [w for w in found.warnings if w.rule != UNSAID]
    if not shown:
        return found
    counts = [_MORE_WARNINGS.fullmatch(w.message) for w in found.warnings if w.rule == UNSAID]
    more = 1 + sum(int(count[1]) for count in counts if count)
    others = [w for w in found.warnings if w.rule == UNSAID and w.message == _LESS_STAGES]
    return found.model_copy(update={"warnings": (*shown[:-1], *others, *unsaid_warnings(more))})


def _bases(found: ImageBuildStatus) -> ImageBuildStatus:
    return _of_the_last(
        found,
        lambda image: len(image.bases),
        lambda image: {
            "bases": (),
            "bases_omitted": (image.bases_omitted or 0) + len(image.bases),
        },
    )


def _tags(found: ImageBuildStatus) -> ImageBuildStatus:
    return _of_the_last(
        found,
        lambda image: len(image.tags) - 1,
        lambda image: {
            "tags": image.tags[:1],
            "tags_omitted": (image.tags_omitted or 0) + len(image.tags) - 1,
        },
    )


def _of_the_last(
    found: ImageBuildStatus,
    excess: Callable[[PublishedImage], int],
    less: Callable[[PublishedImage], dict[str, Any]],
) -> ImageBuildStatus:
    """With less of the last published image that has an excess."""
    rows = list(found.published)
    for index in reversed(range(len(rows))):
        if excess(rows[index]) > 0:
            rows[index] = rows[index].model_copy(update=less(rows[index]))
            return found.model_copy(update={"published": tuple(rows)})
    return found


def _stages(found: ImageBuildStatus) -> ImageBuildStatus:
    rows = _fewer(found.stages)
    if rows is found.stages:
        return found
    warnings = noted(found.warnings, all_stages=False)
    return found.model_copy(update={"stages": rows, "warnings": warnings})


def _fewer(rows: tuple[StageStatus, ...]) -> Sequence[StageStatus]:
    """Without a tenth of them."""
    for state in _GIVE_WAY:
        of_it = [index for index, row in enumerate(rows) if row.state == state]
        if of_it:
            gone = set(of_it[-max(1, len(rows) // 10) :])
            return tuple(row for index, row in enumerate(rows) if index not in gone)
    return rows


_IN_THIS_ORDER = (
    _descriptions,
    _old_builds,
    _bases,
    _tags,
    _warnings,
    _current_steps,
    _stages,
)
