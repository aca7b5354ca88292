"""With which security profile build pods run, and on which nodes.

``userns`` gives every RUN step its own process tree inside a user namespace of the pod, so it is
taken wherever a node's runtime offers it; ``unconfined`` works on any node, but its steps share
the daemon's process tree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How the daemon is kept apart from its node and from its steps."""

    USERNS = "userns"
    UNCONFINED = "unconfined"


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind, what the nodes hold for it, and which nodes those are.

    ``seccomp``: a profile file on the nodes; None: Unconfined. ``apparmor``: a profile that they
    have loaded; None: the runtime's own, or Unconfined where seccomp is that too. ``nodes``: host
    names that the pod must be held to; empty: any node will do.
    """

    kind: Kind
    seccomp: str | None = None
    apparmor: str | None = None
    nodes: tuple[str, ...] = ()


def choose(nodes: Sequence[Mapping[str, Any]]) -> Profile:
    """The profile for a cluster with these Node objects.

    userns where every schedulable Linux node offers it, else userns held to those that do, else
    unconfined.
    """
    usable = [node for node in nodes if schedulable_linux(node)]
    offering = [node for node in usable if offers_user_namespaces(node)]
    if not offering:
        return Profile(Kind.UNCONFINED)
    held = () if len(offering) == len(usable) else tuple(sorted(_hostname(n) for n in offering))
    return Profile(Kind.USERNS, nodes=held)


def schedulable_linux(node: Mapping[str, Any]) -> bool:
    """Whether a build's pod may come to run on this Node."""
    info = node.get("status", {}).get("nodeInfo", {})
    linux = info.get("operatingSystem", "linux") == "linux"
    return linux and not node.get("spec", {}).get("unschedulable", False)


def offers_user_namespaces(node: Mapping[str, Any]) -> bool:
    """Whether the Node's usual runtime handler says so.

    It does in ``status.runtimeHandlers[].features.userNamespaces`` (Kubernetes API reference,
    NodeStatus).
    """
    handlers = node.get("status", {}).get("runtimeHandlers") or []
    default = [h for h in handlers if not h.get("name")] or handlers
    return any((h.get("features") or {}).get("userNamespaces") for h in default)


def _hostname(node: Mapping[str, Any]) -> str:
    metadata = node["metadata"]
    return str(metadata.get("labels", {}).get("kubernetes.io/hostname", metadata["name"]))
