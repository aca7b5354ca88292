"""Kubernetes quantities, and what a spec asks of them."""

import re
from collections.abc import Iterator
from fractions import Fraction

from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec

_SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = "KMGTPE"
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:[eE]([-+]?[0-9]{1,2})|([KMGTPE])i|([numkMGTPE]?))")


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Requests above their limits."""
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
