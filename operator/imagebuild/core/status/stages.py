"""Every stage's row in the status, and the columns made of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.api.status import StageStatus
from imagebuild.contract.picture import Picture, Stage, State
from imagebuild.core import dockerfile, graph

# "linux/amd64->arm64", "linux/amd64->arm/v7", "linux/amd64->windows/amd64": what runs on the one
# platform makes files for the other (formatTargetPlatform in BuildKit's dockerfile2llb).
_CROSS = re.compile(r"(?P<os>[^/]+)/.*->(?:(?P<arch>[^/]+(?:/v\d+)?)|(?P<whole>.+))")
_DONE = (State.SUCCEEDED, State.CACHED)
_WAITING = (State.PENDING, State.RUNNING)


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
    needed = graph.needed(spec)
    found: list[Stage] = []
    for known in spec.stages:
        shown = seen.pop(known.name, None) or [Stage(known.name, steps=steps.get(known.name, 0))]
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
        platform=target(stage.platform) or None,
        state=stage.state,
        steps=stage.steps,
        steps_done=stage.done,
        steps_cached=stage.cached,
        started_at=_moment(stage.started),
        duration_ms=None if stage.started is None else stage.duration,
    )


def described(found: Sequence[StageStatus], spec: ImageBuildSpec | None) -> tuple[StageStatus, ...]:
    """The rows with what the spec says now of those stages that it has."""
    words = {stage.name: stage.description for stage in spec.stages} if spec else {}
    return tuple(
        row.model_copy(update={"description": words.get(row.name, row.description)})
        for row in found
    )


def target(platform: str) -> str:
    """The platform that a stage is for, as os/arch[/variant], by BuildKit's name of it."""
    cross = _CROSS.fullmatch(platform)
    if cross is None:
        return platform
    return cross["whole"] or f"{cross['os']}/{cross['arch']}"


def all_done(found: Sequence[StageStatus]) -> tuple[StageStatus, ...]:
    """The rows after a success, whether or not its last picture arrived: nothing waits any more."""
    done = {"state": State.SUCCEEDED.value}
    return tuple(
        row.model_copy(update={**done, "steps_done": row.steps}) if row.state in _WAITING else row
        for row in found
    )


def given_up(found: Sequence[StageStatus], *, failed: str | None) -> tuple[StageStatus, ...]:
    """The same after a failure, which was that of the stage ``failed`` if it is known."""
    return tuple(
        row.model_copy(
            update={"state": (State.FAILED if row.name == failed else State.CANCELED).value}
        )
        if row.state in _WAITING
        else row
        for row in found
    )


def progress(found: Sequence[StageStatus]) -> str | None:
    """Stages that are done of those needed: ``1/2``; None where none is known yet."""
    needed = [row for row in found if row.state != State.SKIPPED]
    return f"{sum(row.state in _DONE for row in needed)}/{len(needed)}" if needed else None


def cached(found: Sequence[StageStatus]) -> str | None:
    """Steps that came from the cache, of all of the needed stages: ``6/9``."""
    needed = [row for row in found if row.state != State.SKIPPED]
    steps = sum(row.steps for row in needed)
    return f"{sum(row.steps_cached for row in needed)}/{steps}" if needed else None


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
