"""The reasons in conditions, failures and the history: words that programs may rely on.

``TABLE`` says of each what it means and what to do; docs/status.md is made from it, in the order
and under the headings of ``SECTIONS``.
"""

from collections.abc import Mapping

from imagebuild.api.reasons import bounds, cluster, course, guards, registries, sources, spec
from imagebuild.api.reasons.entry import Entry, Kind, Reason

__all__ = ["SECTIONS", "TABLE", "Entry", "Kind", "Reason", "mend", "terminal"]

SECTIONS: Mapping[str, Mapping[Reason, Entry]] = {
    "A build takes its course": course.TABLE,
    "The spec, its steps, its Dockerfile": spec.TABLE,
    "Time, memory, disk": bounds.TABLE,
    "Secrets and policies": guards.TABLE,
    "Contexts": sources.TABLE,
    "Registries and archives": registries.TABLE,
    "The cluster": cluster.TABLE,
}
TABLE: Mapping[Reason, Entry] = {
    reason: entry for section in SECTIONS.values() for reason, entry in section.items()
}


def mend(reason: str) -> str:
    """What to do about a reason; empty for one of another version, or where nothing is wrong."""
    try:
        return TABLE[Reason(reason)].mend
    except ValueError:
        return ""


def terminal(reason: str) -> bool:
    """Whether only a change by someone starts the next build."""
    try:
        return TABLE[Reason(reason)].terminal
    except ValueError:
        return False
