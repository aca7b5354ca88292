"""Who wrote what, from the API server's audit log (audit.k8s.io/v1, one JSON object a line)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from testbed import kindcluster

from benchmarks.api import USER_AGENT, Object

OPERATOR = "imagebuild-operator"
_LINES = 20_000
_SUCCESS = range(200, 300)
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True)
class Writes:
    """Successful writes to a namespace, Events and leases apart: the operator's, and all."""

    operator: int
    cluster: int


@dataclass(frozen=True)
class Write:
    """One of them: `resource` with its subresource, as in `imagebuilds/status`."""

    agent: str
    resource: str
    name: str

    @property
    def by_the_operator(self) -> bool:
        """Whether it was the operator's."""
        return self.agent.startswith(OPERATOR)


def writes(cluster: kindcluster.Cluster, namespace: str, *, begun: float, ended: float) -> Writes:
    """Count them between two moments (seconds since the epoch)."""
    found = every(cluster, namespace, begun=begun, ended=ended)
    others = [write for write in found if not write.agent.startswith(USER_AGENT)]
    return Writes(sum(write.by_the_operator for write in found), len(others))


def every(
    cluster: kindcluster.Cluster, namespace: str, *, begun: float, ended: float
) -> list[Write]:
    """Return them one by one."""
    return [
        _write(entry)
        for entry in _entries(cluster)
        if entry["verb"] in _WRITES
        and _in(entry, namespace)
        and begun <= datetime.fromisoformat(entry["requestReceivedTimestamp"]).timestamp() <= ended
    ]


def _write(entry: Object) -> Write:
    about = entry["objectRef"]
    parts = [about["resource"], about.get("subresource", "")]
    resource = "/".join(part for part in parts if part)
    return Write(entry["userAgent"], resource, about.get("name", ""))


def _in(entry: Object, namespace: str) -> bool:
    about = entry.get("objectRef", {})
    ours = about.get("namespace") == namespace
    return ours and about.get("resource") not in ("events", "leases")


def _entries(cluster: kindcluster.Cluster) -> Iterator[Object]:
    lines = cluster.in_node("tail", "-n", str(_LINES), kindcluster.AUDIT_LOG).splitlines()
    for line in lines:
        entry = json.loads(line)
        if entry.get("stage") == "ResponseComplete" and entry["responseStatus"]["code"] in _SUCCESS:
            yield entry
