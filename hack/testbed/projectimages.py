"""The project's own images, from the Dockerfile at the root: built, loaded and pruned.

Two more lie in the cluster's registry alone: the wheels, and what the tests' servers run in.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from testbed import cache, registry, standins
from testbed.engine import Engine
from testbed.kindcluster import Cluster
from testbed.say import step

ROOT = Path(__file__).parents[2]
TARGETS = ("operator", "builder")

_INPUTS = (
    "Dockerfile",
    ".dockerignore",
    "LICENSE",
    "README.md",
    "operator",
    "pyproject.toml",
    "requirements.lock",
)
_BASES = (standins.PYTHON, standins.BUILDKIT)
_WHEELS = "wheels"
_WHEELS_INPUTS = ("Dockerfile", "requirements.lock")
_SERVERS = "servers"
_SERVERS_FOLDER = ROOT / "tests" / "e2e" / "servers"
_REPOSITORY = "imagebuild.dev"
_CA_PLACE = "/run/host-ca.crt"


def ensure(cluster: Cluster) -> dict[str, str]:
    """Return `{"operator": name, "builder": name}` of images that the node holds.

    A name ends in the image's own id, so that an edit of the controller leaves the builder's name
    as it was. Unchanged inputs build nothing.
    """
    names = _built(cluster.engine)
    for target in TARGETS:
        if not cluster.has_image(names[target]):
            with step(f"{names[target]} into the node"):
                _load(cluster, names[target])
    return names


def wheels(cluster: Cluster) -> None:
    """Give the registry what the project depends on, for a build without a package index.

    It is `imagebuild/wheels:main`; by another tag it is known to be the one of these inputs.
    """
    of = cache.key(*(ROOT / name for name in _WHEELS_INPUTS))
    _in_registry(cluster, _WHEELS, of, ("--target", _WHEELS, str(ROOT)))


def servers(cluster: Cluster) -> None:
    """Give the registry what the servers of the end-to-end tests run in, as wheels are given."""
    base = cluster.engine.output("image", "inspect", "--format", "{{.Id}}", standins.PYTHON)
    of = cache.key(base, _SERVERS_FOLDER / "Dockerfile")
    _in_registry(cluster, _SERVERS, of, (str(_SERVERS_FOLDER),))


def _in_registry(cluster: Cluster, what: str, of: str, arguments: Sequence[str]) -> None:
    """Build an image by these arguments and push it, unless it is there under the tag `of`."""
    address = f"127.0.0.1:{cluster.port}"
    place = f"imagebuild/{what}"
    digests = {registry.digest(f"{place}:{tag}", address=address) for tag in (of, "main")}
    if len(digests) == 1 and "" not in digests:
        return
    name = _build(cluster.engine, what, arguments)
    with step(f"{what} into the registry"):
        for tag in (of, "main"):
            cluster.engine.push(name, f"{address}/{place}:{tag}")
        cluster.engine.output("rmi", name)


def _built(engine: Engine) -> dict[str, str]:
    bases = [engine.output("image", "inspect", "--format", "{{.Id}}", base) for base in _BASES]
    inputs = [path for name in _INPUTS if (path := ROOT / name).exists()]
    record = cache.root() / "images" / f"{engine.name}.json"
    of = cache.key(Path(__file__), *bases, *inputs)
    noted = _noted(record)
    if noted.pop("of", "") == of and all(map(engine.has_image, noted.values())):
        return noted
    names = {target: _build(engine, target, ("--target", target, str(ROOT))) for target in TARGETS}
    cache.write(record, json.dumps({"of": of, **names}))
    return names


def _noted(record: Path) -> dict[str, str]:
    try:
        noted: dict[str, str] = json.loads(record.read_text())
    except (OSError, ValueError):
        return {}
    return noted


def _build(engine: Engine, name: str, arguments: Sequence[str]) -> str:
    """Build by these last arguments; return the image's name, which ends in its own id."""
    latest = f"{_REPOSITORY}/{name}:latest"
    with step(f"image {_REPOSITORY}/{name}"), tempfile.TemporaryDirectory() as scratch:
        engine.run(
            *("build", "--network", "host", "--tag", latest),
            *_trust(engine, Path(scratch)),
            *arguments,
            log=f"image-{name}",
        )
        identity = engine.output("image", "inspect", "--format", "{{.Id}}", latest)
        own = f"{_REPOSITORY}/{name}:{identity.removeprefix('sha256:')[:12]}"
        engine.output("tag", latest, own)
        engine.output("rmi", latest)
    return own


def _trust(engine: Engine, scratch: Path) -> list[str]:
    """Return options that give the build's pip this machine's index and trusted authorities.

    Only podman can mount them; docker's daemon has its own network and trust settings.
    """
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    index = os.environ.get("PIP_INDEX_URL")
    if engine.name != "podman" or not (bundle or index):
        return []
    settings = scratch / "pip.conf"
    lines = ["[global]", f"index-url = {index}" if index else ""]
    mounts = [f"{settings}:/etc/pip.conf:ro"]
    if bundle:
        lines.append(f"cert = {_CA_PLACE}")
        mounts.append(f"{Path(bundle).resolve()}:{_CA_PLACE}:ro")
    settings.write_text("\n".join(lines) + "\n")
    scratch.chmod(0o755)
    return [option for mount in mounts for option in ("--volume", mount)]


def _load(cluster: Cluster, name: str) -> None:
    """Bring the image into the node by the cluster's registry: only layers that are new move."""
    place = name.replace(f"{_REPOSITORY}/", "imagebuild/")
    cluster.engine.push(name, f"127.0.0.1:{cluster.port}/{place}")
    cluster.pull(place, name=name)


def prune(cluster: Cluster, names: Mapping[str, str]) -> None:
    """Drop all but these versions from the engine's store and from the node.

    Only once they are installed: until then the operator and its builds run the ones before.
    """
    kept = set(names.values())
    cluster.engine.drop(f"{_REPOSITORY}/", but=kept)
    cluster.engine.prune()
    for name in cluster.images(f"name~=^{_REPOSITORY}/"):
        if name not in kept:
            cluster.in_node("ctr", "-n", "k8s.io", "images", "rm", name)
