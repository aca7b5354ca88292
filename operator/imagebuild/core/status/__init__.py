"""The whole status, from the facts about a build: one function for each thing there is to say.

``said`` is what all have in common; a build ``waiting`` goes on by itself, one that ``ended`` does
not. What they show of it is in ``seen``, ``stages``, ``taken`` and ``published``; ``bounds`` keeps
all of it small.
"""

from imagebuild.core.status.ended import (
    failed,
    invalid,
    still_failed,
    still_succeeded,
    stuck,
    succeeded,
)
from imagebuild.core.status.said import SUSPENDED, canceled, failure, say
from imagebuild.core.status.waiting import awaits, begun, looked_at, obstructed, tried_again

__all__ = [
    "SUSPENDED",
    "awaits",
    "begun",
    "canceled",
    "failed",
    "failure",
    "invalid",
    "looked_at",
    "obstructed",
    "say",
    "still_failed",
    "still_succeeded",
    "stuck",
    "succeeded",
    "tried_again",
]
