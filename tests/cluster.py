"""The real cluster, as tests see it: kubectl, waiting for a condition, a failure's story."""

import contextlib
import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

Object = dict[str, Any]
T = TypeVar("T")

# For what takes seconds, on a node that others work on: a deadline, and a limit to no claim.
BUSY_SECONDS = 180.0


class Kubectl:
    """kubectl against the test cluster; `namespace` goes with every call when given."""

    def __init__(self, *, program: str, kubeconfig: str, namespace: str = "") -> None:
        self._program, self._kubeconfig = program, kubeconfig
        self.namespace = namespace

    def within(self, namespace: str) -> "Kubectl":
        """Return the same kubectl for one namespace."""
        return Kubectl(program=self._program, kubeconfig=self._kubeconfig, namespace=namespace)

    def __call__(self, *args: str, stdin: str = "", check: bool = True) -> str:
        """Return what `kubectl ARGS` prints; with `check`, its failure fails the test."""
        where = ["--namespace", self.namespace] if self.namespace else []
        argv = [self._program, "--kubeconfig", self._kubeconfig, *where, *args]
        done = subprocess.run(
            argv, input=stdin, capture_output=True, text=True, timeout=240, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout if check else done.stdout + done.stderr

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Apply objects given as dicts."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self("apply", "--filename", "-", stdin=json.dumps(listed))

    def get(self, kind: str, name: str) -> Object | None:
        """Return one object as a dict, or None if it is not there."""
        found = self("get", kind, name, "--ignore-not-found", "--output", "json")
        return json.loads(found) if found else None

    def items(self, kind: str, *args: str) -> list[Object]:
        """Return all objects of a kind, as `kubectl get KIND ARGS` selects them."""
        found: list[Object] = json.loads(self("get", kind, *args, "--output", "json"))["items"]
        return found


def connect() -> Kubectl:
    """Return kubectl for the cluster that the environment names (hack/test sets it)."""
    return Kubectl(
        program=os.environ.get("IMAGEBUILD_KUBECTL", "kubectl"),
        kubeconfig=os.environ["IMAGEBUILD_KUBECONFIG"],
    )


def wait_until(
    ask: Callable[[], T | None], *, what: str, seconds: float = BUSY_SECONDS, every: float = 0.2
) -> T:
    """Return the first answer of `ask` that is truthy; fail after `seconds`, saying `what`."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not: {what} (last: {answer!r})")
        time.sleep(every)
    return answer


def story(kubectl: Kubectl) -> str:
    """Tell what happened in a namespace: objects, status, events, logs, the operator's.

    Of what went well the log's end is enough.
    """
    kinds = "imagebuilds.imagebuild.dev,jobs,pods"
    builds = "{range .items[*]}{.metadata.name}: {.status}{'\\n'}{end}"
    parts = [
        ("objects", kubectl("get", kinds, "--output", "wide", check=False)),
        ("status", kubectl("get", "imagebuilds", "--output", f"jsonpath={builds}", check=False)),
        ("events", kubectl("get", "events", "--sort-by", ".lastTimestamp", check=False)),
    ]
    logs = ("--all-containers", "--prefix", "--ignore-errors")
    for pod in kubectl.items("pods"):
        name = pod["metadata"]["name"]
        tail = "5" if pod["status"].get("phase") == "Succeeded" else "60"
        said = kubectl("logs", name, *logs, "--tail", tail, check=False)
        parts.append((f"log of {name}", said))
    operator = ("deployment/imagebuild-operator", "--tail", "40")
    said = kubectl.within("imagebuild-system")("logs", *operator, check=False)
    return _sections([*parts, ("log of the operator", said)])


@contextlib.contextmanager
def telling(kubectl: Kubectl) -> Iterator[None]:
    """Add the story of a namespace, which is no test's own, to what fails within."""
    try:
        yield
    except Exception as error:
        error.add_note(story(kubectl))
        raise


def _sections(parts: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"--- {title}\n{text.strip()}" for title, text in parts)


def imagebuild(name: str, spec: Mapping[str, Any], **metadata: Any) -> Object:
    """Return an ImageBuild with this spec, to be applied."""
    return {
        "apiVersion": "imagebuild.dev/v1alpha1",
        "kind": "ImageBuild",
        "metadata": {"name": name, **metadata},
        "spec": dict(spec),
    }


def condition(found: Mapping[str, Any], kind: str = "Ready") -> Object:
    """Return a condition of an object; empty where it has none of that type."""
    conditions = found.get("status", {}).get("conditions", [])
    return next((c for c in conditions if c["type"] == kind), {})


def until(
    kubectl: Kubectl,
    name: str,
    reason: str,
    *,
    build: int | None = None,
    seconds: float = BUSY_SECONDS,
) -> Object:
    """Return the ImageBuild once Ready gives `reason` for its present generation.

    `build` is the number that the newest build must have reached. One that has come to another end
    will give no other reason by itself, so that fails at once.
    """

    def ask() -> Object | None:
        found = kubectl.get("imagebuild", name)
        ready = condition(found or {})
        if not found or ready.get("observedGeneration") != found["metadata"]["generation"]:
            return None
        if found["status"].get("build", {}).get("number", 0) < (build or 0):
            return None
        if ready["reason"] == reason:
            return found
        ended = ready["status"] == "True" or condition(found, "Stalled")
        assert not ended, f"{name} is not {reason} but {ready['reason']}: {ready['message']}"
        return None

    return wait_until(ask, what=f"{name} is {reason}", seconds=seconds, every=0.3)


def proxied(kubectl: Kubectl, service: str) -> str:
    """Return the path by which the API server asks a service, NAME:PORT, in our place."""
    return f"/api/v1/namespaces/{kubectl.namespace}/services/{service}/proxy"


def reach(kubectl: Kubectl, service: str) -> None:
    """Return once the API server reaches a service, NAME:PORT, which answers {} at its root.

    It learns of a pod's readiness a moment later than `kubectl wait`.
    """
    root = f"{proxied(kubectl, service)}/"
    wait_until(
        lambda: kubectl("get", "--raw", root, check=False) == "{}",
        what=f"the API server reaches {service}",
    )


def ended(kubectl: Kubectl, pod: str, container: str, *, seconds: float = BUSY_SECONDS) -> int:
    """Return the exit code of a pod's container once there is one."""

    def codes() -> list[int]:
        # A list, since an exit code of 0 is an answer too.
        statuses = (kubectl.get("pod", pod) or {}).get("status", {}).get("containerStatuses", [])
        states = [s["state"] for s in statuses if s["name"] == container]
        return [s["terminated"]["exitCode"] for s in states if "terminated" in s]

    return wait_until(codes, what=f"{container} of pod {pod} has ended", seconds=seconds)[0]


def output(kubectl: Kubectl, image: str, *command: str) -> str:
    """Return what a container of the image prints, or this command in it; it must end with 0."""
    name = f"run-{uuid.uuid4().hex[:6]}"
    container = {"name": "run", "image": image, **({"command": command} if command else {})}
    spec = {"restartPolicy": "Never", "containers": [container]}
    kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    code = ended(kubectl, name, "run")
    said = kubectl("logs", name)
    assert code == 0, f"{image} ended with {code}: {said}"
    return said
