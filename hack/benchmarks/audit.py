"""Who wrote what, from the API server's audit log (audit.k8s.io/v1, one JSON object a line)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from testbed import kindcluster

from benchmarks.api import USER_AGENT, Object

OPERATOR = "imagebuild-operator"
_SUCCESS = range(200, 300)
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True)
class Writes:
    """Successful writes to a namespace, Events and leases apart: the operator's, and all."""

    operator: int
    cluster: int


def writes(cluster: kindcluster.Cluster, namespace: str, *, begun: float, ended: float) -> Writes:
    """Count them between two moments (seconds since the epoch)."""
    found = [
        entry["userAgent"]
        for entry in _entries(cluster)
        if entry["verb"] in _WRITES
        and _in(entry, namespace)
        and begun <= datetime.fromisoformat(entry["requestReceivedTimestamp"]).timestamp() <= ended
    ]
    others = [agent for agent in found if not agent.startswith(USER_AGENT)]
    return Writes(sum(agent.startswith(OPERATOR) for agent in found), len(others))


def _in(entry: Object, namespace: str) -> bool:
    about = entry.get("objectRef", {})
    ours = about.get("namespace") == namespace
    return ours and about.get("resource") not in ("events", "leases")


def _entries(cluster: kindcluster.Cluster) -> Iterator[Object]:
    lines = cluster.in_node("tail", "-n", "5000", kindcluster.AUDIT_LOG).splitlines()
    for line in lines:
        entry = json.loads(line)
        if entry.get("stage") == "ResponseComplete" and entry["responseStatus"]["code"] in _SUCCESS:
            yield entry
