"""Makes what an attempt consists of, once: what is there already and ours counts as made."""

from collections.abc import Mapping
from typing import Any

from imagebuild.api import names
from imagebuild.controller import cluster as clusters
from imagebuild.controller import ownership
from imagebuild.controller.ownership import InTheWayError


async def make(cluster: clusters.Cluster, manifest: Mapping[str, Any]) -> None:
    """Create an object of an ImageBuild's; raises RefusedError or InTheWayError."""
    try:
        await cluster.create(manifest)
    except clusters.ExistsError:
        await _adopt(cluster, manifest)


async def _adopt(cluster: clusters.Cluster, wanted: Mapping[str, Any]) -> None:
    """Take what is there already as made, if it is ours and of now."""
    kind, metadata = wanted["kind"], wanted["metadata"]
    found = await cluster.read(kind, metadata["namespace"], metadata["name"])
    if found is None:
        raise InTheWayError(f"{kind} {metadata['name']} was just deleted")
    try:
        ownership.check(found, metadata["ownerReferences"][0]["uid"])
    except clusters.RefusedError as error:
        raise clusters.RefusedError(f"{error}, the build starts by itself then") from None
    if _purpose(found["metadata"]) != _purpose(metadata):
        await cluster.delete(kind, metadata["namespace"], metadata["name"])
        raise InTheWayError(f"{kind} {metadata['name']} was of a spec that is no more")


def _purpose(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    notes = metadata.get("annotations") or {}
    return tuple(str(notes.get(n)) for n in (names.ANNOTATION_INPUTS, names.ANNOTATION_SPEC))
