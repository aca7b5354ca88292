"""Every stage's row in the status, and the columns made of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.api.status import Failure, StageStatus
from imagebuild.contract.picture import Picture, Stage, State
from imagebuild.core import dockerfile, graph
from imagebuild.core.status import platforms

_DONE = (State.SUCCEEDED, State.CACHED)
_WAITING = (State.PENDING, State.RUNNING)
# What a column of kubectl's table holds, in characters.
_WIDEST = 36
_LONGEST_NAME = 24


def rows(spec: ImageBuildSpec, picture: Picture | None) -> tuple[StageStatus, ...]:
    """The stages of the spec in its order, then what else the picture shows (a Dockerfile's own).

    A stage that no target needs is Skipped from the start; of a Dockerfile's own the worker says
    so.
    """
    seen: dict[str, list[Stage]] = {}
    for stage in picture.stages if picture else ():
        seen.setdefault(stage.name, []).append(stage)
    # To render takes a while, and a picture has all that is asked for.
    missing = any(stage.name not in seen for stage in spec.stages)
    steps = _steps(spec) if missing else {}
    on = platforms.of_stages(spec) if missing else {}
    needed = graph.needed(spec)
    found: list[Stage] = []
    for known in spec.stages:
        shown = seen.pop(known.name, None) or [
            Stage(known.name, platform=platform, steps=steps.get(known.name, 0))
            for platform in on[known.name]
        ]
        skipped = [Stage(known.name, state=State.SKIPPED, steps=shown[0].steps)]
        found += shown if known.name in needed else skipped
    found += [stage for others in seen.values() for stage in others]
    return tuple(_row(stage) for stage in found)


def _steps(spec: ImageBuildSpec) -> Mapping[str, int]:
    """How many steps BuildKit will count in each stage."""
    return {
        stage.name: sum(instruction.counted for instruction in stage.instructions)
        for stage in dockerfile.render(spec).stages
    }


def _row(stage: Stage) -> StageStatus:
    return StageStatus(
        name=stage.name,
        platform=stage.platform or None,
        state=stage.state,
        steps=stage.steps,
        steps_done=stage.done,
        steps_cached=stage.cached,
        started_at=_moment(stage.started),
        duration_ms=None if stage.started is None else stage.duration,
        current_step=stage.text or None if stage.state is State.RUNNING else None,
        unpacked_bytes=stage.unpacked or None,
    )


def described(found: Sequence[StageStatus], spec: ImageBuildSpec | None) -> tuple[StageStatus, ...]:
    """The rows with what the spec says now of those stages that it has."""
    words = {stage.name: stage.description for stage in spec.stages} if spec else {}
    return tuple(
        row.model_copy(update={"description": words.get(row.name, row.description)})
        for row in found
    )


def all_done(found: Sequence[StageStatus]) -> tuple[StageStatus, ...]:
    """The rows after a success, whether or not its last picture arrived: nothing waits any more."""
    done = {"state": State.SUCCEEDED.value, "current_step": None}
    return tuple(
        row.model_copy(update={**done, "steps_done": row.steps}) if row.state in _WAITING else row
        for row in found
    )


def given_up(
    found: Sequence[StageStatus], *, failed: Failure | None, at: datetime
) -> tuple[StageStatus, ...]:
    """The same after a failure, which was that of a stage if ``failed`` knows one.

    What ran when nobody could draw any more ran until the end, which was ``at``.
    """
    return tuple(_given_up(row, failed, at) if row.state in _WAITING else row for row in found)


def _given_up(row: StageStatus, failed: Failure | None, at: datetime) -> StageStatus:
    is_it = failed and failed.stage == row.name and failed.platform in (None, row.platform)
    state = State.FAILED if is_it else State.CANCELED
    update: dict[str, Any] = {"state": state.value, "current_step": None}
    if row.state == State.RUNNING and row.started_at:
        took = (at - row.started_at) // timedelta(milliseconds=1)
        update["duration_ms"] = max(took, row.duration_ms or 0)
    return row.model_copy(update=update)


def progress(found: Sequence[StageStatus]) -> str | None:
    """Stages that are done of those needed: ``1/2``; None where none is known yet."""
    needed = [row for row in found if row.state != State.SKIPPED]
    return f"{sum(row.state in _DONE for row in needed)}/{len(needed)}" if needed else None


def cached(found: Sequence[StageStatus]) -> str | None:
    """Steps that came from the cache, of all of the needed stages: ``6/9``."""
    steps = counted(found)
    return f"{steps[1]}/{steps[0]}" if steps else None


def counted(found: Sequence[StageStatus]) -> tuple[int, int] | None:
    """The steps of all needed stages, and how many of them came from the cache."""
    needed = [row for row in found if row.state != State.SKIPPED]
    if not needed:
        return None
    return sum(row.steps for row in needed), sum(row.steps_cached for row in needed)


def running(found: Sequence[StageStatus]) -> str | None:
    """The stages that run, with their steps done of all: ``builder 3/6, lint 1/2``.

    Those of a stage on several platforms are added; what makes a column too wide is counted.
    """
    names = dict.fromkeys(row.name for row in found if row.state == State.RUNNING)
    words = [_steps_of(name, found) for name in names]
    shown = words[:1]
    for word in words[1:]:
        if len(", ".join((*shown, word))) > _WIDEST:
            break
        shown.append(word)
    more = len(words) - len(shown)
    return (", ".join(shown) + (f" +{more}" if more else "")) or None


def _steps_of(name: str, found: Sequence[StageStatus]) -> str:
    rows = [row for row in found if row.name == name]
    return f"{_short(name)} {sum(row.steps_done for row in rows)}/{sum(row.steps for row in rows)}"


def _short(name: str) -> str:
    """Cut in its middle: long names tend to begin alike and to differ at their ends."""
    if len(name) <= _LONGEST_NAME:
        return name
    tail = _LONGEST_NAME // 2
    return f"{name[: _LONGEST_NAME - tail - 1]}…{name[-tail:]}"


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
