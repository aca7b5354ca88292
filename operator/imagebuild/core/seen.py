"""What pictures and reports show beside the stages: sources and warnings, as rows of the status."""

from datetime import UTC, datetime

from imagebuild.api import status
from imagebuild.contract.order import FILES_CONTEXT, MAIN_CONTEXT
from imagebuild.contract.picture import Phase, Picture
from imagebuild.contract.source import Source
from imagebuild.core.observe import Attempt

UNSAID = "Unsaid"


def main_source(attempt: Attempt) -> Source | None:
    """What the main context resolved to, as far as the attempt has said so."""
    if attempt.report and attempt.report.source:
        return attempt.report.source
    sources = attempt.picture.sources if attempt.picture else ()
    return next((source for source in sources if source.name == MAIN_CONTEXT), None)


def source(attempt: Attempt) -> status.SourceStatus | None:
    """The main context's, where it is of git."""
    found = main_source(attempt)
    if found is None or not found.commit:
        return None
    at = None if found.time is None else datetime.fromtimestamp(found.time, tz=UTC)
    return status.SourceStatus(commit=found.commit, ref=_ref(found), committed_at=at)


def contexts(picture: Picture) -> tuple[status.ContextStatus, ...]:
    """What the named contexts resolved to."""
    return tuple(
        status.ContextStatus(
            name=found.name,
            commit=found.commit or None,
            ref=_ref(found),
            digest=found.digest or None,
        )
        for found in picture.sources
        if found.name not in (MAIN_CONTEXT, FILES_CONTEXT)
    )


def _ref(found: Source) -> str | None:
    return found.ref or found.branch or found.tag or None


def warnings(
    picture: Picture | None, before: tuple[status.Warning, ...]
) -> tuple[status.Warning, ...]:
    """Those of a picture; those of ``before`` while it has none and may yet get some."""
    if picture is None or not (picture.warnings or picture.phase is Phase.DONE):
        return before
    found = tuple(
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
    if not picture.unwarned:
        return found
    more = f"{picture.unwarned} more warnings have no room here"
    return (*found, status.Warning(rule=UNSAID, message=more))
