"""A build from its spec to its image, or held in a step until the test lets it go on."""

from collections.abc import Mapping
from typing import Any

from tests import cluster
from tests.e2e.outside import Outside
from tests.e2e.registry import Image, Registry
from tests.e2e.specs import to


def published(
    kubectl: cluster.Kubectl,
    registry: Registry,
    spec: Mapping[str, Any],
    *,
    name: str = "built",
    seconds: float = cluster.BUSY_SECONDS,
) -> tuple[Image, dict[str, Any]]:
    """Return the image that this spec's last stage becomes, and the status."""
    image = f"{registry.name}/{kubectl.namespace}/{name}:1"
    kubectl.apply(cluster.imagebuild(name, {**spec, "publish": to(image)}))
    status = cluster.until(kubectl, name, "Published", seconds=seconds)["status"]
    return registry.pull(status["image"]), status


def gate(outside: Outside, name: str) -> dict[str, str]:
    """Return a step that says that it has begun, and ends once `outside` has the file NAME."""
    # The quotes keep the word out of the step's title, which the log shows before the step runs.
    gone_on = f"wget -q -O /dev/null {outside.url}/files/{name}"
    return {"run": f"echo be''gan; until {gone_on}; do sleep 1; done"}


def begun(kubectl: cluster.Kubectl, name: str) -> str:
    """Return the pod of the ImageBuild NAME once the step of its gate has begun."""

    def ask() -> str:
        pods = [pod["metadata"]["name"] for pod in kubectl.items("pods")]
        of_it = [pod for pod in pods if pod.startswith(f"{name}-")]
        logs = {pod: kubectl("logs", pod, "-c", "build", check=False) for pod in of_it}
        return next((pod for pod, log in logs.items() if "began" in log), "")

    return cluster.wait_until(ask, what=f"the step of {name} has begun")
