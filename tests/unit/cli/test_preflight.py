"""What the preflight makes of nodes, of what its pods print, and of what a namespace refuses."""

import json
from dataclasses import replace

import pytest
from tests.builders import made

from imagebuild.cli.preflight import __main__ as preflight
from imagebuild.cli.preflight import admission, finding, installed, nodes, pods, probe, rootless
from imagebuild.cli.preflight.apiserver import RefusedError
from imagebuild.cli.preflight.finding import Finding
from imagebuild.controller import settings as operator
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Policy, Settings

USERNS = Settings("builder:1", Profile(Kind.USERNS, "imagebuild.json"))
BUILT = {
    "built": True,
    "seconds": 1.9,
    "said": "",
    "snapshotter": "overlayfs",
    "userNamespace": True,
    "appArmor": "",
}


def node(name="a", *, offers=True, ready="True", unschedulable=False, taints=(), **info):
    versions = {
        "operatingSystem": "linux",
        "kernelVersion": "6.8.0-31-generic",
        "containerRuntimeVersion": "containerd://2.0.4",
        "kubeletVersion": "v1.36.3",
    }
    return {
        "metadata": {"name": name, "labels": {}},
        "spec": {"unschedulable": unschedulable, "taints": list(taints)},
        "status": {
            "nodeInfo": versions | info,
            "conditions": [{"type": "Ready", "status": ready}],
            "runtimeHandlers": [{"name": "", "features": {"userNamespaces": offers}}],
        },
    }


def texts(found):
    return [(f.about, f.ok, f.what) for f in found]


@pytest.mark.parametrize(
    ("one", "ok", "words"),
    [
        (node(), True, "offers user namespaces"),
        (node(offers=False, kubeletVersion="v1.32.1"), None, "Kubernetes v1.32.1 (from 1.33 on)"),
        (node(offers=False, kernelVersion="5.15.0-91"), None, "kernel 5.15.0-91 (from 6.3 on)"),
        (
            node(offers=False, containerRuntimeVersion="containerd://1.7.28"),
            None,
            "containerd 1.7.28 (from 2.0 on)",
        ),
        (node(offers=False), None, "though its versions could"),
        (node(ready="False"), False, "is not ready"),
        (node(unschedulable=True), None, "is cordoned"),
        (node(operatingSystem="windows"), None, "runs windows"),
        (node(kernelVersion="5.4.0"), None, "kernel 5.4.0 has no overlays"),
        (node(taints=[{"key": "gpu", "effect": "NoSchedule"}]), None, "taint gpu:NoSchedule"),
    ],
)
def test_a_node_says_what_it_is_fit_for(one, ok, words):
    found = [f for f in nodes.findings([one]) if words in f.what]
    assert [(f.about, f.ok) for f in found] == [("node a", ok)]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([node()], "takes userns, on every node"),
        ([node(), node("b", offers=False)], "takes userns, held to a"),
        ([node(offers=False)], "takes unconfined"),
        ([node(unschedulable=True)], "no Linux node takes pods"),
    ],
)
def test_it_says_which_profile_auto_takes(known, words):
    *_, last = nodes.findings(known)
    assert last.about == "cluster"
    assert words in last.what


class FakeCluster:
    """Pods that end with this log, or are refused; namespaces with these labels."""

    def __init__(self, *logs, waiting=None, refuse="", labels=None, known=()):
        self.logs, self.waiting, self.refuse = list(logs), waiting, refuse
        self.labels, self.known = labels, known
        self.made, self.left = [], 0

    def create(self, path, manifest, **query):
        assert path.endswith("/pods")
        if self.refuse:
            raise RefusedError(403, self.refuse)
        self.made.append((manifest, query))
        self.left += not query
        return {**manifest, "metadata": {"name": f"pod-{len(self.made)}"}}

    def get(self, path, **_):
        if path == "/api/v1/nodes":
            return {"items": list(self.known)}
        if path.startswith("/api/v1/namespaces/") and "/pods/" not in path:
            if self.labels is None:
                raise RefusedError(404, 'namespaces "team-a" not found')
            return {"metadata": {"labels": self.labels}}
        state = {"waiting": self.waiting} if self.waiting else {"terminated": {"exitCode": 0}}
        phase = "Pending" if self.waiting else "Succeeded"
        return {"status": {"phase": phase, "containerStatuses": [{"state": state}]}}

    def text(self, _path, **_):
        if self.waiting:
            raise RefusedError(400, "container is waiting to start")
        return self.logs.pop(0)

    def delete(self, _path):
        self.left -= 1


def printed(**otherwise):
    return json.dumps(BUILT | otherwise) + "\n"


def tried(cluster, settings=USERNS, one=None):
    found = list(probe.findings(cluster, one or node(), settings, namespace="preflight"))
    assert cluster.left == 0, "a pod was left behind"
    return found


def test_a_node_that_builds_is_ok():
    (found,) = tried(FakeCluster(printed()))
    assert (found.about, found.ok) == ("node a", True)
    assert found.what == "userns, seccomp imagebuild.json: built a stage in 1.9 s, overlayfs"


def test_a_runtime_that_passes_over_the_user_namespace_is_found_out():
    first, *_ = tried(FakeCluster(printed(userNamespace=False), printed()))
    assert first.ok is False
    assert "gave the pod no user namespace" in first.what


NO_SYSCTL = (
    "[rootlesskit:parent] error: failed to start the child: "
    "fork/exec /proc/self/exe: no space left on device"
)
NO_CALL = (
    "#5 0.034 runc run failed: unable to start container process: error spawning mount remapping "
    "thread: mount source thread: join container mntns: setns: operation not permitted\n"
    "error: failed to solve"
)


@pytest.mark.parametrize(
    ("said", "what", "mend"),
    [
        (NO_SYSCTL, NO_SYSCTL, "user.max_user_namespaces"),
        (NO_CALL, "setns: operation not permitted", "manifests/seccomp/imagebuild.json"),
    ],
)
def test_what_failed_is_told_in_one_line_with_its_mend(said, what, mend):
    failed = printed(built=False, said=said)
    (found,) = tried(FakeCluster(failed, failed))
    assert found.ok is False
    assert found.what.endswith(what)
    assert mend in found.mend


def test_where_user_namespaces_fail_the_other_profile_is_tried_as_what_could_be():
    cluster = FakeCluster(printed(built=False, said="failed"), printed(userNamespace=False))
    first, second = tried(cluster)
    assert (first.ok, second.ok) == (False, None)
    assert "unconfined" in second.what
    (pod, _), (other, _) = cluster.made
    assert pod["spec"]["hostUsers"] is False
    assert "hostUsers" not in other["spec"]


@pytest.mark.parametrize(
    ("waiting", "mend"),
    [
        (
            {"reason": "CreateContainerError", "message": "cannot load seccomp profile"},
            "put imagebuild.json under the kubelet's seccomp directory",
        ),
        ({"reason": "ErrImagePull", "message": "denied"}, "pullSecrets"),
    ],
)
def test_a_pod_that_does_not_start_says_what_is_missing(waiting, mend):
    first, *_ = tried(FakeCluster(waiting=waiting))
    assert first.ok is False
    assert waiting["message"] in first.what
    assert mend in first.mend


def test_a_node_to_which_builds_are_not_sent_gets_no_pod():
    held = Settings("builder:1", Profile(Kind.USERNS, nodes=("a",)))
    cluster = FakeCluster()
    (found,) = tried(cluster, held, node("b", offers=False))
    assert found.ok is None
    assert not cluster.made


def test_the_pod_asks_for_what_a_build_asks_for_and_runs_on_its_node():
    built = probe.build_pod(USERNS)
    pod = probe.manifest(node("n"), USERNS, namespace="preflight")["spec"]
    (container,) = pod["containers"]
    (daemon,) = [c for c in built["containers"] if c["name"] == container["name"]]
    for part in ("image", "securityContext", "env"):
        assert container.get(part) == daemon.get(part)
    assert pod["securityContext"] == built["securityContext"]
    assert pod["hostUsers"] is False
    assert json.dumps(["n"]) in json.dumps(pod["affinity"])
    assert all("emptyDir" in volume for volume in pod["volumes"])
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    interpreter, option, program, *command = container["command"]
    assert (interpreter, option) == ("python", "-c")
    assert "--addr" in command
    compile(program, "rootless", "exec")


def test_the_pod_has_what_the_policy_leaves_a_build_that_asks_for_nothing():
    default = {"requests": {"cpu": "100m"}, "limits": {"memory": "4Gi"}}
    policy = Policy(max_resources={"memory": "1Gi", "cpu": "2"})
    settings = replace(USERNS, resources=default, policy=policy)
    _, job = made(settings=settings)
    builds = job["spec"]["template"]["spec"]
    pod = probe.manifest(node("n"), settings, namespace="preflight")["spec"]
    (container,) = pod["containers"]
    (daemon,) = [c for c in builds["containers"] if c["name"] == container["name"]]
    assert container["resources"] == daemon["resources"] != default


@pytest.mark.parametrize(
    ("refuse", "ok", "words"),
    [
        ("", True, "takes a build's pod"),
        ('violates PodSecurity "restricted"', False, "refuses a build's pod"),
        ('User "x" cannot create resource "pods"', None, "could not be tried"),
    ],
)
def test_a_namespace_is_asked_with_a_builds_own_pod(refuse, ok, words):
    level = {"pod-security.kubernetes.io/enforce": "baseline"}
    cluster = FakeCluster(refuse=refuse, labels=level)
    first, second = admission.findings(cluster, "team-a", USERNS)
    assert first.what == "enforces Pod Security baseline, version latest"
    assert second.ok is ok
    assert words in second.what
    for pod, query in cluster.made:
        assert query == {"dryRun": "All"}
        assert len(pod["spec"]["containers"]) == 3


def test_a_namespace_that_is_not_there_takes_no_build():
    (found,) = admission.findings(FakeCluster(), "team-a", USERNS)
    assert found.ok is False


def test_an_image_that_cannot_build_says_so_and_ends_with_1(tmp_path, monkeypatch, capsys):
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, script in {"buildctl": "exit 3", "daemon": "echo broken >&2; exit 4"}.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin_ / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(bin_), prepend=":")
    address = f"unix://{tmp_path}/sock"
    assert rootless.main(["daemon", "--addr", address]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["built"] is False
    assert found["said"] == "broken"


def test_text_has_each_place_once_and_every_mend():
    found = [
        Finding("node a", "one", ok=True),
        Finding("cluster", "two", ok=False, mend="three"),
        Finding("node a", "four", ok=None),
    ]
    assert finding.text(found) == (
        "node a\n  ok   one.\n  -    four.\ncluster\n  NO   two.\n       Mend: three."
    )


OPERATOR = {
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"env": [{"name": "IMAGEBUILD_BUILDER_IMAGE", "value": "builder:7"}]}
                ],
                "volumes": [{"name": "settings", "configMap": {"name": "settings-1f"}}],
            }
        }
    }
}


class Installed(FakeCluster):
    def __init__(self, file, *, key="settings.yaml", **fields):
        super().__init__(**fields)
        self.file = file
        self.key = key

    def get(self, path, **query):
        if "/deployments/" in path:
            return OPERATOR
        if path.endswith("/configmaps"):
            data = {self.key: self.file}
            return {"items": [{"metadata": {"name": "settings-1f"}, "data": data}]}
        return super().get(path, **query)


@pytest.fixture
def _no_settings_here(monkeypatch):
    for name in ("IMAGEBUILD_SETTINGS", "IMAGEBUILD_BUILDER_IMAGE"):
        # Set first, so that what the test leaves there is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("_no_settings_here")
def test_a_config_map_without_the_file_cannot_be_read():
    cluster = Installed("history: 3\n", key="setings.yaml")
    with pytest.raises(operator.SettingsError, match=r"it has setings\.yaml, but no "):
        installed.load(cluster)


@pytest.mark.usefixtures("_no_settings_here")
def test_it_goes_by_the_settings_of_the_operator_that_is_installed():
    found = installed.load(Installed("seccompProfile: a.json\n"))
    assert found.builder_image == "builder:7"
    assert found.seccomp_profile == "a.json"


@pytest.mark.usefixtures("_no_settings_here")
@pytest.mark.parametrize(
    ("cluster", "arguments", "code"),
    [
        (Installed("{}", known=[node()]), ["--no-pods"], 0),
        (Installed("{}", known=[node(unschedulable=True)]), ["--no-pods"], preflight.CANNOT_BUILD),
        (
            Installed("{}", known=[node()]),
            ["--no-pods", "--namespace", "x"],
            preflight.CANNOT_BUILD,
        ),
        (
            Installed("{}", known=[node()], labels={}),
            ["--no-pods", "--namespace", "x"],
            0,
        ),
        (Installed("", known=[node()]), ["--no-pods"], preflight.CANNOT_SAY),
        (Installed("slip: 1\n", known=[node()]), ["--no-pods"], preflight.CANNOT_SAY),
    ],
)
def test_the_exit_code_says_whether_builds_can_run(monkeypatch, cluster, arguments, code):
    monkeypatch.setattr(preflight, "ApiServer", lambda: cluster)
    assert preflight.main(arguments) == code


def test_a_pod_that_never_ends_is_told_by_what_holds_it(monkeypatch):
    monkeypatch.setattr(pods, "_EVERY_SECONDS", 0.01)
    cluster = FakeCluster()
    held = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "m"}
    monkeypatch.setattr(
        cluster, "get", lambda _path: {"status": {"phase": "Pending", "conditions": [held]}}
    )
    monkeypatch.setattr(cluster, "text", lambda _path: "")
    ended = pods.run(cluster, probe.manifest(node(), USERNS, namespace="x"), seconds=0.05)
    assert (ended.reason, ended.message, ended.exit_code) == ("Unschedulable", "m", None)
    assert cluster.left == 0
