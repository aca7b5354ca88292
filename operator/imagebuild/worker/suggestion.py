"""What may have been meant by a name that is not there."""

import difflib
from collections.abc import Collection, Sequence

from imagebuild.contract.report import middle_cut

# A name that shares less with what was written is a guess.
_LIKENESS = 0.6
_LONGEST_NAME = 60


def near(written: str, there: Collection[str], *, most: int) -> list[str]:
    """Those that look like what was written, the nearest first."""
    return difflib.get_close_matches(written, there, n=most, cutoff=_LIKENESS)


def did_you_mean(names: Sequence[str]) -> str:
    """The question, empty where there is nothing to ask."""
    *others, last = [middle_cut(name, _LONGEST_NAME) for name in names] or [""]
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if last else ""
