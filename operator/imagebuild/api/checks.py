"""What is wrong with a spec that its schema cannot say: the rest of ``validate``."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from imagebuild.api import paths, rules, variables
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec, Stage, Step

# Build arguments that BuildKit sets (https://docs.docker.com/reference/dockerfile/#arg).
PREDEFINED = frozenset(
    side + part for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)
_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = "KMGTPE"
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[eE]([-+]?[0-9]{1,2})|([KMGTPE])i|([numkMGTPE]?))")
_MAX_KEY = 512
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?"


def all_of(spec: ImageBuildSpec) -> tuple[Problem, ...]:
    """All of it, in no order that counts."""
    checks = (_bases, _variables, _unknown_args, _keys, paths.problems, _references, _images)
    return tuple(problem for check in (*checks, _resources) for problem in check(spec))


def _bases(spec: ImageBuildSpec) -> Iterator[Problem]:
    """``from`` with variables: known ones only, and what comes of them is a stage or an image."""
    values = {arg.name: arg.value for arg in spec.args}
    earlier = {"scratch"}
    for index, stage in enumerate(spec.stages):
        path = f"spec.stages[{index}].from"
        if "$" in stage.from_:
            yield from _base(path, stage.from_, values, earlier)
        earlier.add(stage.name)


def _base(
    path: str, text: str, values: Mapping[str, str], earlier: Iterable[str]
) -> Iterator[Problem]:
    try:
        parts = variables.parse(text)
    except ValueError as error:
        yield Problem(path, str(error), "correct the variable")
        return
    unknown = sorted(set(variables.names(parts)) - set(values))
    if unknown:
        yield Problem(path, f"there is no build argument {unknown[0]}", "add it to spec.args")
        return
    base = variables.expand(parts, values)
    if base in earlier:
        return
    if not rules.is_reference(base):
        yield Problem(path, f"this becomes {base!r}, which is no image", "correct spec.args")
    elif not rules.has_tag_or_digest(base):
        what = f"this becomes {base}, which is no earlier stage, and an image needs a tag"
        yield Problem(path, what, "correct the name, or add the tag, as alpine:3.18")


def _variables(spec: ImageBuildSpec) -> Iterator[Problem]:
    for path, text in _expanded(spec):
        try:
            variables.parse(text)
        except ValueError as error:
            yield Problem(path, str(error), "correct the variable")


def _expanded(spec: ImageBuildSpec) -> Iterator[tuple[str, str]]:
    """Every text in which ``$`` is a Dockerfile's, but ``from``."""
    for i, stage in enumerate(spec.stages):
        yield from _expanded_state(stage, f"spec.stages[{i}]")
        for name, value in stage.labels.items():
            yield f"spec.stages[{i}].labels.{name}", value
        for j, step in enumerate(stage.steps):
            path = f"spec.stages[{i}].steps[{j}]"
            yield from _expanded_state(step, path)
            yield from ((f"{path}.copy[{k}]", text) for k, text in enumerate(step.copy_ or ()))
            if step.to is not None:
                yield f"{path}.to", step.to


def _expanded_state(source: Stage | Step, path: str) -> Iterator[tuple[str, str]]:
    yield from ((f"{path}.env[{i}].value", env.value) for i, env in enumerate(source.env or ()))
    if source.workdir is not None:
        yield f"{path}.workdir", source.workdir
    if isinstance(source.user, str):
        yield f"{path}.user", source.user


def _unknown_args(spec: ImageBuildSpec) -> Iterator[Problem]:
    known = {arg.name for arg in spec.args} | PREDEFINED
    for i, stage in enumerate(spec.stages):
        places = [(f"spec.stages[{i}]", stage.args)]
        places += [
            (f"spec.stages[{i}].steps[{j}]", s.args or ()) for j, s in enumerate(stage.steps)
        ]
        for path, listed in places:
            for k, name in enumerate(listed):
                if name not in known:
                    what = f"there is no build argument {name}"
                    yield Problem(f"{path}.args[{k}]", what, "add it to spec.args")


def _keys(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Keys of maps, of which a schema cannot say anything, and names that must be unique."""
    for i, stage in enumerate(spec.stages):
        for name in stage.labels:
            if len(name) > _MAX_KEY or not re.fullmatch(_LABEL, name):
                mend = "use letters, digits, `.`, `_`, `-` and `/`, as org.opencontainers.image.url"
                yield Problem(f"spec.stages[{i}].labels", f"{name!r} is no label's name", mend)
    for field, names in (
        ("args", [arg.name for arg in spec.args]),
        ("registrySecrets", [secret.name for secret in spec.registry_secrets]),
    ):
        for name, count in Counter(names).items():
            if count > 1:
                yield Problem(f"spec.{field}", f"{name} is there {count} times", "keep one")


def _references(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Images that files are copied from, whose whole syntax is too dear a check for the schema."""
    names = {stage.name for stage in spec.stages}
    for i, stage in enumerate(spec.stages):
        for j, step in enumerate(stage.steps):
            if step.from_ and step.from_ not in names and not rules.is_reference(step.from_):
                path = f"spec.stages[{i}].steps[{j}].from"
                yield Problem(path, "this is no name of an image", "write it as alpine:3.18")


def _images(spec: ImageBuildSpec) -> Iterator[Problem]:
    places = [
        (f"spec.publish[{i}].images[{j}]", image)
        for i, entry in enumerate(spec.publish)
        for j, image in enumerate(entry.images)
    ]
    first: dict[str, str] = {}
    for path, image in places:
        if first.setdefault(image, path) != path:
            yield Problem(path, f"{image} is already at {first[image]}", "keep one")


def _resources(spec: ImageBuildSpec) -> Iterator[Problem]:
    if spec.resources is None:
        return
    limits = spec.resources.limits
    for name, request in spec.resources.requests.items():
        try:
            above = name in limits and quantity(request) > quantity(limits[name])
        except ValueError as error:
            yield Problem("spec.resources", str(error), "write it as 500m, 2 or 4Gi")
            continue
        if above:
            what = f"{name} requests {request}, more than its limit {limits[name]}"
            yield Problem("spec.resources", what, "raise the limit or lower the request")


def quantity(text: str | int) -> Fraction:
    """A Kubernetes quantity (``500m``, ``2Gi``, ``1e3``) as a number, exactly.

    ValueError where it is none, or has an exponent of more than two digits.
    """
    if isinstance(text, int):
        return Fraction(text)
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no quantity")
    number, exponent, binary, suffix = match.groups()
    if binary is not None:
        return Fraction(number) * (1 << 10 * (1 + _BINARY.index(binary)))
    return Fraction(f"{number}e{exponent or _SUFFIXES[suffix or '']}")
