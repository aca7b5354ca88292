"""Kubernetes quantities, and what a spec asks of them."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from imagebuild.api import resources
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec

_MEND = "write it as 500m, 2 or 4Gi"
_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = "KMGTPE"
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[eE]([-+]?[0-9]{1,2})|([KMGTPE])i|([numkMGTPE]?))")


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Names that are no resource's, limits that limit nothing, and requests above their limits."""
    if spec.resources is None:
        return
    asked = {"requests": spec.resources.requests, "limits": spec.resources.limits}
    for part, amounts in asked.items():
        for name in amounts:
            if not resources.is_resource(name):
                path = f"spec.resources.{part}.{name}"
                yield Problem(path, f"there is no resource {name}", resources.mend(name))
    yield from _unlimited(spec.resources.limits)
    yield from _above(**asked)


def is_none(limit: str | int) -> bool:
    """Whether this limit is none: what Kubernetes makes of 0. ValueError for no quantity."""
    return quantity(limit) == 0


def _unlimited(limits: Mapping[str, str | int]) -> Iterator[Problem]:
    for name, limit in limits.items():
        try:
            unlimited = is_none(limit)
        except ValueError as error:
            yield Problem(f"spec.resources.limits.{name}", str(error), _MEND)
            continue
        if unlimited:
            what = f"{limit} would be no limit: Kubernetes takes it for none"
            mend = "write the most that the build may use, or leave it out"
            yield Problem(f"spec.resources.limits.{name}", what, mend)


def _above(requests: Mapping[str, str | int], limits: Mapping[str, str | int]) -> Iterator[Problem]:
    for name, request in requests.items():
        try:
            above = name in limits and quantity(request) > quantity(limits[name])
        except ValueError as error:
            yield Problem("spec.resources", str(error), _MEND)
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
