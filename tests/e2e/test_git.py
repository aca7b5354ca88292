"""Contexts from git, off a server in the cluster."""

import dataclasses
import json
import uuid
from pathlib import Path

import pytest
from tests import cluster
from tests.e2e.specs import stage, stages, to
from tests.e2e.test_failures import fail

SCRIPT = Path(__file__).with_name("gitserver.py")
LABELS = {"app.kubernetes.io/name": "git"}
NO_COMMIT = "0123456789" * 4


@dataclasses.dataclass(frozen=True)
class Server:
    """Where the repository is, and its commits: name -> id."""

    url: str
    commits: dict


def objects(builder_image):
    """The server: the builder's image has git and Python."""
    container = {
        "name": "git",
        "image": builder_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "/script/gitserver.py", "8080"],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        "volumeMounts": [
            {"name": "script", "mountPath": "/script"},
            {"name": "srv", "mountPath": "/srv"},
        ],
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {"runAsUser": 1000, "fsGroup": 1000},
        "containers": [container],
        "volumes": [
            {"name": "script", "configMap": {"name": "git"}},
            {"name": "srv", "emptyDir": {}},
        ],
    }
    ports = [{"port": 80, "targetPort": 8080}]
    named = {"name": "git", "labels": LABELS}
    return (
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": named,
            "data": {SCRIPT.name: SCRIPT.read_text()},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": named,
            "spec": {"selector": LABELS, "ports": ports},
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": pod},
    )


@pytest.fixture(scope="module")
def git(kubectl, builder_image):
    """The server, which nobody can write to."""
    own = kubectl.within(f"t-git-{uuid.uuid4().hex[:6]}")
    kubectl("create", "namespace", own.namespace)
    try:
        own.apply(*objects(builder_image))
        own("wait", "--for=condition=Ready", "pod/git", "--timeout=60s")
        commits = json.loads(own("logs", "git").splitlines()[0])
        yield Server(f"http://git.{own.namespace}.svc/hello.git", commits)
    finally:
        kubectl("delete", "namespace", own.namespace, "--wait=false")


def build(name, context, where):
    """An ImageBuild that keeps what the context has as `which`."""
    copying = stages(stage({"copy": ["which"], "to": "/"}, base="scratch"))
    return cluster.imagebuild(
        name, {**copying, "context": {"git": context}, "publish": to(f"{where}/{name}:1")}
    )


def test_a_context_from_git_is_the_commit_that_was_asked_for(namespace, registry, git):
    first = git.commits["first"]
    wanted = {
        "default": ({}, "main", "main\n"),
        "branch": ({"ref": "feature/x"}, "feature/x", "feature\n"),
        "tag": ({"ref": "v1.0"}, "first", "first\n"),
        "commit": ({"commit": first}, "first", "first\n"),
        "on-a-branch": ({"ref": "main", "commit": first}, "first", "first\n"),
        "below": ({"ref": "main", "subPath": "app"}, "main", "app\n"),
    }
    where = f"{registry.name}/{namespace.namespace}"
    namespace.apply(
        *(build(name, {"url": git.url, **asked}, where) for name, (asked, _, _) in wanted.items())
    )
    for name, (asked, commit, text) in wanted.items():
        status = cluster.until(namespace, name, "Published", seconds=120)["status"]
        assert registry.pull(status["image"]).read("/which").decode() == text, name
        ref = {"ref": asked["ref"]} if "ref" in asked else {}
        assert status["source"] == {"commit": git.commits[commit], **ref}, name


def test_a_dockerfile_lies_where_the_path_in_the_context_says(namespace, registry, git):
    image = f"{registry.name}/{namespace.namespace}/app:1"
    spec = {
        "context": {"git": {"url": git.url, "subPath": "app"}},
        "dockerfile": {"path": "deploy/Dockerfile"},
        "publish": [{"stage": "final", "images": [image]}],
    }
    namespace.apply(cluster.imagebuild("app", spec))
    status = cluster.until(namespace, "app", "Published")["status"]
    assert registry.pull(image).read("/which") == b"app\n"
    assert [row["name"] for row in status["stages"]] == ["final"]


@pytest.mark.parametrize(
    ("field", "absent", "reason"),
    [
        ("ref", "mian", "RefNotFound"),
        ("commit", NO_COMMIT, "CommitNotFound"),
        ("subPath", "ap", "PathNotFound"),
    ],
)
def test_what_the_repository_does_not_have_is_named(namespace, git, field, absent, reason):
    spec = stages(stage({"copy": ["."], "to": "/"}, base="scratch"))
    context = {"git": {"url": git.url, field: absent}}
    failure = fail(namespace, {**spec, "context": context}, reason)
    assert absent in failure["message"]
    assert git.url in failure["message"]


def test_a_git_server_that_is_not_there_is_asked_again(namespace):
    spec = stages(stage({"copy": ["."], "to": "/"}, base="scratch"))
    context = {"git": {"url": "http://git.nowhere.invalid/hello.git"}}
    namespace.apply(cluster.imagebuild("lost", {**spec, "context": context}))
    found = cluster.until(namespace, "lost", "GitUnreachable")
    message = cluster.condition(found)["message"]
    assert message.startswith("Attempt 1 of 3 failed; another follows")
    assert "git.nowhere.invalid" in message
    assert not cluster.condition(found, "Stalled")
