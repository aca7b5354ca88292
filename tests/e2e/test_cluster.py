"""The cluster can do what a build needs: shown by a build pod made by hand."""

from collections.abc import Mapping
from typing import Any

from tests import cluster

SOCKET = "unix:///run/buildkit/buildkitd.sock"
REGISTRY = "registry.demo.svc:5000"
DOCKERFILE = """\
FROM golang:1.19 AS builder
WORKDIR /app
COPY main.go .
RUN go build -o main main.go

FROM alpine:3.18
COPY --from=builder /app/main /usr/local/bin/main
CMD ["main"]
"""
MAIN_GO = """\
package main

import "fmt"

func main() { fmt.Println("Hello, multi-stage") }
"""
SETTINGS = f"""\
[registry."docker.io"]
  mirrors = ["{REGISTRY}"]
[registry."{REGISTRY}"]
  http = true
"""


def user(**more: Any) -> Mapping[str, Any]:
    return {"runAsUser": 1000, "runAsGroup": 1000, **more}


def build_pod(image: str, target: str) -> cluster.Object:
    """Rootless BuildKit in a pod with a user namespace: SETUID and SETGID, nothing else."""
    daemon = {
        "name": "buildkitd",
        "image": image,
        "restartPolicy": "Always",
        "command": ["rootlesskit", "buildkitd", "--addr", SOCKET, "--config", "/in/buildkitd.toml"],
        "securityContext": user(
            procMount="Unmasked",
            seccompProfile={"type": "Unconfined"},
            capabilities={"drop": ["ALL"], "add": ["SETUID", "SETGID"]},
        ),
        "volumeMounts": [
            {"name": "socket", "mountPath": "/run/buildkit"},
            {"name": "state", "mountPath": "/home/user/.local/share/buildkit"},
            {"name": "in", "mountPath": "/in"},
        ],
    }
    client = {
        "name": "build",
        "image": image,
        "command": ["buildctl", "--addr", SOCKET, "--wait", "build", "--progress=plain"],
        "args": [
            *("--frontend", "dockerfile.v0", "--local", "context=/in", "--local", "dockerfile=/in"),
            *("--output", f"type=image,name={target},push=true"),
        ],
        "securityContext": user(allowPrivilegeEscalation=False, capabilities={"drop": ["ALL"]}),
        "volumeMounts": daemon["volumeMounts"][::2],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "by-hand"},
        "spec": {
            "hostUsers": False,
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"fsGroup": 1000},
            "initContainers": [daemon],
            "containers": [client],
            "volumes": [
                {"name": "socket", "emptyDir": {}},
                {"name": "state", "emptyDir": {}},
                {"name": "in", "configMap": {"name": "in"}},
            ],
        },
    }


def runner(image: str) -> cluster.Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "run"},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "run", "image": image}]},
    }


def ended(kubectl, pod, container):
    """Return the exit code of a pod's container once there is one."""

    def codes():
        # A list, since an exit code of 0 is an answer too.
        return [
            status["state"]["terminated"]["exitCode"]
            for status in kubectl.get("pod", pod)["status"].get("containerStatuses", [])
            if status["name"] == container and "terminated" in status["state"]
        ]

    return cluster.wait_until(codes, what=f"{container} of pod {pod} has ended", seconds=180)[0]


def test_every_node_offers_user_namespaces(kubectl):
    for node in kubectl.items("nodes"):
        handlers = node["status"]["runtimeHandlers"]
        assert any(handler["features"]["userNamespaces"] for handler in handlers), handlers


def test_a_rootless_pod_made_by_hand_builds_pushes_and_runs_the_example(
    namespace, registry, builder_image
):
    target = f"{REGISTRY}/by-hand/{namespace.namespace}:1"
    data = {"Dockerfile": DOCKERFILE, "main.go": MAIN_GO, "buildkitd.toml": SETTINGS}
    namespace.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "in"}, "data": data},
        build_pod(builder_image, target),
    )

    assert ended(namespace, "by-hand", "build") == 0

    image = registry.pull(target)
    assert image.read("/usr/local/bin/main").startswith(b"\x7fELF")
    assert image.config["config"]["Cmd"] == ["main"]
    left_behind = [path for path in image.files() if path.endswith((".go", "/bin/go"))]
    assert not left_behind, "the compiler and the source stay in the builder stage"

    namespace.apply(runner(target))
    assert ended(namespace, "run", "run") == 0
    assert namespace("logs", "run").strip() == "Hello, multi-stage"
