"""Where images can be pulled nothing is made: a second cluster, from pulled images alone.

A mirror on loopback serves the images by their public names. Cache, image store, network and
kubeconfig are the test's own, so nothing that the first cluster needs is touched or helps.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests import cluster
from tests.e2e.registry import Registry

ROOT = Path(__file__).parents[2]
NAME, PORT, NETWORK = "pulled", 5051, "imagebuild-pulled"
NODE = f"{NAME}-control-plane"
ALPINE = "docker.io/library/alpine:3.18"
REGISTRIES = """\
[[registry]]
prefix = "docker.io"
location = "{mirror}"
insecure = true
"""
STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{0}/store"
runroot = "{0}/run"
"""
BUILD = {
    "apiVersion": "imagebuild.dev/v1alpha1",
    "kind": "ImageBuild",
    "metadata": {"name": "pulled", "namespace": "demo"},
    "spec": {
        "stages": [
            {
                "name": "make",
                "from": "registry.demo.svc:5000/library/alpine:3.18",
                "steps": [{"run": "echo from a pulled base > /made"}],
            },
            {
                "name": "final",
                "from": "scratch",
                "steps": [{"copy": ["/made"], "from": "make", "to": "/made"}],
            },
        ],
        "publish": [{"stage": "final", "images": ["registry.demo.svc:5000/pulled:1"]}],
    },
}

pytestmark = pytest.mark.skipif(
    shutil.which("podman") is None, reason="docker's daemon pulls by its own settings"
)


@dataclasses.dataclass(frozen=True)
class Pulled:
    """The second cluster: the environment that makes it, what `up` said, what was asked for."""

    env: Mapping[str, str]
    said: str
    requests: Path

    def run(self, *argv):
        return run(*argv, env=self.env)


def run(*argv, env):
    done = subprocess.run(
        argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{' '.join(argv)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def hack_cluster(env, do):
    wish = ("--images", "pull", "--engine", "podman", "--name", NAME, "--port", str(PORT))
    return run("hack/cluster", do, *wish, env=env)


@pytest.fixture(scope="module")
def folder():
    """Everything that is pulled and made lies here, and goes with it."""
    path = Path(tempfile.mkdtemp(prefix="imagebuild-pulled-"))
    yield path
    # podman mounts its store upon itself.
    subprocess.run(["umount", path / "store" / "overlay"], check=False, capture_output=True)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def mirror(folder):
    """HOST:PORT of the mirror, which writes a line for each request to folder/requests."""
    argv = [sys.executable, "-m", "testbed.mirror"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        (folder / "requests").open("w") as requests,
        subprocess.Popen(argv, cwd=ROOT / "hack", stderr=requests, **pipes) as server,
    ):
        yield server.stdout.readline().strip()
        server.stdin.close()


@pytest.fixture(scope="module")
def pulled(folder, mirror):
    (folder / "registries.conf").write_text(REGISTRIES.format(mirror=mirror))
    (folder / "storage.conf").write_text(STORAGE.format(folder))
    env = {
        **os.environ,
        "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "KIND_EXPERIMENTAL_PODMAN_NETWORK": NETWORK,
        "KUBECONFIG": str(folder / "kubeconfig"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        # What Go has compiled is no image, and saves a minute.
        "GOCACHE": run("go", "env", "GOCACHE", env=os.environ).strip(),
    }
    try:
        yield Pulled(env, hack_cluster(env, "up"), folder / "requests")
    finally:
        hack_cluster(env, "down")


def test_the_engine_pulls_the_node_and_all_bases_by_their_public_names(pulled):
    assert "images: pull" in pulled.said
    asked = pulled.requests.read_text()
    for name in ("kindest/node", "library/registry", "library/python", "moby/buildkit"):
        assert f"GET /v2/{name}/manifests/" in asked, pulled.said


def test_the_installed_operator_builds_in_a_cluster_of_pulled_images(pulled):
    # Nothing that runs there may leave the machine.
    pulled.run("podman", "exec", NODE, "ip", "route", "replace", "blackhole", "default")
    assert "overlays/demo" in hack_cluster(pulled.env, "install")
    address = f"127.0.0.1:{PORT}"
    base = f"{address}/{ALPINE.partition('/')[2]}"
    pulled.run("podman", "pull", "--quiet", ALPINE)
    pulled.run("podman", "push", "--quiet", "--tls-verify=false", ALPINE, base)

    cache = Path(pulled.env["XDG_CACHE_HOME"]) / "imagebuild"
    kubectl = cluster.Kubectl(
        program=str(cache / "clusters" / f"{NAME}-kubectl"),
        kubeconfig=str(cache / f"kubeconfig-{NAME}"),
        namespace="demo",
    )
    kubectl.apply(BUILD)
    done = cluster.wait_until(
        lambda: cluster_conditions(kubectl).get("Ready"), what="built", seconds=120
    )

    assert done == "True", cluster.story(kubectl)
    image = Registry(address).pull("registry.demo.svc:5000/pulled:1")
    assert image.read("/made") == b"from a pulled base\n"


def cluster_conditions(kubectl):
    """Conditions that are settled, by type."""
    status = kubectl.get("imagebuild", "pulled")["status"]
    return {
        condition["type"]: condition["status"]
        for condition in status.get("conditions", [])
        if condition["status"] != "Unknown"
    }


def test_down_leaves_neither_container_nor_network_of_a_pulled_cluster(pulled):
    hack_cluster(pulled.env, "down")
    assert not pulled.run("podman", "ps", "--all", "--quiet")
    assert NETWORK not in pulled.run("podman", "network", "ls", "--format", "{{.Name}}").split()
