"""What the preflight says of NetworkPolicy, and how its pods find out whether a port is open."""

import contextlib
import socket
import threading

import pytest

from imagebuild.cli.preflight import network, reach
from imagebuild.cli.preflight.apiserver import RefusedError

ADDRESS, NODE = "10.244.0.7", "worker-1"


class FakeCluster:
    """An API server whose pods end at once: the clients with these exit codes."""

    def __init__(self, *, free=0, denied=0, refuse="", server="Running"):
        self.codes = {"free": free, "denied": denied}
        self.refuse, self.server = refuse, server
        self.made, self.objects = [], {}

    def create(self, path, manifest, **_):
        if self.refuse and path.endswith(self.refuse):
            raise RefusedError(403, f"{self.refuse} is forbidden")
        self.made.append(manifest)
        self.objects[f"{path}/{manifest['metadata']['name']}"] = manifest
        return manifest

    def get(self, path, **_):
        pod = self.objects[path]
        name = pod["metadata"]["name"]
        if name == "server":
            status = {"phase": self.server, "podIP": ADDRESS}
        else:
            ended = {"terminated": {"exitCode": self.codes[name]}}
            status = {"phase": "Succeeded", "containerStatuses": [{"state": ended}]}
        return {**pod, "status": status, "spec": {"nodeName": NODE, **pod["spec"]}}

    def delete(self, path):
        self.objects.pop(path, None)

    def text(self, _path, **_):
        return "as it was"

    def pod(self, name):
        (found,) = [m for m in self.made if (m["kind"], m["metadata"]["name"]) == ("Pod", name)]
        return found


def find(cluster):
    (finding,) = network.findings(cluster, namespace="preflight", image="operator:1")
    return finding


@pytest.mark.parametrize(
    ("cluster", "ok", "words"),
    [
        (FakeCluster(), True, "enforces NetworkPolicy"),
        (FakeCluster(denied=reach.NOT_SO), False, "does not enforce NetworkPolicy"),
        (FakeCluster(free=1), None, "reached no other pod"),
        (FakeCluster(denied=137), None, "did not try: as it was"),
        (FakeCluster(denied=1), None, "did not try: as it was"),
        (FakeCluster(refuse="networkpolicies"), None, "networkpolicies is forbidden"),
        (FakeCluster(refuse="pods"), None, "pods is forbidden"),
    ],
)
def test_it_says_whether_policies_are_enforced_or_why_it_cannot(cluster, ok, words):
    finding = find(cluster)
    assert finding.ok is ok
    assert words in finding.what
    assert bool(finding.mend) is (ok is False)
    assert not cluster.objects, "something was left behind"


def test_a_server_that_does_not_start_leaves_it_open(monkeypatch):
    monkeypatch.setattr(network, "_SECONDS", 0.01)
    finding = find(FakeCluster(server="Pending"))
    assert finding.ok is None
    assert "did not run within" in finding.what


def test_a_server_that_ended_is_no_policy_at_work(monkeypatch):
    cluster = FakeCluster()
    ends = {"denied": "Failed"}

    def end(self, path, **_):
        self.server = ends.get(path.rpartition("/")[2], self.server)
        return FakeCluster.get(self, path)

    monkeypatch.setattr(cluster, "get", end.__get__(cluster))
    assert find(cluster).ok is None


def test_the_policy_selects_the_one_pod_and_the_two_differ_in_nothing_else():
    cluster = FakeCluster()
    find(cluster)
    (policy,) = [m["spec"] for m in cluster.made if m["kind"] == "NetworkPolicy"]
    free, denied = cluster.pod("free"), cluster.pod("denied")
    selected = policy["podSelector"]["matchLabels"].items()
    assert selected <= denied["metadata"]["labels"].items()
    assert not selected <= free["metadata"]["labels"].items()
    assert policy["policyTypes"] == ["Egress"]
    assert "egress" not in policy
    assert {pod["spec"]["nodeName"] for pod in (free, denied)} == {NODE}
    for pod in (free, denied):
        (container,) = pod["spec"]["containers"]
        *_, verb, address, _ = container["command"]
        assert (verb, address) == ("reach", ADDRESS)


def serving(port, seconds=5.0):
    thread = threading.Thread(target=reach.serve, args=(port, seconds), daemon=True)
    thread.start()
    return thread


@pytest.fixture
def port():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        return free.getsockname()[1]


def test_an_open_port_is_open_and_not_closed(port):
    serving(port)
    assert reach.reach("127.0.0.1", closed=False, port=port, seconds=5)
    assert not reach.reach("127.0.0.1", closed=True, port=port, seconds=0.5)


def test_a_closed_port_is_closed_and_not_open(port):
    assert reach.reach("127.0.0.1", closed=True, port=port, seconds=5)
    assert not reach.reach("127.0.0.1", closed=False, port=port, seconds=0.5)


def test_a_server_ends_by_itself(port):
    thread = serving(port, seconds=0.2)
    thread.join(timeout=5)
    assert not thread.is_alive()


@pytest.mark.parametrize(("state", "code"), [("closed", 0), ("open", reach.NOT_SO)])
def test_the_answer_is_the_exit_code(monkeypatch, port, state, code):
    monkeypatch.setattr(reach, "PORT", port)
    monkeypatch.setattr(reach.reach, "__kwdefaults__", {"port": port, "seconds": 0.7})
    assert reach.main(["reach", "127.0.0.1", state]) == code
