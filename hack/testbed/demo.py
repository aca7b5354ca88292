"""The demo: an example is built in the cluster, measured, searched and run."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from testbed import buildview, lifecycle, projectimages, remoteimage, waiting
from testbed.kindcluster import Cluster
from testbed.say import Failure, note, step

EXAMPLE = projectimages.ROOT / "examples" / "hello-go.yaml"

_NAMESPACE = ("--namespace", "demo")
_BUILD_SECONDS = 900
_RUN_SECONDS = 90
# By name, with a target before it or a version behind: x86_64-linux-gnu-gcc-12.
_COMPILER = re.compile(r"(.*-)?(go|gofmt|cc|gcc|tcc|c\+\+|g\+\+|clang|rustc|javac)(-[\d.]+)?")
_SOURCES = (".go", ".c", ".cc", ".cpp", ".h", ".s")
_PUBLIC_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?:[\w.-]+")


def show(cluster: Cluster) -> None:
    """Build the example and show what came of it. Raises Failure where anything does not hold."""
    note(f"$ kubectl apply -f {EXAMPLE.relative_to(projectimages.ROOT)}")
    note(cluster.kubectl("apply", "--filename", EXAMPLE))
    name = cluster.kubectl("get", "--filename", EXAMPLE, "--output", "name").partition("/")[2]
    place = ("imagebuild", name, *_NAMESPACE)
    note("(kubectl get imgb --watch --namespace demo shows the same in another terminal)")
    build = buildview.follow(cluster.watch(*place, seconds=_BUILD_SECONDS))
    note(f"\n{cluster.kubectl('get', 'imgb', name, *_NAMESPACE)}")
    note(_sizes(cluster, build))
    image = build["status"]["image"]
    said = _run(cluster, name, image)
    note(f"$ kubectl run {name} --image={image} -> {said}")


def _sizes(cluster: Cluster, build: Mapping[str, Any]) -> str:
    """Compare the first stage's base with the image; what is said to be absent was looked for."""
    path = "jsonpath={.items[0].status.nodeInfo.architecture}"
    architecture = cluster.kubectl("get", "nodes", "--output", path)
    own = f"http://127.0.0.1:{cluster.port}"
    base = build["spec"]["stages"][0]["from"]
    # What the cluster's registry mirrors is read from there, else from where it is public.
    public = own if cluster.state()["images"] == "build" else remoteimage.PUBLIC
    name = build["status"]["image"].removeprefix(f"{lifecycle.REGISTRY_NAME}/")
    image = remoteimage.read(own, name, architecture=architecture)
    left = traces_of_building(image.paths())
    if left:
        raise Failure(f"the image holds a compiler or source: {', '.join(left[:5])}")
    small = image.unpacked_bytes()
    found = f"image {small / 1e6:.1f} MB"
    try:
        builder = remoteimage.read(public, public_place(base), architecture=architecture)
        large = builder.unpacked_bytes()
    except Failure as failure:
        note(f"{base} was not measured: {failure}")
    else:
        saved = 100 * (1 - small / large)
        found = f"builder {large / 1e6:.0f} MB -> {found} ({saved:.1f} % smaller)"
    return f"{found}, no compiler, no source"


def public_place(name: str) -> str:
    """Return where docker.io has an image of this short name: `library/golang:1.19`."""
    name = name.removeprefix("docker.io/")
    if not _PUBLIC_NAME.fullmatch(name):
        raise Failure(f"{name} is no short name of an image with a tag")
    return name if "/" in name else f"library/{name}"


def traces_of_building(paths: list[str]) -> list[str]:
    """Return those paths that are compilers or their sources."""
    files = map(PurePosixPath, paths)
    return [
        str(file)
        for file in files
        if file.suffix in _SOURCES or _COMPILER.fullmatch(file.name) or file.name == "go.mod"
    ]


def _run(cluster: Cluster, name: str, image: str) -> str:
    """Run the image as a pod, which is removed again; return what it printed."""
    remove = ("delete", "pod", name, *_NAMESPACE, "--now", "--ignore-not-found")
    cluster.kubectl(*remove)
    with step("running the image"):
        cluster.kubectl("run", name, *_NAMESPACE, f"--image={image}", "--restart=Never")
        try:
            ended = waiting.until(lambda: _ended(cluster, name), seconds=_RUN_SECONDS)
            said = cluster.kubectl("logs", name, *_NAMESPACE) if ended else ""
            if ended != "Succeeded":
                raise Failure(f"pod {name} of {image} {ended or 'does not run'}: {said}")
        finally:
            cluster.kubectl(*remove)
    return said


def _ended(cluster: Cluster, name: str) -> str:
    pod = json.loads(cluster.kubectl("get", "pod", name, *_NAMESPACE, "--output", "json"))
    phase: str = pod["status"]["phase"]
    return phase if phase in ("Succeeded", "Failed") else ""
