"""The ConfigMap NAME-image: what was last published, for what can't read status.

Its keys are names of variables, as a Flux Kustomization's ``substituteFrom`` asks for. Of the first
image in a registry: ``IMAGE`` (repository@digest), ``DIGEST``, ``REPOSITORY`` and ``TAGS`` (images
with their tags, a blank in between). Of each named stage the same with ``_STAGE`` after it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from imagebuild.api import names
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.api.status import ImageBuildStatus, PublishedImage
from imagebuild.core.owner import Owner

JSON = dict[str, Any]

WRITE = "Write"
# Has Flux apply a Kustomization again at once that takes variables from it.
WATCHED = {"reconcile.fluxcd.io/watch": "Enabled"}
_LONGEST_NAME = 253
_LONGEST_MESSAGE = 1024


def name_of(imagebuild: str) -> str:
    """The ConfigMap of this ImageBuild."""
    return f"{imagebuild}-image"


def problems(owner: Owner, spec: ImageBuildSpec) -> tuple[Problem, ...]:
    """What is wrong where its name can be no object's, or two stages have the same keys in it.

    Users must be able to foretell both.
    """
    if spec.image_config_map != WRITE:
        return ()
    return (*_too_long(owner), *_in_one_key(spec))


def _too_long(owner: Owner) -> Iterator[Problem]:
    length = len(name_of(owner.name))
    if length > _LONGEST_NAME:
        what = f"the ConfigMap's name would have {length} characters, {_LONGEST_NAME} are allowed"
        mend = "give the ImageBuild a shorter name, or leave this unset"
        yield Problem("spec.imageConfigMap", what, mend)


def _in_one_key(spec: ImageBuildSpec) -> Iterator[Problem]:
    """An image without a stage is the last one's, which a Dockerfile alone may know the name of."""
    last = spec.stages[-1].name if spec.stages else ""
    taken: dict[str, str] = {}
    for index, entry in enumerate(spec.publish):
        stage = (entry.stage or last).lower()
        if not (stage and entry.images):
            continue
        other = taken.setdefault(_suffix(stage), stage)
        if other != stage:
            what = f"{other} and {stage} would both be IMAGE_{_suffix(stage)} in the ConfigMap"
            mend = "rename one of them, or leave spec.imageConfigMap unset"
            yield Problem(f"spec.publish[{index}].stage", what, mend)


def wanted(
    owner: Owner, spec: ImageBuildSpec | None, found: ImageBuildStatus
) -> Mapping[str, str] | None:
    """The data it is to have: none where there is to be no ConfigMap; None: leave all as it is.

    While a build is under way, or nobody knows what is asked for, it stays as it is.
    """
    waits = any(condition.type == "Reconciling" for condition in found.conditions)
    if spec is None or waits or len(name_of(owner.name)) > _LONGEST_NAME:
        return None
    return data(found.published) if spec.image_config_map == WRITE else {}


def data(published: tuple[PublishedImage, ...]) -> dict[str, str]:
    """Its data; the first of several images of one stage is meant."""
    pushed = [entry for entry in published if entry.image]
    keys: dict[str, str] = {}
    for entry in reversed(pushed):
        if entry.stage:
            suffix = _suffix(entry.stage)
            keys |= {f"{key}_{suffix}": value for key, value in _values(entry).items()}
    return keys | (_values(pushed[0]) if pushed else {})


def _suffix(stage: str) -> str:
    return re.sub(r"\W", "_", stage.upper(), flags=re.ASCII)


def _values(entry: PublishedImage) -> dict[str, str]:
    image = entry.image or ""
    return {
        "IMAGE": image,
        "DIGEST": entry.digest,
        "REPOSITORY": image.partition("@")[0],
        "TAGS": " ".join(entry.tags),
    }


def config_map(owner: Owner, data: Mapping[str, str]) -> JSON:
    """The ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name_of(owner.name),
            "namespace": owner.namespace,
            "labels": labels(owner),
            "annotations": {names.ANNOTATION_NAME: owner.name},
            "ownerReferences": [owner.reference],
        },
        "data": dict(data),
    }


def labels(owner: Owner) -> Mapping[str, str]:
    """Its labels."""
    return {
        names.LABEL_MANAGED_BY: names.MANAGED_BY,
        names.LABEL_OWNER: owner.uid,
        **WATCHED,
    }


def noted(found: ImageBuildStatus, words: str) -> ImageBuildStatus:
    """The status that says of a published image why the ConfigMap does not name it."""
    conditions = tuple(
        one.model_copy(update={"message": f"{one.message}; {words}"[:_LONGEST_MESSAGE]})
        if (one.type, one.status) == ("Ready", "True")
        else one
        for one in found.conditions
    )
    return found.model_copy(update={"conditions": conditions})
