"""What the controller asks of a cluster, as plain JSON in and out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

JSON = dict[str, Any]


class RefusedError(Exception):
    """The API server will not take an object: quota, admission, validation; in its own words."""


class ExistsError(Exception):
    """There is an object of that name already."""


class UnknownKindError(Exception):
    """The API server knows no such kind: what would bring it is not installed."""


class NoLogError(Exception):
    """A container has no log, or none any more: it never ran, or its pod is gone."""


class Cluster(Protocol):
    """What ``reconcile`` needs of a cluster."""

    async def imagebuild(self, namespace: str, name: str) -> JSON | None:
        """The ImageBuild; None where there is none."""

    async def read(self, kind: str, namespace: str, name: str) -> JSON | None:
        """The ConfigMap, Job or Pod; None where there is none."""

    async def flux(self, kind: str, name: str, *, namespace: str) -> JSON | None:
        """The source of Flux; None where there is none. Raises UnknownKindError without Flux."""

    async def owned(self, kind: str, namespace: str, uid: str) -> Sequence[JSON]:
        """The Jobs or Pods of the ImageBuild with this uid."""

    async def events(self, namespace: str, uid: str) -> Sequence[JSON]:
        """The Events about the object with this uid."""

    async def last_line(self, namespace: str, pod: str, container: str) -> str:
        """The last line of a container's log; empty where there is none, or none to be had."""

    async def log(
        self, namespace: str, pod: str, container: str, *, size: int, lines: int | None = None
    ) -> bytes:
        """The beginning of a container's log, or with ``lines`` the end of its last lines.

        At most ``size`` bytes, each line after the moment in which it was printed. Raises
        NoLogError.
        """

    async def nodes(self) -> Sequence[JSON]:
        """All nodes."""

    async def create(self, manifest: Mapping[str, Any]) -> None:
        """Create a ConfigMap, Job or Event; raises RefusedError or ExistsError."""

    async def change(self, found: Mapping[str, Any], **parts: Any) -> None:
        """Replace parts of a ConfigMap that was read; nothing where another took its place.

        ``parts``: ``data``, ``labels``.
        """

    async def delete(self, kind: str, found: Mapping[str, Any]) -> None:
        """Delete a ConfigMap that was read, or a Job after its pods.

        Nothing where it is gone, or another took its place.
        """

    async def write_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """Replace the ImageBuild's whole status; nothing where the object is gone."""
