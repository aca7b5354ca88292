"""What may have been meant, where something is not found: asked once a build has failed.

Nothing is guessed: a hint names what is there. Whatever stands in its way, there is none.
"""

import contextlib
import json
import posixpath
import re
import time
from pathlib import Path

from imagebuild.contract.order import MAIN_CONTEXT
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.contexts import ignore, refusal
from imagebuild.worker.dockerfile.parsed import Instruction
from imagebuild.worker.failure import FailedError
from imagebuild.worker.hints import files, tags
from imagebuild.worker.hints.files import Ignore
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.scene import Scene
from imagebuild.worker.solve import trace
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

_SECONDS = 3.0

# BuildKit's words for a source that is not there; it quotes as Go does, much as JSON.
_SOURCE = re.compile(
    r'failed to calculate checksum of ref \S+: (?P<path>"(?:[^"\\]|\\.)*"): not found$'
)
# Of a name that looks like a stage's BuildKit asks that itself.
_IMAGE = re.compile(r"failed to resolve source metadata for (?P<image>\S+): (?:.*: )?not found$")
_COPYING = re.compile(r"(?P<name>COPY|ADD|RUN)(?P<flags>(?: --\S+)*)")


def of(failure: Failure, scene: Scene) -> str:
    """What may have been meant, empty where nothing can be told; takes 3 s at most."""
    unsure = (FailedError, StoppedError, TimedOutError, OSError, ValueError, LookupError)
    with contextlib.suppress(*unsure):
        if failure.cause is Cause.CONTEXT:
            return _of_context(failure, scene)
        if failure.cause is Cause.SOLVE and failure.exit_code is None:
            return _of_solve(failure, scene)
    return ""


def _of_context(failure: Failure, scene: Scene) -> str:
    if not failure.error.startswith("ImageNotFound: "):
        return ""
    named = (c.oci for c in scene.order.contexts if failure.path == f"{c.path}.oci.image")
    image = next(named, None)
    return _of_image(image, scene) if image else ""


def _of_solve(failure: Failure, scene: Scene) -> str:
    if unresolved := _IMAGE.search(failure.error):
        return _of_image(unresolved["image"], scene)
    source = _SOURCE.search(failure.error)
    step = trace.step_of(failure.vertex or "")
    if source is None or step is None or scene.inputs is None:
        return ""
    path = json.loads(source["path"]).strip("/")
    origin = _origin(step.instruction, path)
    return _of_file(path, origin, scene.inputs, scene) if path and origin else ""


def _of_image(image: str, scene: Scene) -> str:
    soon = Limits(time.monotonic() + _SECONDS, scene.limits.stop)
    return tags.hint(image, workspace=scene.workspace, limits=soon)


def _of_file(path: str, origin: str, inputs: Inputs, scene: Scene) -> str:
    directory = inputs.main if origin == MAIN_CONTEXT else inputs.directories.get(origin)
    if directory is None:
        return ""
    called = refusal.called(origin)
    for context in scene.order.contexts:
        # What these patterns match is no longer there.
        if context.name == origin and ignore.excludes(context.ignore, path):
            return f"a pattern of {context.path}.ignore excludes it from {called}"
    leaving = _ignored(origin, directory, inputs, scene.workspace)
    return files.hint(path, directory, called=called, leaving=leaving)


def _ignored(origin: str, directory: Path, inputs: Inputs, workspace: Workspace) -> Ignore:
    """The one .dockerignore that BuildKit reads; that of the Dockerfile is for the main context."""
    own = None
    if origin == MAIN_CONTEXT:
        own = files.ignored(workspace.dockerfile, f"{inputs.dockerfile}.dockerignore")
    return own or files.ignored(directory) or Ignore()


def _origin(instruction: str, path: str) -> str | None:
    """The context, or the stage, in which a step looks for a path; None where unsure."""
    match = _COPYING.match(instruction)
    if match is None:
        return None
    read = Instruction(match["name"], 0, flags=tuple(match["flags"].split()))
    if read.name != "RUN":
        return next(iter(read.origins()), MAIN_CONTEXT)
    for mount in read.mounts():
        source = mount.get("source", mount.get("src", ""))
        if posixpath.normpath(f"/{source}") == f"/{path}":
            return mount.get("from") or MAIN_CONTEXT
    return None
