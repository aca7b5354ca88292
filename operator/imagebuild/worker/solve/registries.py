"""At which registry a solve failed, by what BuildKit said.

The texts are those of BuildKit 0.34.
"""

import re

from imagebuild.contract import images
from imagebuild.contract.report import Cause, Failure

# A step's own words may say the same.
_STEP_FAILED = "did not complete successfully: "
_ERROR = re.compile(r"failed to (?:push|resolve source metadata for) (?P<image>\S+?): ")
_VERTEX = re.compile(
    r"(?:\[internal\] load metadata for|importing cache manifest from) (?P<image>\S+)"
)
# Of layers that are fetched once a step needs them, and of a cache: the request alone tells.
_REQUEST = re.compile(r"https?://(?P<host>[^/\s\"]+)/v2/\S+/(?:blobs|manifests)/")

# By what Docker Hub is reached.
_HUB_SERVER = "registry-1.docker.io"


def failed_at(failure: Failure) -> str | None:
    """The host of the registry; None where a failure has to do with none."""
    if failure.cause not in (Cause.SOLVE, Cause.PUSH) or failure.exit_code is not None:
        return None
    if _STEP_FAILED in failure.error:
        return None
    named = _ERROR.search(failure.error) or _VERTEX.match(failure.vertex or "")
    if named:
        return images.host(named["image"])
    request = _REQUEST.search(failure.error)
    if request is None:
        return None
    return images.HUB if request["host"] == _HUB_SERVER else request["host"]
