"""How many bytes a solve pushed.

BuildKit's progress names what is pushed without sizes, and what a registry has already is not
sent. Only the spans that the daemon keeps with a build's record hold each request: JSON objects
one after another, ``{Name, Attributes: [{Key, Value: {Value}}]}``.
"""

import json
import re
from pathlib import Path

from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import buildctl, finish
from imagebuild.worker.workspace import Workspace

_ANSWER_SECONDS = 2.0

# Where a span of an upload begins: of a blob or of a manifest.
_UPLOAD = re.compile(r'^\{\n +"Name": "HTTP PUT"', re.MULTILINE)

# Source: OpenTelemetry's semantic conventions for HTTP, and Go's otelhttptrace.
_STATUS = "http.response.status_code"
_LENGTH = "http.request.header.content-length"


def ask(ref: Path, workspace: Workspace, limits: Limits) -> int:
    """The bytes that a solve pushed, by the file that holds the name of its record.

    Raises OSError or ValueError where the daemon does not tell, and what the limits raise.
    """
    name = ref.read_text(encoding="ascii")
    finish.finish(name, workspace.socket, seconds=_ANSWER_SECONDS)
    return sent(buildctl.ask("debug", "logs", "--trace", name, workspace=workspace, limits=limits))


def sent(spans: str) -> int:
    """What registries took of what was sent to them, in bytes; raises ValueError."""
    decoder = json.JSONDecoder()
    total = 0
    for upload in _UPLOAD.finditer(spans):
        span, _ = decoder.raw_decode(spans, upload.start())
        said = {each["Key"]: each["Value"]["Value"] for each in span["Attributes"]}
        if 200 <= said.get(_STATUS, 0) < 300:  # noqa: PLR2004 - HTTP's own
            total += int(said.get(_LENGTH, 0))
    return total
