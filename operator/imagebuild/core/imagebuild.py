"""An ImageBuild as the API server gives it, read into what a plan needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pydantic

from imagebuild.api import names, validate
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.api.status import ImageBuildStatus
from imagebuild.core.kept import image
from imagebuild.core.owner import Owner

_LONGEST_REQUEST = 128


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """One object: whose it is, what it asks for, what was last said of it.

    ``spec`` is None where it can't be read; ``problems`` then, and where it can't be built, says
    what is wrong. ``requested``: the values of the annotations that ask for a build.
    """

    owner: Owner
    generation: int
    status: ImageBuildStatus
    spec: ImageBuildSpec | None = None
    problems: tuple[validate.Problem, ...] = ()
    requested: tuple[str, ...] = ()
    deleting: bool = False


def read(raw: Mapping[str, Any]) -> ImageBuild:
    """The object in the API server's JSON; never raises for what a user may have written."""
    metadata = raw["metadata"]
    owner = Owner(metadata["namespace"], metadata["name"], metadata["uid"])
    spec, problems = _spec(raw.get("spec") or {})
    problems += image.problems(owner, spec) if spec else ()
    return ImageBuild(
        owner=owner,
        generation=metadata["generation"],
        status=_status(raw.get("status") or {}),
        spec=spec,
        problems=problems,
        requested=_requested(metadata.get("annotations") or {}),
        deleting="deletionTimestamp" in metadata,
    )


def _spec(raw: Mapping[str, Any]) -> tuple[ImageBuildSpec | None, tuple[validate.Problem, ...]]:
    try:
        spec = ImageBuildSpec.model_validate(raw)
    except pydantic.ValidationError as error:
        return None, validate.of_error(error)
    return spec, validate.problems(spec)


def _status(raw: Mapping[str, Any]) -> ImageBuildStatus:
    """A status that nobody can read is none: it is made anew from what is in the cluster."""
    try:
        return ImageBuildStatus.model_validate(raw)
    except pydantic.ValidationError:
        return ImageBuildStatus()


def _requested(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Each as one word, and no longer than a word may be: they are copied into the status."""
    values = [annotations[name] for name in names.ANNOTATIONS_REQUESTED_AT if name in annotations]
    return tuple("_".join(value.split())[:_LONGEST_REQUEST] for value in values if value.strip())
