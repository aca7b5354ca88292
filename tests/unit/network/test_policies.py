"""Whom builds and the operator reach, and who reaches them, under the policies that are shipped."""

import copy
import functools
import operator
from pathlib import Path

import pytest
import yaml
from tests.builders import made
from tests.e2e import pages
from tests.networkpolicy import Pod, passes

NETWORK = Path(__file__).parents[3] / "manifests/network"
DEPLOYMENT = yaml.safe_load((NETWORK.parent / "base/deployment.yaml").read_text())
PAGE = "docs/how-to/build-namespaces.md"


def policy(path, namespace):
    found = yaml.safe_load(path.read_text())
    found["metadata"]["namespace"] = namespace
    return found


def a_pod(address, namespace, labels, **ports):
    return Pod(address, namespace, labels, {"kubernetes.io/metadata.name": namespace}, ports)


_, JOB = made()
BUILD = a_pod("10.244.0.9", "team-a", JOB["spec"]["template"]["metadata"]["labels"])
ANOTHER = a_pod("10.244.0.10", "team-b", BUILD.labels)
APP = a_pod("10.244.0.11", "team-a", {"app": "web"})
DNS = a_pod("10.244.0.2", "kube-system", {"k8s-app": "kube-dns"})
CONTROLLER = a_pod("10.244.0.3", "kube-system", {"component": "controller"})
FAKE_DNS = a_pod("10.244.0.4", "team-b", {"k8s-app": "kube-dns"})
REGISTRY = a_pod("10.244.0.5", "registry", {"app.kubernetes.io/name": "registry"})
OPERATOR = a_pod(
    "10.244.0.6",
    "imagebuild-system",
    DEPLOYMENT["spec"]["template"]["metadata"]["labels"],
    **{
        port["name"]: port["containerPort"]
        for port in DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]["ports"]
    },
)
PROMETHEUS = a_pod("10.244.0.7", "monitoring", {"app": "prometheus"})

BUILDS = policy(NETWORK / "builds/networkpolicy.yaml", "team-a")
OF_THE_OPERATOR = policy(NETWORK / "operator/networkpolicy.yaml", "imagebuild-system")
SITE = yaml.safe_load(pages.files(pages.blocks(PAGE))["site/kustomization.yaml"])
NAMED = yaml.safe_load(pages.files(pages.blocks(PAGE))["team-b/named.yaml"])
NAMED["metadata"]["namespace"] = "team-a"


@pytest.mark.parametrize(
    ("target", "port", "protocol", "expected"),
    [
        (DNS, 53, "UDP", True),
        (DNS, 53, "TCP", True),
        (DNS, 9153, "TCP", False),
        (CONTROLLER, 53, "UDP", False),
        (FAKE_DNS, 53, "UDP", False),
        (Pod("93.184.216.34"), 443, "TCP", True),
        (Pod("93.184.216.34"), 443, "UDP", False),
        (Pod("93.184.216.34"), 80, "TCP", False),
        (Pod("93.184.216.34"), 22, "TCP", False),
        (Pod("93.184.216.34"), 53, "UDP", False),
        (Pod("2606:2800:220:1:248:1893:25c8:1946"), 443, "TCP", True),
        (Pod("2606:2800:220:1:248:1893:25c8:1946"), 80, "TCP", False),
        (APP, 443, "TCP", False),
        (ANOTHER, 443, "TCP", False),
        (REGISTRY, 5000, "TCP", False),
        (OPERATOR, 9090, "TCP", False),
    ],
)
def test_a_build_reaches_the_clusters_dns_and_the_world_by_https(target, port, protocol, expected):
    assert passes([BUILDS], BUILD, target, port, protocol) is expected


DENIED = {
    "metadata of AWS, Google, Azure, Oracle, OpenStack": "169.254.169.254",
    "credentials of ECS tasks": "169.254.170.2",
    "metadata of AWS by IPv6": "fd00:ec2::254",
    "metadata of Google by IPv6": "fd20:ce::254",
    "metadata of Alibaba": "100.100.100.200",
    "metadata of Oracle Classic": "192.0.0.192",
    "Azure's host": "168.63.129.16",
    "metadata by NAT64": "64:ff9b::a9fe:a9fe",
    "metadata by 6to4": "2002:a9fe:a9fe::1",
    "metadata by an IPv4 address in IPv6": "::169.254.169.254",
    "metadata by Teredo": "2001:0:a9fe:a9fe::1",
    "site-local": "fec0::1",
    "discarded": "100::1",
    "documentation": "2001:db8::1",
    "link-local": "fe80::1",
    "NodeLocal DNSCache": "169.254.20.10",
    "the API server's Service": "10.96.0.1",
    "a pod": "10.244.0.99",
    "a node": "10.89.0.21",
    "a Docker network": "172.17.0.1",
    "a network at home": "192.168.1.1",
    "itself": "127.0.0.1",
    "itself by IPv6": "::1",
    "this network": "0.0.0.1",
    "unspecified by IPv6": "::",
    "carriers' NAT": "100.64.0.1",
    "private IPv6": "fd12::1",
    "multicast": "224.0.0.251",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "multicast IPv6": "ff02::1",
}


@pytest.mark.parametrize("address", DENIED.values(), ids=DENIED.keys())
@pytest.mark.parametrize("port", [53, 80, 443, 6443, 10250])
def test_a_build_reaches_nothing_private_unless_it_is_named(address, port):
    assert not passes([BUILDS], BUILD, Pod(address), port)


@pytest.mark.parametrize("address", ["9.255.255.255", "11.0.0.0", "100.63.255.255", "172.32.0.1",
                                     "169.253.0.1", "168.63.129.17", "192.169.0.1", "223.255.0.1",
                                     "2001:4860::1", "2600::1"])  # fmt: skip
def test_what_borders_on_a_denied_range_is_not_denied(address):
    assert passes([BUILDS], BUILD, Pod(address), 443)


@pytest.mark.parametrize("source", [APP, ANOTHER, OPERATOR, Pod("93.184.216.34")])
@pytest.mark.parametrize("port", [1, 443, 1234, 8080])
def test_nobody_reaches_a_build(source, port):
    assert not passes([BUILDS], source, BUILD, port)


def test_the_apps_pods_of_the_namespace_are_left_alone():
    assert passes([BUILDS], ANOTHER, APP, 80)
    assert passes([BUILDS], APP, Pod("169.254.169.254"), 80)


@pytest.mark.parametrize(
    ("target", "port", "expected"),
    [
        (REGISTRY, 5000, True),
        (REGISTRY, 5001, False),
        (a_pod("10.244.0.8", "team-b", REGISTRY.labels), 5000, False),
        (a_pod("10.244.0.8", "registry", {"app": "another"}), 5000, False),
        (Pod("10.20.0.10"), 22, True),
        (Pod("10.20.0.10"), 443, False),
        (Pod("10.20.0.11"), 22, False),
        (Pod("93.184.216.34"), 443, True),
        (Pod("169.254.169.254"), 80, False),
    ],
)
def test_what_a_policy_beside_it_names_is_reached_and_nothing_else(target, port, expected):
    assert passes([BUILDS, NAMED], BUILD, target, port) is expected


@pytest.mark.parametrize(
    ("source", "target", "port", "expected"),
    [
        (OPERATOR, Pod("10.96.0.1"), 443, True),
        (OPERATOR, Pod("10.89.0.21"), 6443, True),
        (OPERATOR, Pod("203.0.113.10"), 443, True),
        (OPERATOR, DNS, 53, True),
        (OPERATOR, Pod("10.89.0.21"), 10250, False),
        (OPERATOR, Pod("10.89.0.21"), 2379, False),
        (OPERATOR, Pod("169.254.169.254"), 80, False),
        (OPERATOR, Pod("169.254.169.254"), 443, False),
        (OPERATOR, Pod("fd00:ec2::254"), 443, False),
        (PROMETHEUS, OPERATOR, 9090, True),
        (APP, OPERATOR, 9090, False),
        (BUILD, OPERATOR, 9090, False),
        (Pod("10.89.0.21"), OPERATOR, 8080, True),
        (PROMETHEUS, OPERATOR, 22, False),
    ],
)
def test_the_operator_reaches_the_api_server_and_prometheus_reaches_it(
    source, target, port, expected
):
    assert passes([OF_THE_OPERATOR], source, target, port) is expected


@pytest.mark.parametrize(
    ("target", "port", "expected"),
    [
        (Pod("203.0.113.10"), 8443, True),
        (Pod("203.0.113.10"), 443, False),
        (Pod("203.0.113.11"), 8443, False),
        (Pod("93.184.216.34"), 443, False),
        (DNS, 53, True),
    ],
)
def test_the_operator_reaches_nothing_but_the_api_server_that_is_named(target, port, expected):
    narrowed = copy.deepcopy(OF_THE_OPERATOR)
    for step in yaml.safe_load(SITE["patches"][0]["patch"]):
        *way, last = (int(w) if w.isdigit() else w for w in step["path"].split("/")[1:])
        functools.reduce(operator.getitem, way, narrowed)[last] = step["value"]
    assert passes([narrowed], OPERATOR, target, port) is expected
