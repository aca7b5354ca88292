"""One row of what may be said of a failure, and what is searched for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure

# Where a step's log says why it ended: a trace of calls may follow the line that tells.
_LAST_LINES = 10


@dataclass(frozen=True, slots=True)
class Row:
    """Fits a failure that has one of ``causes`` and of which something was said like ``pattern``.

    ``of_step``: it fits steps that ended with an exit code (one of ``codes``, any where there are
    none), and the pattern is searched in the end of their log; all others fit failures without
    an exit code, by what was said of them. ``oom``: the kernel killed something in the daemon's
    container for its memory. ``mend`` is what to do, where this row knows better than its reason.
    """

    causes: frozenset[Cause]
    pattern: str
    reason: Reason
    mend: str = ""
    of_step: bool = False
    codes: frozenset[int] = frozenset()
    oom: bool = False

    def told_by(self, failure: Failure, *, oom: bool) -> str | None:
        """The line that tells; None where the row does not fit."""
        if failure.cause not in self.causes or (self.oom and not oom):
            return None
        if self.of_step != is_step(failure) or (self.codes and failure.exit_code not in self.codes):
            return None
        said = _said(failure)
        match = re.search(self.pattern, said, re.DOTALL)
        if match is None:
            return None
        # Where all of a text is searched for several words, the last of them is the one.
        start = said.rfind("\n", 0, match.end()) + 1
        end = said.find("\n", match.end())
        return said[start : end if end >= 0 else len(said)].strip()


def said(causes: str, pattern: str, reason: Reason, *, mend: str = "", oom: bool = False) -> Row:
    """A row of a failure without an exit code; ``causes`` are names with spaces between."""
    return Row(frozenset(Cause(name) for name in causes.split()), pattern, reason, mend, oom=oom)


def step(
    pattern: str, reason: Reason, *, codes: Sequence[int] = (), mend: str = "", oom: bool = False
) -> Row:
    """A row of a step that ended with an exit code."""
    causes = frozenset({Cause.SOLVE})
    return Row(causes, pattern, reason, mend, of_step=True, codes=frozenset(codes), oom=oom)


def is_step(failure: Failure) -> bool:
    """Whether it is a step that ended with an exit code.

    It failed by that, whatever its script says, which BuildKit quotes.
    """
    return failure.cause is Cause.SOLVE and failure.exit_code is not None


def _said(failure: Failure) -> str:
    if is_step(failure):
        return "\n".join(failure.log_tail.rstrip().splitlines()[-_LAST_LINES:])
    if failure.cause is Cause.DAEMON and failure.vertex is None:
        # It never served: the log is its own, and no step's.
        return f"{failure.error}\n{failure.log_tail}"
    return failure.error
