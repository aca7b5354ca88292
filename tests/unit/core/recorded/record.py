"""A recorded text, and short ways to write one down."""

from dataclasses import dataclass, field, replace
from typing import Any

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure


@dataclass(frozen=True)
class Recorded:
    """``mend``: words of what must be told to do; ``how``: what was done to have it said."""

    how: str
    cause: Cause
    error: str
    reason: Reason
    mend: str
    oom: bool = False
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def failure(self):
        return Failure(self.cause, self.error, **self.facts)


def solve(how, error, reason, mend, **facts):
    return Recorded(how, Cause.SOLVE, error, reason, mend, facts=facts)


def push(how, error, reason, mend):
    error = error if error.startswith("failed to fetch") else f"failed to push r/a:1: {error}"
    return Recorded(how, Cause.PUSH, error, reason, mend)


def context(how, error, reason, mend):
    return Recorded(how, Cause.CONTEXT, error, reason, mend)


def step(how, code, log, reason, mend):
    error = f"did not complete successfully: exit code: {code}"
    facts = {"exit_code": code, "log_tail": log}
    return Recorded(how, Cause.SOLVE, error, reason, mend, facts=facts)


def over_memory(recorded):
    """The same where the daemon's container is marked as killed for its memory."""
    return replace(recorded, oom=True)


def daemon(how, log, mend, reason=Reason.NODE_UNSUPPORTED):
    error = "buildkitd ended with exit code 1 before it listened"
    return Recorded(how, Cause.DAEMON, error, reason, mend, facts={"log_tail": log})
