"""What the daemon's last words say of a failure: that it never began, how it ended, what it left.

The texts are those of BuildKit 0.34 and rootlesskit 2.3.
"""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from imagebuild.contract.report import Cause, Failure, middle_cut
from imagebuild.worker import lastwords
from imagebuild.worker.lastwords import LastWords

# The worker may notice an end before those who wait for the daemon have told of it.
_PATIENCE_SECONDS = 0.5
_POLL_SECONDS = 0.02

# How much of the daemon's words stands behind those of the step that ran.
_LINES = 4
_LONGEST_LINE = 160

# A process that outlives its step holds its output open: the step can't end, and when it is to be
# killed there is no container any more.
_LEAK = re.compile(
    r'level=error msg="(?P<words>failed to kill process in container [^"\\]*)[^\n]*'
    r'span="(?P<step>\[[^\]"]*\])'
)
_CANCELED = "returned error: rpc error: code = Canceled"


def never_began(words: LastWords) -> Failure:
    """Of a daemon that ended before anybody could speak to it."""
    error = f"buildkitd ended with exit code {words.exit_code} before it listened"
    if words.complaint:
        error += f": {words.complaint}"
    return Failure(Cause.DAEMON, error, log_tail=words.tail)


def explained(failure: Failure, path: Path) -> Failure:
    """With what the daemon left in the file ``path``, where that tells more; waits for a moment."""
    if failure.cause is Cause.DAEMON:
        return _with_end(failure, _heard(path, lambda words: words.exit_code is not None))
    if failure.cause in (Cause.TIMEOUT, Cause.STALLED) and failure.vertex is not None:
        return _with_leak(failure, _heard(path, lambda words: _CANCELED in words.said))
    return failure


def _heard(path: Path, is_all: Callable[[LastWords], bool]) -> LastWords:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        words = lastwords.read(path)
        if is_all(words) or time.monotonic() >= give_up_at:
            return words
        time.sleep(_POLL_SECONDS)


def _with_end(failure: Failure, words: LastWords) -> Failure:
    """Behind what the step wrote, what the daemon said in trouble."""
    lines = (middle_cut(line, _LONGEST_LINE) for line in words.complaints[-_LINES:])
    new = (line for line in lines if line not in failure.log_tail)
    return replace(failure, log_tail="\n".join(filter(None, (failure.log_tail, *new))))


def _with_leak(failure: Failure, words: LastWords) -> Failure:
    """The step that hung did so for a process that it had left behind."""
    for leak in _LEAK.finditer(words.said):
        if failure.vertex is not None and failure.vertex.startswith(leak["step"]):
            return replace(failure, error=f"{failure.error}; buildkitd: {leak['words'].strip()}")
    return failure
