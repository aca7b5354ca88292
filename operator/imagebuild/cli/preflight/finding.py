"""What the preflight finds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one place.

    ``about``: the place, as ``node NAME``, ``namespace NAME`` or ``cluster``. ``what``: what was
    found, in a sentence without a full stop. ``ok``: whether builds may do with it; None where it
    could not be told, or is only good to know. ``mend``: what to do about it where it is not ok.
    """

    about: str
    what: str
    ok: bool | None
    mend: str = ""


def text(findings: Iterable[Finding]) -> str:
    """For people: a heading for each place as they came, and below it a line for each finding."""
    places: dict[str, list[Finding]] = {}
    for finding in findings:
        places.setdefault(finding.about, []).append(finding)
    lines = []
    for place, found in places.items():
        lines.append(place)
        for finding in found:
            lines.append(f"  {_MARKS[finding.ok]:5}{finding.what}.")
            if finding.mend:
                lines.append(f"       Mend: {finding.mend}.")
    return "\n".join(lines)


_MARKS = {True: "ok", False: "NO", None: "-"}
