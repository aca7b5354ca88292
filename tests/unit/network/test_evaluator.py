"""The tests' own reading of NetworkPolicies, by the cases that Kubernetes' documentation gives."""

import pytest
from tests.networkpolicy import Pod, passes

WEB = Pod("10.0.0.1", "shop", {"app": "web"}, {"team": "a"}, {"http": 8080})
DB = Pod("10.0.0.2", "shop", {"app": "db"}, {"team": "a"}, {"sql": 5432})
OTHER = Pod("10.0.1.3", "elsewhere", {"app": "web"}, {"team": "b"})
WORLD = Pod("93.184.216.34")


def policy(*, namespace="shop", pods=None, **spec):
    found = {"podSelector": {} if pods is None else pods, **spec}
    return {"metadata": {"name": "p", "namespace": namespace}, "spec": found}


def of(app):
    return {"matchLabels": {"app": app}}


def expression(operator, *values):
    found = {"key": "app", "operator": operator, **({"values": list(values)} if values else {})}
    return {"matchExpressions": [found]}


FROM_WEB = {"from": [{"podSelector": of("web")}]}
TEAM_B = {"namespaceSelector": {"matchLabels": {"team": "b"}}}
PORTS = {"protocol": "TCP", "port": 100, "endPort": 200}


@pytest.mark.parametrize(
    ("policies", "source", "target", "port", "expected"),
    [
        ((), WEB, DB, 1, True),
        # One direction isolated is not the other; ingress is where no type is named.
        ((policy(pods=of("db")),), WEB, DB, 1, False),
        ((policy(pods=of("db")),), DB, WEB, 1, True),
        ((policy(pods=of("web"), policyTypes=["Egress"]),), WEB, DB, 1, False),
        ((policy(pods=of("web"), policyTypes=["Egress"]),), DB, WEB, 1, True),
        ((policy(pods=of("web"), egress=[{}]),), WEB, DB, 1, True),
        ((policy(pods=of("web"), egress=[{}]),), DB, WEB, 1, False),
        ((policy(pods=of("web"), policyTypes=["Egress"]),), WEB, WORLD, 443, False),
        # Another namespace's policy binds nobody here.
        ((policy(namespace="elsewhere"),), WEB, DB, 1, True),
        # A peer is of this namespace unless it names others; both selectors are "and".
        ((policy(pods=of("db"), ingress=[FROM_WEB]),), WEB, DB, 1, True),
        ((policy(pods=of("db"), ingress=[FROM_WEB]),), OTHER, DB, 1, False),
        ((policy(pods=of("db"), ingress=[{"from": [TEAM_B]}]),), OTHER, DB, 1, True),
        ((policy(pods=of("db"), ingress=[{"from": [TEAM_B]}]),), WEB, DB, 1, False),
        (
            (policy(pods=of("db"), ingress=[{"from": [TEAM_B | {"podSelector": of("db")}]}]),),
            OTHER, DB, 1, False,
        ),
        ((policy(pods=of("db"), ingress=[{"from": [TEAM_B]}]),), WORLD, DB, 1, False),
        # An empty list of peers is all of them, no rule at all is none.
        ((policy(pods=of("db"), ingress=[{"from": []}]),), WORLD, DB, 1, True),
        ((policy(pods=of("db"), ingress=[]),), WORLD, DB, 1, False),
        # Ports: by number, by name of the target's, by range, by protocol.
        ((policy(pods=of("db"), ingress=[{"ports": [{"port": 5432}]}]),), WEB, DB, 5432, True),
        ((policy(pods=of("db"), ingress=[{"ports": [{"port": 5432}]}]),), WEB, DB, 5433, False),
        ((policy(pods=of("db"), ingress=[{"ports": [{"port": "sql"}]}]),), WEB, DB, 5432, True),
        ((policy(pods=of("db"), ingress=[{"ports": [{"port": "http"}]}]),), WEB, DB, 8080, False),
        ((policy(pods=of("db"), ingress=[{"ports": [PORTS]}]),), WEB, DB, 200, True),
        ((policy(pods=of("db"), ingress=[{"ports": [PORTS]}]),), WEB, DB, 201, False),
        (
            (policy(pods=of("db"), ingress=[{"ports": [{"protocol": "UDP"}]}]),),
            WEB, DB, 5432, False,
        ),
        # What one policy allows no other takes away.
        ((policy(pods=of("db")), policy(pods=of("db"), ingress=[FROM_WEB])), WEB, DB, 1, True),
        ((policy(pods=expression("In", "db")),), WEB, DB, 1, False),
        ((policy(pods=expression("NotIn", "db")),), WEB, DB, 1, True),
        ((policy(pods=expression("Exists")),), WEB, DB, 1, False),
        ((policy(pods=expression("DoesNotExist")),), WEB, DB, 1, True),
    ],
)  # fmt: skip
def test_a_connection_passes_as_kubernetes_says(policies, source, target, port, expected):
    assert passes(policies, source, target, port) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [("93.184.216.34", True), ("10.1.2.3", False), ("10.9.0.1", True), ("2001:db8::1", False)],
)
def test_a_block_is_its_range_without_the_exceptions(address, expected):
    block = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/13"]}
    bound = policy(policyTypes=["Egress"], egress=[{"to": [{"ipBlock": block}]}])
    assert passes([bound], WEB, Pod(address), 443) is expected
