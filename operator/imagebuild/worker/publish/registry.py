"""What skopeo does at a registry that takes images: pushes by digest, and tags of what is there."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from imagebuild.contract import images
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.contexts import skopeo
from imagebuild.worker.failure import FailedError
from imagebuild.worker.leak import layout
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

# Of --debug, the one way in which skopeo tells what the registry had not yet.
_UPLOADED = re.compile(r'msg="Upload of layer (?P<digest>sha256:[0-9a-f]{64}) complete"')
_MANIFEST = re.compile(r'msg="PUT \S+/manifests/(?P<digest>sha256:[0-9a-f]{64})"')

# The whole image as it is, with all that an index names.
_WHOLE = ("--all", "--preserve-digests")

# Of Amazon ECR, Harbor, Google's Artifact Registry, Docker Hub and Quay.
_IMMUTABLE = re.compile(
    r"\bimmutab(?:le|ility)\b|ImageTagAlreadyExistsException|\b412 Precondition Failed",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """An image's name in the spec, and the spec path at which it stands."""

    image: str
    path: str

    @property
    def repository(self) -> str:
        """The name without its tag."""
        return images.repository(self.image)


def push(directory: Path, place: Place, *, workspace: Workspace, limits: Limits) -> int:
    """Pushes a layout by digest; how many bytes of it the registry had not.

    Raises FailedError with Cause.PUSH, and what the limits raise.
    """
    digest, sent = layout.root(directory), set[str]()

    def hear(line: str) -> None:
        if match := _UPLOADED.search(line) or _MANIFEST.search(line):
            sent.add(match["digest"])

    source, to = f"oci:{directory}", f"docker://{place.repository}@{digest}"
    arguments = ("copy", *_WHOLE, "--debug", source, to)
    words = skopeo.run(*arguments, hear=hear, workspace=workspace, limits=limits)
    if words is not None:
        raise _refused(place, words)
    files = (layout.path_of(directory, one) for one in sent)
    return sum(file.stat().st_size for file in files if file.exists())


def tag(place: Place, digest: str, *, workspace: Workspace, limits: Limits) -> None:
    """Makes the tag one of the digest, which its repository holds.

    Raises FailedError with Cause.PUSH, "TagImmutable: ..." where the registry lets nobody move a
    tag that is of another digest; and what the limits raise.
    """
    source, to = f"docker://{place.repository}@{digest}", f"docker://{place.image}"
    words = skopeo.run("copy", *_WHOLE, source, to, workspace=workspace, limits=limits)
    if words is None:
        return
    if not _IMMUTABLE.search(skopeo.telling(words, place.image)):
        raise _refused(place, words)
    if _held(place, workspace=workspace, limits=limits) != digest:
        raise _refused(place, words, kind="TagImmutable: ")


def _held(place: Place, *, workspace: Workspace, limits: Limits) -> str | None:
    """The digest that the tag is of; None where who may push may not read it."""
    file = workspace.root / "tagged"
    file.unlink(missing_ok=True)
    try:
        manifest = skopeo.manifest(place.image, to=file, workspace=workspace, limits=limits)
    except FailedError:
        return None
    return f"sha256:{hashlib.sha256(manifest).hexdigest()}"


def _refused(place: Place, words: str, *, kind: str = "") -> FailedError:
    words = f"{kind}failed to push {place.image}: {words}"
    host = images.host(place.image)
    return FailedError(Failure(Cause.PUSH, words, path=place.path, registry=host))
