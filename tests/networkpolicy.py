"""Who may reach whom, by the rules of NetworkPolicies (networking.k8s.io/v1, NetworkPolicySpec).

A connection passes where neither the policies of its source forbid it to leave nor those of its
target to come in. Policies that select a pod add up; a pod that none selects is open.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = Mapping[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod, or with no namespace an address outside of the cluster's pods.

    `labels` and `space`: the labels of the pod and of its namespace. `ports`: name -> number.
    """

    address: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    space: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)


def passes(
    policies: Iterable[JSON], source: Pod, target: Pod, port: int, protocol: str = "TCP"
) -> bool:
    """Whether source may open this port of target."""
    found = list(policies)
    return all(
        _open(found, pod, direction)
        or any(
            _peer(policy, rule.get(side), other)
            and _port(rule.get("ports"), target, port, protocol)
            for policy in _of(found, pod, direction)
            for rule in policy["spec"].get(direction.lower()) or []
        )
        for pod, other, direction, side in (
            (source, target, "Egress", "to"),
            (target, source, "Ingress", "from"),
        )
    )


def _open(policies: Iterable[JSON], pod: Pod, direction: str) -> bool:
    return not pod.namespace or not list(_of(policies, pod, direction))


def _of(policies: Iterable[JSON], pod: Pod, direction: str) -> Iterable[JSON]:
    """The policies that bind a pod in one direction."""
    for policy in policies:
        spec = policy["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
        here = pod.namespace and policy["metadata"]["namespace"] == pod.namespace
        if here and direction in types and _selects(spec["podSelector"], pod.labels):
            yield policy


def _peer(policy: JSON, peers: Iterable[JSON] | None, other: Pod) -> bool:
    """No peers at all are all of them."""
    return not peers or any(_is(policy, peer, other) for peer in peers)


def _is(policy: JSON, peer: JSON, other: Pod) -> bool:
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return _within(block["cidr"], other) and not any(
            _within(cidr, other) for cidr in block.get("except", [])
        )
    if not other.namespace:
        return False
    if "namespaceSelector" in peer:
        here = _selects(peer["namespaceSelector"], other.space)
    else:
        here = other.namespace == policy["metadata"]["namespace"]
    return here and _selects(peer.get("podSelector", {}), other.labels)


def _within(cidr: str, other: Pod) -> bool:
    return ipaddress.ip_address(other.address) in ipaddress.ip_network(cidr)


def _port(ports: Iterable[JSON] | None, target: Pod, port: int, protocol: str) -> bool:
    """No ports at all are all of them; a name is the target's."""
    return not ports or any(
        found.get("protocol", "TCP") == protocol and _number(found, target, port) for found in ports
    )


def _number(found: JSON, target: Pod, port: int) -> bool:
    if "port" not in found:
        return True
    first = found["port"]
    if isinstance(first, str):
        return target.ports.get(first) == port
    return bool(first <= port <= found.get("endPort", first))


def _selects(selector: JSON, labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(expression, labels) for expression in selector.get("matchExpressions", [])
    )


def _meets(expression: JSON, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    return {
        "In": value in expression.get("values", []),
        "NotIn": value not in expression.get("values", []),
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[str(expression["operator"])]
