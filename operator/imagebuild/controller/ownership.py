"""Whose an object is that is there already under a name that one of ours is to have."""

from collections.abc import Mapping, Sequence
from typing import Any

from imagebuild.api import names
from imagebuild.controller.cluster import JSON, RefusedError


class InTheWayError(Exception):
    """An object of the same name that is not ours, or not of now, has yet to be collected."""


def uids(item: JSON) -> set[str]:
    """The owners of an object."""
    return {owner["uid"] for owner in _references(item)}


def check(found: JSON, uid: str) -> None:
    """Raise what keeps an object that is there from being that of the ImageBuild with this uid.

    RefusedError where it is somebody else's for good, InTheWayError where it is about to go.
    """
    kind, name = found["kind"], found["metadata"]["name"]
    going = "deletionTimestamp" in found["metadata"]
    if not going and names.KIND not in {owner["kind"] for owner in _references(found)}:
        raise RefusedError(f"there is a {kind} {name} already that is no ImageBuild's; delete it")
    if going or uid not in uids(found):
        raise InTheWayError(f"{kind} {name} is still that of another ImageBuild")


def _references(item: JSON) -> Sequence[Mapping[str, Any]]:
    return item["metadata"].get("ownerReferences") or []
