"""What the conditions say, by the rules that ``kubectl wait``, Flux and Argo CD read them by.

Ready is Unknown while there is something to wait for, True when what the spec asks for is there,
False after a failure. Reconciling and Stalled are present only while True, and never both
(kstatus: github.com/kubernetes-sigs/cli-utils, pkg/kstatus).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from imagebuild.api import reasons, status
from imagebuild.api.reasons import Kind
from imagebuild.core import texts

MAX_MESSAGE = 1024  # bytes

# Reasons that keep a build from beginning, or from going on, while it waits for better times.
OBSTACLES = frozenset(
    reason for reason, entry in reasons.TABLE.items() if entry.kind is Kind.WAITING
)


@dataclass(frozen=True, slots=True)
class Word:
    """Ready's status, one reason and one message.

    ``reconciling``: something more is going to happen by itself. ``stalled``: nothing will.
    """

    ready: str
    reason: str
    message: str
    reconciling: bool = False
    stalled: bool = False


def waiting(reason: str, message: str) -> Word:
    """Something more is going to happen by itself."""
    return Word("Unknown", reason, message, reconciling=True)


def stalled(reason: str, message: str) -> Word:
    """Nothing more will happen until someone changes something."""
    return Word("False", reason, message, stalled=True)


def conditions(
    previous: Sequence[status.Condition], word: Word, *, generation: int, now: datetime
) -> tuple[status.Condition, ...]:
    """Ready, and Reconciling or Stalled where they are True; a time moves only with its status."""
    wanted = [("Ready", word.ready)]
    wanted += [("Reconciling", "True")] if word.reconciling else []
    wanted += [("Stalled", "True")] if word.stalled else []
    since = {(c.type, c.status): c.last_transition_time for c in previous}
    return tuple(
        status.Condition(
            type=kind,
            status=value,
            reason=word.reason,
            message=texts.cut(texts.plain(word.message), MAX_MESSAGE),
            last_transition_time=since.get((kind, value), now),
            observed_generation=generation,
        )
        for kind, value in wanted
    )


def ready(current: status.ImageBuildStatus) -> status.Condition | None:
    """The Ready condition; None where nobody has looked yet."""
    return next((c for c in current.conditions if c.type == "Ready"), None)


def sentence(failure: status.Failure) -> str:
    """A failure as one message: what happened, the mend, the command that shows more.

    What happened gives way where all of it is too long; the mend and the command never do.
    """
    tail = f" Mend: {failure.mend}" if failure.mend else ""
    tail += f" More: {failure.command}" if failure.command else ""
    words = texts.cut(failure.message, MAX_MESSAGE - len(tail.encode()) - 1)
    return words + ("" if words.endswith((".", "…", "?")) else ".") + tail
