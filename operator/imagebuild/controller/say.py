"""How an ImageBuild says how it is: what stands in its status, and Events."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from imagebuild.api import names
from imagebuild.controller.cluster import JSON, Cluster
from imagebuild.core.action import Event
from imagebuild.core.imagebuild import ImageBuild

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """What an ImageBuild says of itself.

    ``written``: its status in the API server's JSON. ``again``: when to look again for what could
    not be said yet; None: there is no such thing.
    """

    build: ImageBuild
    written: JSON
    again: timedelta | None = None

    def differs(self, written: JSON) -> bool:
        """Whether this status is to be written: not over what is the same, or being deleted."""
        return not self.build.deleting and written != self.written

    def look_again(self, after: timedelta | None) -> "Said":
        """The same, to be looked at again after this time or earlier."""
        waits = [wait for wait in (self.again, after) if wait is not None]
        return replace(self, again=min(waits, default=None))


async def tell(cluster: Cluster, build: ImageBuild, events: Sequence[Event], now: datetime) -> None:
    """Write Events; one that is lost is no reason to look at the object again."""
    for event in events:
        try:
            await cluster.create(_manifest(build, event, now))
        except Exception as error:  # noqa: BLE001  whatever it is, the status says the same
            logger.warning("no Event %s about %s: %s", event.reason, build.owner, error)


def _manifest(build: ImageBuild, event: Event, now: datetime) -> JSON:
    """A core/v1 Event about the ImageBuild (Kubernetes API reference, Event)."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    owner = build.owner
    metadata: JSON = {"generateName": f"{owner.name[:50]}-", "namespace": owner.namespace}
    if event.revision:
        metadata["annotations"] = {names.ANNOTATION_REVISION: event.revision}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": metadata,
        "involvedObject": {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "namespace": owner.namespace,
            "name": owner.name,
            "uid": owner.uid,
        },
        "type": "Warning" if event.warning else "Normal",
        "reason": event.reason,
        "message": event.message[:1024],
        "source": {"component": "imagebuild"},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    }
