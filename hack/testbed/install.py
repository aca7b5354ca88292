"""The operator in the cluster: the overlay that fits, with the images that were made here."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from testbed import cache, projectimages, waiting
from testbed.kindcluster import Cluster
from testbed.say import Failure, note, step

# Where nothing can be pulled, builds get docker.io's images from the registry in the cluster.
OVERLAYS = {"build": "offline", "pull": "demo"}

_NAMED = re.compile(r"imagebuild\.dev/(\w+):[\w.-]+")
_NAMESPACE = ("--namespace", "imagebuild-system")
_NAME = "imagebuild-operator"
_SELECTED = ("--selector", f"app.kubernetes.io/name={_NAME}")
_SECONDS = 120
_LOG_LINES = 20
Object = dict[str, Any]


def ensure(cluster: Cluster, names: Mapping[str, str]) -> None:
    """Install the operator and wait until it runs; changes nothing where nothing has changed.

    `names` are the images by target, `{"operator": ..., "builder": ...}`. Raises Failure with the
    operator's last words.
    """
    overlay = f"manifests/overlays/{OVERLAYS[cluster.state()['images']]}"
    with step(f"operator from {overlay}"):
        manifests = with_images(cluster.kubectl("kustomize", projectimages.ROOT / overlay), names)
        # Fields that someone has set by hand since are set back.
        ours = ("--server-side", "--force-conflicts", "--field-manager", "imagebuild-testbed")
        cluster.kubectl("apply", *ours, "--filename", "-", stdin=manifests)
        crd = "customresourcedefinition/imagebuilds.imagebuild.dev"
        cluster.kubectl("wait", "--for", "condition=Established", "--timeout", "30s", crd)
    said: set[str] = set()
    if not waiting.until(lambda: _runs(cluster, said), seconds=_SECONDS):
        raise _failure(cluster)
    note(f"operator: running {names['operator']}")


def with_images(manifests: str, names: Mapping[str, str]) -> str:
    """Return the manifests with the project's images replaced by `names`, each at least once."""
    found = set(_NAMED.findall(manifests))
    if found != set(names):
        raise Failure(f"the manifests name the images {sorted(found)}, made are {sorted(names)}")
    return _NAMED.sub(lambda match: names[match[1]], manifests)


def _runs(cluster: Cluster, said: set[str]) -> bool:
    """Whether the present version runs, alone; says once each what is in its way."""
    deployment = json.loads(cluster.kubectl("get", "deployment", _NAME, *_NAMESPACE, "-o", "json"))
    wanted, status = deployment["spec"]["replicas"], deployment["status"]
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    if seen and counts == [wanted] * 3:
        return True
    for obstacle in _obstacles(cluster):
        if obstacle not in said:
            said.add(obstacle)
            note(f"operator: {obstacle}")
    return False


def _obstacles(cluster: Cluster) -> Iterator[str]:
    pods = json.loads(cluster.kubectl("get", "pods", *_NAMESPACE, *_SELECTED, "-o", "json"))
    for pod in pods["items"]:
        name = pod["metadata"]["name"]
        if "deletionTimestamp" in pod["metadata"]:
            yield f"waiting for pod {name} of the version before to end"
        for container in pod["status"].get("containerStatuses", []):
            held = container["state"].get("waiting", {})
            if held.get("reason") not in (None, "ContainerCreating"):
                yield f"pod {name}: {held['reason']}"


def _failure(cluster: Cluster) -> Failure:
    """Tell why it does not run: the operator's last lines; all of it in a log."""
    logs = ("logs", *_NAMESPACE, *_SELECTED, "--tail", str(_LOG_LINES), "--ignore-errors")
    asked = {
        "pods": ("describe", "pods", *_NAMESPACE, *_SELECTED),
        "events": ("get", "events", *_NAMESPACE, "--sort-by", ".lastTimestamp"),
        "log of the run before": (*logs, "--previous"),
        "log": logs,
    }
    told = {title: _answer(cluster, *words) for title, words in asked.items()}
    path = cache.logs() / "operator.log"
    cache.write(path, "\n".join(f"--- {title}\n{text}" for title, text in told.items()) + "\n")
    last = told["log"] or told["log of the run before"]
    events = told["events"].splitlines()[-5:]
    lines = "\n    ".join([*last.splitlines(), *events])
    return Failure(
        f"the operator does not run after {_SECONDS} s; its last lines, and events:\n    {lines}",
        log=path,
    )


def _answer(cluster: Cluster, *words: str) -> str:
    try:
        return cluster.kubectl(*words)
    except Failure as failure:
        return str(failure)
