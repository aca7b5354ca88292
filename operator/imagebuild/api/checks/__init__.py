"""What is wrong with a spec that its schema cannot say: the rest of ``validate``."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from imagebuild.api import arguments, references, uses
from imagebuild.api.checks import credentials, hosts, paths, quantities, texts
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec

_MAX_KEY = 512
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?"


def all_of(spec: ImageBuildSpec) -> tuple[Problem, ...]:
    """All of it, in no order that counts."""
    whole = (arguments, texts, paths, hosts, quantities, credentials)
    checks = (
        *(module.problems for module in whole),
        _keys,
        _twice,
        _uses,
        _hidden,
        _images,
        _archives,
    )
    return tuple(problem for check in checks for problem in check(spec))


def _keys(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Keys of maps, of which a schema cannot say anything."""
    for path, labels in _labels(spec):
        for name in labels:
            if len(name) > _MAX_KEY or not re.fullmatch(_LABEL, name):
                mend = "use letters, digits, `.`, `_`, `-` and `/`, as org.opencontainers.image.url"
                yield Problem(path, f"{name!r} is no label's name", mend)
    for i, entry in enumerate(spec.publish):
        for name in entry.annotations:
            if name != name.lower():
                what = f"{name!r} has capital letters, which BuildKit makes small ones"
                yield Problem(f"spec.publish[{i}].annotations", what, "write small letters")


def _labels(spec: ImageBuildSpec) -> Iterator[tuple[str, Mapping[str, str]]]:
    for i, stage in enumerate(spec.stages):
        yield f"spec.stages[{i}].labels", stage.labels
    for i, entry in enumerate(spec.publish):
        yield f"spec.publish[{i}].labels", entry.labels
        yield f"spec.publish[{i}].annotations", entry.annotations


def _twice(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Names that must be unique, and are in what the API server has merged."""
    for field, found in (
        ("args", spec.args),
        ("contexts", spec.contexts),
        ("registrySecrets", spec.registry_secrets),
        ("secrets", spec.secrets),
        ("ssh", spec.ssh),
        ("caCertificates", spec.ca_certificates),
    ):
        for name, count in Counter(item.name for item in found).items():
            if count > 1:
                yield Problem(f"spec.{field}", f"{name} is there {count} times", "keep one")


def _uses(spec: ImageBuildSpec) -> Iterator[Problem]:
    """What mounts are of, and the whole syntax of images: too dear checks for the schema."""
    for find in (uses.later(uses.mounts), uses.bare(uses.mounts)):
        yield from (Problem(f"spec{f.field}", f.what, f.mend) for f in find(spec))
    for use in (*uses.copies(spec), *uses.mounts(spec)):
        tagged = references.has_tag_or_digest(use.name)
        if tagged and not references.is_reference(use.name):
            what = "this is no name of an image"
            yield Problem(f"spec{use.place}", what, "write it as alpine:3.18")


def _hidden(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Images that BuildKit takes for a context: it reads ``name:latest`` as ``name``."""
    values = arguments.known(spec.args)
    contexts = {context.name for context in spec.contexts}
    for use in (*uses.starts(spec), *uses.copies(spec), *uses.mounts(spec)):
        image = arguments.resolved(use.name, values) or use.name
        if image not in contexts and references.familiar(image) in contexts:
            what = f"BuildKit takes {image} for the context {references.familiar(image)}"
            yield Problem(f"spec{use.place}", what, "rename the context, or give another tag")


def _images(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Several images under one name."""
    first: dict[str, str] = {}
    for i, entry in enumerate(spec.publish):
        for j, image in enumerate(entry.images):
            path = f"spec.publish[{i}].images[{j}]"
            if first.setdefault(image, path) != path:
                yield Problem(path, f"{image} is already at {first[image]}", "keep one")


def _archives(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Several images in one file."""
    first: dict[tuple[str, str], str] = {}
    for i, entry in enumerate(spec.publish):
        if archive := entry.archive:
            path = f"spec.publish[{i}].archive"
            file = (archive.persistent_volume_claim.claim_name, paths.normal(archive.path))
            if first.setdefault(file, path) != path:
                yield Problem(
                    path, f"this file is already written by {first[file]}", "name another"
                )
