"""What the end of a step's log tells.

The exit code decides that it failed, and the log of what hardly ever: only of what nothing else
can tell. Elsewhere it finds a better mend, since a program may print any word.
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures import limits, nodes, words
from imagebuild.core.failures.row import Row, step

# 128 + SIGKILL from a shell or an init; runc's own 9, which a script may mean otherwise.
_KILLED = (9, 137)
# What shells, make and compilers print.
_SAYS_KILLED = r"(?i)\bkilled\b"
# runc's words for a program by its name, and for one by its path.
_NO_PROGRAM = (
    r"executable file not found in \$PATH|exec: \"[^\"]*\": stat .*: no such file or directory"
)
# Before the file's name or after it, as Python and node have it.
_SAYS_DENIED = r"(?i)/run/secrets/[^\n]*permission denied|permission denied[^\n]*/run/secrets/"

_PROGRAM = (
    "A program that the step calls is not in its stage: install it in a step before, take a base "
    "that has it, or correct its name; in a base without a shell use `exec` for `run`."
)
_EXECUTABLE = (
    "The step calls a file that it may not execute: `chmod +x` it in a step before or in its "
    "repository, or copy it with `chmod`."
)
_UNREADABLE = (
    "The file of a secret is its owner's alone to read, and root's where the mount says nothing "
    "else: set `uid` to the user of the step (`uid=1000` in a Dockerfile), or mount it as a "
    "variable, with `env`."
)
_PORT = (
    "A port that the step needs is taken. Steps share their pod's network: a step of another stage "
    "that runs at the same time may have it, or, under the security profile `unconfined`, a "
    "program that a step before left running."
)
_NAME = (
    "The step could not resolve a name. Steps use their pod's DNS: see whether a NetworkPolicy "
    "keeps the namespace's pods from it or from that server, whether spec.network is None, and "
    "the name for a slip."
)
_DISK = (
    "The step filled a disk: raise spec.resources.limits.ephemeral-storage, free the node's disk, "
    "or write less; a `tmpfs` mount is full at its own size."
)

TABLE: tuple[Row, ...] = (
    step(r"", Reason.OUT_OF_MEMORY, codes=_KILLED, oom=True),
    step(_SAYS_KILLED, Reason.OUT_OF_MEMORY, oom=True),
    *nodes.STEP,
    step(r"(?i)\bexec format error\b", Reason.PLATFORM_MISMATCH),
    *limits.STEP,
    step(r"", Reason.STEP_KILLED, codes=(137,)),
    step(_SAYS_KILLED, Reason.STEP_KILLED, codes=(9,)),
    step(_SAYS_DENIED, Reason.STEP_FAILED, mend=_UNREADABLE),
    step(r"(?i)address already in use|EADDRINUSE", Reason.STEP_FAILED, mend=_PORT),
    step(words.FULL, Reason.STEP_FAILED, mend=_DISK),
    step(words.UNRESOLVED, Reason.STEP_FAILED, mend=_NAME),
    step(_NO_PROGRAM, Reason.STEP_FAILED, mend=_PROGRAM),
    step(r"", Reason.STEP_FAILED, codes=(127,), mend=_PROGRAM),
    step(r"(?i)permission denied", Reason.STEP_FAILED, codes=(126,), mend=_EXECUTABLE),
    step(r"", Reason.STEP_FAILED),
)
