"""Builds where Pod Security `baseline` is enforced, and what their seccomp profile keeps out."""

import errno
import textwrap
import uuid
from pathlib import Path

import pytest
import yaml
from tests import cluster
from tests.e2e.specs import stage, stages, to

PROFILE = "imagebuild.json"
MANIFESTS = Path(__file__).parents[2] / "manifests"
ENFORCE = "pod-security.kubernetes.io/enforce"
INSTALLED = "imagebuild-seccomp"

# A package that is made here stands for those of a distribution: dpkg unpacks, chowns and renames.
PACKAGE = {
    "DEBIAN/control": (
        "Package: tool\nVersion: 1\nArchitecture: all\nMaintainer: t <t@example.com>\n"
        "Description: one\n"
    ),
    "DEBIAN/postinst": (
        "#!/bin/sh\nset -e\nuseradd --system --user-group --uid 990 tool\n"
        "chown tool: /opt/tool/data\nchmod 4711 /opt/tool/data\n"
    ),
    "opt/tool/data": "data\n",
}
DEBIAN = """\
FROM python:3.13-slim AS packaged
COPY . /src
RUN chmod 0755 /src/DEBIAN/postinst && dpkg-deb --root-owner-group --build /src /tool.deb \\
 && dpkg --install /tool.deb
RUN useradd --create-home --uid 1500 joe \\
 && su joe --shell /bin/sh --command 'id --user > ~/id' \\
 && chroot / /usr/sbin/groupadd --gid 1600 team && chgrp team /home/joe/id
USER 1500
RUN python -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1, -2]))' > ~/pool
USER 65534:65534
RUN id -u > /tmp/nobody

FROM scratch
COPY --from=packaged /opt/tool /opt/tool
COPY --from=packaged /home/joe/id /home/joe/pool /home/joe/
COPY --from=packaged --chown=1:2 /tmp/nobody /tmp/
"""

# Calls as a step makes them: which of them the kernel is not even asked for.
CALLS = textwrap.dedent(
    """
    import ctypes, json, socket
    libc = ctypes.CDLL(None, use_errno=True)
    def call(number, *args):
        return 0 if libc.syscall(number, *args) >= 0 else ctypes.get_errno()
    def family(number):
        try:
            socket.socket(number, socket.SOCK_DGRAM).close()
        except OSError as error:
            return error.errno
        return 0
    found = {
        "io_uring_setup": call(425, 1, 0),
        "userfaultfd": call(323, 0),
        "keyctl": call(250, 0, -3, 0),
        "unshare": call(272, 0x10000000),
        "mount": call(165, None, None, None, 0, None),
        **{f"family {number}": family(number) for number in (1, 2, 10, 16, 24, 38, 40)},
    }
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    found["filters"] = int(status["Seccomp_filters"])
    print(json.dumps(found), file=open("/found", "w"))
    """
)


@pytest.fixture(scope="module")
def baseline(shared):
    """A namespace that enforces it; a pod without any filter is refused, so it is enforced."""
    shared("label", "namespace", shared.namespace, f"{ENFORCE}=baseline")
    context = {"seccompProfile": {"type": "Unconfined"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "unconfined"},
        "spec": {"containers": [{"name": "c", "image": "c", "securityContext": context}]},
    }
    with pytest.raises(AssertionError, match='violates PodSecurity "baseline:latest"'):
        shared.apply(pod)
    return shared


APP = stages(
    stage({"run": "echo tested"}, name="test"),
    stage({"run": "touch /app && chown 4321:1234 /app"}, name="app"),
    gates=["test"],
)
CALLING = stages(
    stage(
        {"copy": ["calls.py"], "to": "/"},
        {"run": "python /calls.py"},
        name="calls",
        base="python:3.13-slim",
    ),
    stage({"copy": ["/found"], "from": "calls", "to": "/"}, name="final", base="scratch"),
    context={"files": {"calls.py": CALLS}},
)
PACKAGED = {"dockerfile": {"inline": DEBIAN}, "context": {"files": PACKAGE}}
SPECS = {"debian": PACKAGED, "app": APP, "calls": CALLING}


@pytest.fixture(scope="module")
def built(baseline, registry):
    """All builds at once: a function from a build's name to its image, once it is published."""
    baseline.apply(
        *(
            cluster.imagebuild(
                name, {**spec, "publish": to(f"{registry.name}/{baseline.namespace}/{name}:1")}
            )
            for name, spec in SPECS.items()
        )
    )

    def image(name):
        return registry.pull(cluster.until(baseline, name, "Published")["status"]["image"])

    return image


def test_a_dockerfile_with_users_and_packages_is_built_and_pushed(built):
    image = built("debian")
    tree = image.tree()
    owners = {path: (tree[path].uid, tree[path].gid) for path in tree}
    assert owners["/opt/tool/data"][0] == 990
    assert tree["/opt/tool/data"].mode == oct(0o4711)
    assert owners["/home/joe/id"] == (1500, 1600)
    assert owners["/tmp/nobody"] == (1, 2)  # noqa: S108 - a path in the image
    said = image.texts()
    assert said["/home/joe/id"] == "1500\n"
    assert said["/home/joe/pool"] == "[1, 2]\n"
    assert said["/tmp/nobody"] == "65534\n"  # noqa: S108


def test_its_pod_runs_under_the_profile_of_the_node(baseline, built):
    image = built("app")
    assert (image.entry("/app").uid, image.entry("/app").gid) == (4321, 1234)
    (pod,) = baseline.items("pods", "-l", "batch.kubernetes.io/job-name=app-1-1")
    contexts = {c["name"]: c["securityContext"] for c in pod["spec"]["containers"]}
    local = {"type": "Localhost", "localhostProfile": PROFILE}
    assert contexts["buildkitd"]["seccompProfile"] == local
    assert "appArmorProfile" not in contexts["buildkitd"]
    assert pod["spec"]["hostUsers"] is False


def test_steps_have_both_filters_and_are_refused_by_either(built):
    found = yaml.safe_load(built("calls").texts()["/found"])
    # The daemon's profile, and BuildKit's own for steps.
    assert found.pop("filters") == 2
    allowed = {name for name, code in found.items() if code == 0}
    assert allowed == {"family 1", "family 2", "family 10", "family 16"}
    refused = {name for name, code in found.items() if code == errno.EPERM}
    # A family that this kernel doesn't have would be EAFNOSUPPORT, had it been asked.
    assert refused == set(found) - allowed


@pytest.fixture
def installed(kubectl, builder_image):
    """The DaemonSet, under which the profile has a name of its own; returns that."""
    name = f"{INSTALLED}-{uuid.uuid4().hex[:6]}.json"
    rendered = kubectl("kustomize", str(MANIFESTS / "seccomp"))
    rendered = rendered.replace("imagebuild.json", name)
    rendered = rendered.replace("imagebuild.dev/builder:0.1.0", builder_image)
    own = kubectl.within(INSTALLED)
    kubectl("apply", "--filename", "-", stdin=rendered)
    try:
        own("rollout", "status", f"daemonset/{INSTALLED}", "--timeout=180s")
        yield name
    finally:
        own("delete", "daemonset", INSTALLED, "--ignore-not-found", "--wait")
        own.apply(on_the_node(builder_image, "remove", "rm", "-f", f"/node/{name}"))
        own("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/remove", "--timeout=180s")
        kubectl("delete", "namespace", INSTALLED, "--wait=false")


def on_the_node(image, name, *command):
    """A pod of the DaemonSet's namespace with the same directory of the node."""
    context = {"runAsUser": 0, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "c", "image": image, "command": list(command)}
    container |= {"volumeMounts": [{"name": "node", "mountPath": "/node"}]}
    where = {"path": "/var/lib/kubelet/seccomp"}
    spec = {
        "restartPolicy": "Never",
        "containers": [container | {"securityContext": context}],
        "volumes": [{"name": "node", "hostPath": where}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def test_the_daemonset_brings_the_profile_to_the_node(baseline, builder_image, installed):
    """A pod under it starts, and is filtered."""
    context = {"seccompProfile": {"type": "Localhost", "localhostProfile": installed}}
    command = ["grep", "Seccomp", "/proc/self/status"]
    container = {"name": "c", "image": builder_image, "command": command}
    spec = {"restartPolicy": "Never", "containers": [container | {"securityContext": context}]}
    baseline.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "under-it"}, "spec": spec}
    )
    baseline("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/under-it", "--timeout=180s")
    assert baseline("logs", "under-it").split() == ["Seccomp:", "2", "Seccomp_filters:", "1"]
