"""The API server through a `kubectl proxy` on loopback: requests without kubectl's own start."""

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from testbed import kindcluster

Object = dict[str, Any]
USER_AGENT = "imagebuild-bench"


@dataclass(frozen=True)
class Api:
    """An API server at a loopback address."""

    address: str

    def request(self, method: str, path: str, body: Object | None = None) -> Object:
        """Return the answer's JSON; raises urllib.error.HTTPError for what is no success."""
        with self._open(method, path, body) as answer:
            found: Object = json.load(answer)
        return found

    def items(self, path: str) -> list[Object]:
        """Return what a list at `path` holds."""
        found: list[Object] = self.request("GET", path)["items"]
        return found

    def text(self, path: str) -> str:
        """Return the answer as it is."""
        with self._open("GET", path) as answer:
            return str(answer.read().decode())

    def delete(self, path: str) -> None:
        """Delete an object and what it owns; one that is not there is deleted."""
        with contextlib.suppress(urllib.error.HTTPError):
            self.request("DELETE", path, {"propagationPolicy": "Background"})

    def watch(self, path: str, seen: Callable[[Object, float], bool], *, seconds: float) -> None:
        """Call `seen(object, time)` for every change until it returns True; TimeoutError after."""
        deadline = time.monotonic() + seconds
        with self._open("GET", f"{path}&watch=true&timeoutSeconds={int(seconds)}") as stream:
            for line in stream:
                if seen(json.loads(line)["object"], time.time()):
                    return
                if time.monotonic() > deadline:
                    break
        raise TimeoutError(f"after {seconds:.0f} s still waiting at {path}")

    def _open(self, method: str, path: str, body: Object | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        request = urllib.request.Request(  # noqa: S310 - a loopback address of our own
            self.address + path, data=data, method=method, headers=headers
        )
        return urllib.request.urlopen(request, timeout=120)  # noqa: S310 - the same


@contextlib.contextmanager
def connect(cluster: kindcluster.Cluster) -> Iterator[Api]:
    """Have a proxy to the cluster's API server while the block runs."""
    argv = [cluster.kubectl_program, "--kubeconfig", cluster.kubeconfig, "proxy", "--port=0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as proxy:
        try:
            line = proxy.stdout.readline() if proxy.stdout else ""
            yield Api(f"http://{line.rsplit(' ', 1)[-1].strip()}")
        finally:
            proxy.terminate()


@contextlib.contextmanager
def watched(
    api: Api, path: str, seen: Callable[[Object, float], bool], *, seconds: float
) -> Iterator[None]:
    """Watch in a thread from the block's beginning, and at its end until `seen` says True."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        future = thread.submit(api.watch, path, seen, seconds=seconds)
        yield
        future.result()


@contextlib.contextmanager
def namespace(api: Api, name: str) -> Iterator[None]:
    """Have a namespace of this name, and nothing that was in it before, while the block runs."""
    api.delete(f"/api/v1/namespaces/{name}")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if name not in {found["metadata"]["name"] for found in api.items("/api/v1/namespaces")}:
            break
        time.sleep(0.5)
    about = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    api.request("POST", "/api/v1/namespaces", about)
    try:
        yield
    finally:
        api.delete(f"/api/v1/namespaces/{name}")


def last_picture(api: Api, pods: str, pod: str) -> Object:
    """Return a pod's picture that says Done, which is there a moment after its worker's end.

    `pods` is the path of its namespace's pods. TimeoutError where none is.
    """
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        lines = api.text(f"{pods}/{pod}/log?container=progress&tailLines=1").splitlines()
        picture: Object = json.loads(lines[-1]) if lines else {}
        if picture.get("phase") == "Done":
            return picture
        time.sleep(0.1)
    raise TimeoutError(f"pod {pod} told no end")
