"""What BuildKit took for a file, where the server answered with an error.

Of an ADD with a checksum it looks at no status (source/http): the page that came with a 404 is but
a file of another sum. Only the server can tell, so it is asked again.
"""

import contextlib
import re
import time
from dataclasses import replace

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.contexts import download
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.scene import Scene

_SECONDS = 3.0
_OTHER_SUM = "digest mismatch sha256:"
# The one source that an ADD with a checksum may have, in a list or not.
_ADDED = re.compile(r"\] ADD (?:--\S+ )*\[?(?P<url>https?://\S+?),? ")
_ANSWERED = re.compile(r"DownloadFailed: (?P<words>.*: HTTP \d{3}\b.*)")


def explained(failure: Failure, scene: Scene) -> Failure:
    """With the server's answer in place of the sum, where it is an error; takes 3 s at most."""
    if failure.cause is not Cause.SOLVE or _OTHER_SUM not in failure.error:
        return failure
    added = _ADDED.search(failure.vertex or "")
    said = _said_at(added["url"], scene) if added else None
    if said is None:
        return failure
    return replace(failure, error=f"{said}; BuildKit took that answer for the file")


def _said_at(url: str, scene: Scene) -> str | None:
    """The server's error at a URL; None where it has a file there, or says nothing."""
    soon = Limits(time.monotonic() + _SECONDS, scene.limits.stop)
    try:
        with contextlib.closing(
            download.pieces(url, workspace=scene.workspace, limits=soon)
        ) as pieces:
            next(pieces, None)
    except FailedError as error:
        answered = _ANSWERED.match(error.failure.error)
        return answered and answered["words"]
    except (StoppedError, TimedOutError, OSError, ValueError):
        return None
    return None
