"""What a build took: where and how its pod runs, its steps, its bytes."""

from collections.abc import Sequence

from imagebuild.api.status import BuildStatus, StageStatus
from imagebuild.contract.picture import Picture
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.status import stages

_OF_AN_ATTEMPT = (
    *("worker_started_at", "node", "profile", "snapshotter"),
    *("steps", "steps_cached", "pulled_bytes", "pushed_bytes"),
)


def at_its_beginning(case: Case, build: BuildStatus, rows: Sequence[StageStatus]) -> BuildStatus:
    """A build whose next attempt has just been made: what the one before took is its own."""
    profile = case.settings.profile.kind.value
    fresh = {**dict.fromkeys(_OF_AN_ATTEMPT), "profile": profile, **_steps(rows)}
    return build.model_copy(update=fresh)


def so_far(case: Case, attempt: Attempt, rows: Sequence[StageStatus]) -> BuildStatus | None:
    """The build at hand with what this attempt of it shows; without a picture what it showed."""
    if case.build is None:
        return None
    told = case.object.status.build
    known = case.build if told and told.job == attempt.job else BuildStatus(number=attempt.number)
    picture = attempt.picture or Picture()
    shown = {
        "worker_started_at": attempt.started or known.worker_started_at,
        "node": attempt.node or known.node,
        "profile": attempt.profile or known.profile,
        "snapshotter": picture.snapshotter or known.snapshotter,
        "pulled_bytes": picture.pulled or known.pulled_bytes,
        "pushed_bytes": picture.pushed or known.pushed_bytes,
        **_steps(rows),
    }
    return case.build.model_copy(update=shown)


def _steps(rows: Sequence[StageStatus]) -> dict[str, int | None]:
    found = stages.counted(rows)
    return {"steps": found[0], "steps_cached": found[1]} if found else {}
