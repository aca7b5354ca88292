"""Makes what an attempt consists of, once, and takes it away again.

What is there already and ours counts as made; what is not ours is left alone.
"""

from collections.abc import Mapping
from typing import Any

from imagebuild.api import names
from imagebuild.controller import cluster as clusters
from imagebuild.controller import ownership
from imagebuild.controller.ownership import InTheWayError
from imagebuild.core.owner import Owner


async def make(cluster: clusters.Cluster, manifest: Mapping[str, Any]) -> None:
    """Create an object of an ImageBuild's; raises RefusedError or InTheWayError."""
    try:
        await cluster.create(manifest)
    except clusters.ExistsError:
        await _adopt(cluster, manifest)


async def unmake(cluster: clusters.Cluster, kind: str, name: str, *, owner: Owner) -> None:
    """Delete the ConfigMap or Job of this name, if it is this ImageBuild's."""
    found = await cluster.read(kind, owner.namespace, name)
    if found is not None and owner.uid in ownership.uids(found):
        await cluster.delete(kind, found)


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
        await cluster.delete(kind, found)
        raise InTheWayError(f"{kind} {metadata['name']} was of a spec that is no more")


def _purpose(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    notes = metadata.get("annotations") or {}
    return tuple(str(notes.get(n)) for n in (names.ANNOTATION_INPUTS, names.ANNOTATION_SPEC))
