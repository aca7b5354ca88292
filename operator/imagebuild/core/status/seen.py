"""What pictures and reports show, as fields of the status: stages, sources and warnings."""

from datetime import UTC, datetime
from typing import Any

from imagebuild.api import status
from imagebuild.contract.order import FILES_CONTEXT, MAIN_CONTEXT
from imagebuild.contract.picture import Phase, Picture
from imagebuild.contract.source import Source
from imagebuild.core.case import Case
from imagebuild.core.observe import Attempt
from imagebuild.core.status import bounds, stages, taken

STARTING = "starting"
# Of a phase in which no stage runs: BuildKit reads the Dockerfile and asks for its bases, say.
_CURRENT = {
    Phase.CONTEXT: "context",
    Phase.BUILD: "building",
    Phase.PUBLISH: "publishing",
    Phase.DONE: "ending",
}


def progress(case: Case, attempt: Attempt) -> dict[str, Any]:
    """What the newest picture shows; without one, what was shown before stays.

    Fields of the status; ``stages`` and ``build`` are always among them.
    """
    changes: dict[str, Any] = {"stages": case.object.status.stages}
    if attempt.picture is not None or not case.object.status.stages:
        changes |= rows(case, attempt)
    changes["build"] = taken.so_far(case, attempt, changes["stages"])
    changes["contexts"] = contexts(attempt, case.object.status.contexts)
    if attempt.picture is not None:
        changes["warnings"] = warnings(attempt.picture, case.object.status.warnings)
    main = source(attempt, case.object.status.source)
    return changes | ({"source": main} if main else {})


def rows(case: Case, attempt: Attempt | None) -> dict[str, Any]:
    """Every stage by an attempt's picture, or as it is before there is any."""
    if case.object.spec is None:
        return {}
    return columns(stages.rows(case.object.spec, attempt.picture if attempt else None))


def columns(found: tuple[status.StageStatus, ...]) -> dict[str, Any]:
    """These stages, and the columns that are made of them."""
    return {"stages": found, "progress": stages.progress(found), "cached": stages.cached(found)}


def current(attempt: Attempt, found: tuple[status.StageStatus, ...], before: str | None) -> str:
    """What a running attempt is at, for a column: the stages that run, else its phase."""
    if not attempt.begun:
        return STARTING
    if attempt.picture is None:
        return before or STARTING
    running = stages.running(found) if attempt.picture.phase is Phase.BUILD else None
    return running or _CURRENT[attempt.picture.phase]


def source(attempt: Attempt, before: status.SourceStatus | None) -> status.SourceStatus | None:
    """What the main context resolved to, where it is of git.

    The picture says it best: the report leaves out what is not needed for facts.
    """
    found = next((of for of in _shown(attempt) if of.name == MAIN_CONTEXT), None)
    if found is None:
        found = attempt.report.source if attempt.report else None
        if found and before and before.commit == found.commit:
            return before
    if found is None or not found.commit:
        return None
    at = None if found.time is None else datetime.fromtimestamp(found.time, tz=UTC)
    return status.SourceStatus(commit=found.commit, ref=_ref(found), committed_at=at)


def contexts(
    attempt: Attempt, before: tuple[status.ContextStatus, ...]
) -> tuple[status.ContextStatus, ...]:
    """What the contexts resolved to, but a main one of git, which is the source.

    Of the main one the report tells where no picture did.
    """
    reported = (attempt.report.source,) if attempt.report and attempt.report.source else ()
    found = tuple(
        status.ContextStatus(
            name=found.name,
            commit=found.commit or None,
            ref=_ref(found),
            digest=found.digest or None,
        )
        for found in _shown(attempt) or reported
        if found.name != FILES_CONTEXT and not (found.name == MAIN_CONTEXT and found.commit)
    )
    return found if _shown(attempt) or not before else before


def _shown(attempt: Attempt) -> tuple[Source, ...]:
    return attempt.picture.sources if attempt.picture else ()


def _ref(found: Source) -> str | None:
    return found.ref or found.branch or found.tag or None


def warnings(picture: Picture, before: tuple[status.Warning, ...]) -> tuple[status.Warning, ...]:
    """Those of a picture; those of ``before`` while it has none and may yet get some."""
    found = before
    if picture.warnings or picture.phase is Phase.DONE:
        found = _warnings(picture) + bounds.unsaid_warnings(picture.unwarned)
    return bounds.noted(found, all_stages=not picture.omitted)


def _warnings(picture: Picture) -> tuple[status.Warning, ...]:
    return tuple(
        status.Warning(
            rule=warning.rule,
            message=warning.message,
            path=warning.path or None,
            line=warning.line,
            stage=warning.stage or None,
            url=warning.url or None,
        )
        for warning in picture.warnings
    )
