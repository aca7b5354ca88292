"""A failure that ends the run, and how much of what was said a report has room for."""

import re
from dataclasses import replace

from imagebuild.contract.report import Cause, Failure, middle_cut

_WRAPPING = "failed to solve: "
_LINTED = f"{_WRAPPING}lint violation found"

_ERROR = re.compile(r"^error: (?P<text>.*)", re.MULTILINE | re.DOTALL)

# buildctl's words for a daemon that is not there any more, or never was.
_DAEMON_GONE = re.compile(r"code = Unavailable|dial unix|error reading from server|transport")

# How many characters of what was said a report is given.
_TAIL_CHARACTERS = 1500
_ERROR_CHARACTERS = 1200
_VERTEX_CHARACTERS = 200
_HINT_CHARACTERS = 200


class FailedError(Exception):
    """The run can't go on; ``failure`` is what the report will say."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error)
        self.failure = failure


def brief(failure: Failure) -> Failure:
    """The failure with no more words than a report has room for.

    Credentials must be masked before: of one that is cut in two, no half is recognized.
    """
    return replace(
        failure,
        error=middle_cut(failure.error, _ERROR_CHARACTERS),
        vertex=failure.vertex and failure.vertex[:_VERTEX_CHARACTERS],
        log_tail=failure.log_tail[-_TAIL_CHARACTERS:],
        hint=middle_cut(failure.hint, _HINT_CHARACTERS),
    )


def of_output(output: str) -> Failure:
    """Why buildctl failed, as far as the end of what it wrote tells."""
    match = _ERROR.search(output)
    words = match["text"].strip() if match else output.strip()
    cause = Cause.DAEMON if _DAEMON_GONE.search(words) else Cause.SOLVE
    # A user's own Dockerfile may ask for that: `# check=error=true`.
    if words.startswith(_LINTED):
        cause = Cause.LINT
    return Failure(cause, words.removeprefix(_WRAPPING) or "buildctl ended without a word")
