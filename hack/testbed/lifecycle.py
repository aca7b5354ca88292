"""Up, down and status of the whole testbed: cluster, registry, stand-ins, project images."""

import dataclasses
import tempfile
from pathlib import Path

from testbed import (
    cache,
    engine,
    install,
    kindcluster,
    leftovers,
    nodeprofile,
    projectimages,
    registry,
    sources,
    standins,
    volumes,
)
from testbed.say import Failure, note, step

REGISTRY_NAME = "registry.demo.svc:5000"

_MANIFESTS = projectimages.ROOT / "manifests" / "registry"
_LOOPBACK = f"http://127.0.0.1:{kindcluster.REGISTRY_NODE_PORT}"
_WRITE_HOSTS = 'mkdir -p "$1" && printf %s "$2" > "$1/hosts.toml"'


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a person asked for on the command line."""

    images: str = "auto"
    engine: str = "auto"
    name: str = kindcluster.NAME
    port: int = kindcluster.REGISTRY_PORT


def up(wish: Wish) -> kindcluster.Cluster:
    """Make what is missing, from whatever an interrupted run left; return the cluster."""
    using = engine.choose(wish.engine)
    engine.explain(using)
    cluster, images = _cluster(wish, using)
    node = sources.node(images, using)
    # A node image of ours brings its pod network itself, wherever it was pulled from.
    own_network = using.is_ours(node)
    same = cluster.state().get("of") == cluster.fingerprint(node, own_network=own_network)
    if same and cluster.lives():
        note(f"cluster {cluster.name}: up")
    else:
        cluster.delete()
        leftovers.before_creation(using)
        cluster.create(image=node, images=images, own_network=own_network)
    if images == "build":
        # Nothing that runs in the node may leave the machine; the API's port stays reachable.
        cluster.in_node("ip", "route", "replace", "blackhole", "default")
        volumes.open_all(cluster)
    nodeprofile.install(cluster)
    sources.bases(images, using)
    _registry(cluster, images)
    return cluster


def _cluster(wish: Wish, using: engine.Engine) -> tuple[kindcluster.Cluster, str]:
    noted = kindcluster.Cluster(wish.name, using, Path("kind"), wish.port)
    living = noted.state().get("images", "") if noted.lives() else ""
    images = sources.decide(wish.images, living=living, using=using)
    return dataclasses.replace(noted, kind=kindcluster.program(images)), images


def _registry(cluster: kindcluster.Cluster, images: str) -> None:
    """Bring up the registry and fill it with the stand-ins."""
    if not cluster.has_image(standins.REGISTRY):
        with step("registry image into the node"), tempfile.TemporaryDirectory() as scratch:
            archive = Path(scratch) / "registry.tar"
            sources.archive(standins.REGISTRY, images, cluster.engine, archive)
            cluster.load(archive)
    hosts = [REGISTRY_NAME, *(["docker.io"] if images == "build" else [])]
    for host in hosts:
        settings = f'server = "{_LOOPBACK}"\n\n[host."{_LOOPBACK}"]\n'
        place = f"/etc/containerd/certs.d/{host}"
        cluster.in_node("sh", "-c", _WRITE_HOSTS, "sh", place, settings)
    address = f"127.0.0.1:{cluster.port}"
    with step("registry"):
        cluster.kubectl("apply", "--kustomize", _MANIFESTS)
        ready = ["rollout", "status", "deployment/registry", "-n", "demo", "--timeout=120s"]
        cluster.kubectl(*ready, timeout=130)
        registry.wait(address)
    for name, layout in sources.mirrored(images).items():
        if not registry.holds(layout, address=address, name=name):
            with step(f"{name} into the registry"):
                registry.push(layout, address=address, name=name)
    note(f"registry: {REGISTRY_NAME}, from this machine {address}")


def down(wish: Wish) -> None:
    """Take away the cluster and what it left; the cache stays."""
    using = engine.choose(wish.engine)
    images = kindcluster.Cluster(wish.name, using, Path("kind")).state().get("images", "pull")
    try:
        kind = kindcluster.program(images)
    except Failure:
        kind = Path("kind")
    kindcluster.Cluster(wish.name, using, kind).delete()
    leftovers.after_removal(using)
    note(f"cluster {wish.name}: gone (the cache {cache.root()} stays)")


def status(wish: Wish) -> int:
    """Say what is there; return 0 if the cluster lives."""
    using = engine.choose(wish.engine)
    cluster = kindcluster.Cluster(wish.name, using, Path("kind"), wish.port)
    engine.explain(using)
    if not cluster.lives():
        there = using.succeeds("container", "inspect", cluster.node)
        note(f"cluster {wish.name}: {'there, but its API does not answer' if there else 'none'}")
        return 1
    note(f"cluster {wish.name}: up, images {cluster.state().get('images')}")
    note(f"kubeconfig: {cluster.kubeconfig}, or context kind-{wish.name}")
    note(f"registry: {REGISTRY_NAME}, from this machine 127.0.0.1:{wish.port}")
    note(cluster.kubectl("get", "deployments", "--all-namespaces"))
    return 0


def images_of_project(wish: Wish) -> dict[str, str]:
    """Build the project's images, load them into the cluster and return their names by target.

    The cluster's registry gets what the tests' servers run in.
    """
    cluster = living(wish)
    projectimages.servers(cluster)
    return _images(cluster)


def install_project(wish: Wish) -> dict[str, str]:
    """Build, load and install the project; return its images' names by target."""
    cluster = living(wish)
    names = _images(cluster)
    install.ensure(cluster, names)
    projectimages.prune(cluster, names)
    return names


def living(wish: Wish) -> kindcluster.Cluster:
    """Return the cluster, or raise Failure if it is not up."""
    noted = kindcluster.Cluster(wish.name, engine.choose(wish.engine), Path("kind"), wish.port)
    if not noted.lives():
        raise Failure(f"cluster {wish.name} is not up", mend="hack/cluster up")
    return noted


def _images(cluster: kindcluster.Cluster) -> dict[str, str]:
    sources.bases(cluster.state()["images"], cluster.engine)
    names = projectimages.ensure(cluster)
    projectimages.wheels(cluster)
    return names
