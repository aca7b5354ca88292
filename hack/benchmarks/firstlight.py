"""From apply to Ready, beside the same pod made by hand, in turn."""

import copy
import json
import statistics
import time
from dataclasses import dataclass

from testbed import kindcluster, say

from benchmarks import audit, usage
from benchmarks.api import Api, Object, last_picture, namespace, watched

NAMESPACE = "bench"
PATIENCE = 180.0  # seconds that one build may take
_BUILDS = f"/apis/imagebuild.dev/v1alpha1/namespaces/{NAMESPACE}/imagebuilds"
_JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"


@dataclass(frozen=True)
class Operated:
    """One build by the operator, in seconds from the apply."""

    overhead: float
    job: float
    first_step: float
    writes: audit.Writes


@dataclass(frozen=True)
class ByHand:
    """The same pod made by hand, in seconds from its creation."""

    overhead: float


def measure(cluster: kindcluster.Cluster, api: Api, example: Object, runs: int) -> Object:
    """Return the medians of `runs` builds by the operator and by hand, in turn."""
    operated, by_hand = [], []
    with namespace(api, NAMESPACE):
        for number in range(1, runs + 1):
            with say.step(f"run {number} of {runs}: by the operator"):
                one, parts = _operated(cluster, api, example, number)
            with say.step(f"run {number} of {runs}: the same pod by hand"):
                other = _by_hand(api, parts, number)
            operated.append(one)
            by_hand.append(other)
    median = statistics.median
    return {
        "overheadSeconds": round(median(o.overhead for o in operated), 3),
        "handmadeOverheadSeconds": round(median(h.overhead for h in by_hand), 3),
        "overheadRatio": round(
            median(o.overhead / h.overhead for o, h in zip(operated, by_hand, strict=True)), 3
        ),
        "applyToJobSeconds": round(median(o.job for o in operated), 3),
        "firstStepSeconds": round(median(o.first_step for o in operated), 3),
        "operatorWrites": median(o.writes.operator for o in operated),
        "clusterWrites": median(o.writes.cluster for o in operated),
        "operatorRssMiB": usage.of_the_operator(cluster).rss_mib,
        "runs": runs,
    }


def _operated(
    cluster: kindcluster.Cluster, api: Api, example: Object, number: int
) -> tuple[Operated, dict[str, Object]]:
    build = copy.deepcopy(example)
    name = f"run-{number}"
    build["metadata"] = {"name": name, "namespace": NAMESPACE}
    build["spec"]["publish"][0]["images"] = [f"registry.demo.svc:5000/bench:operated-{number}"]
    times: dict[str, float] = {}

    def job_seen(job: Object, at: float) -> bool:
        if any(owner["name"] == name for owner in job["metadata"]["ownerReferences"]):
            times["job"] = at
        return "job" in times

    def ready(found: Object, at: float) -> bool:
        conditions = found.get("status", {}).get("conditions", [])
        times["ready"] = at
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    selector = f"{_BUILDS}?fieldSelector=metadata.name={name}"
    jobs = watched(api, f"{_JOBS}?", job_seen, seconds=PATIENCE)
    with watched(api, selector, ready, seconds=PATIENCE), jobs:
        begun = time.time()
        api.request("POST", _BUILDS, build)
    job = f"{name}-1-1"
    pod = api.items(f"{_PODS}?labelSelector=job-name={job}")[0]
    picture = last_picture(api, _PODS, pod["metadata"]["name"])
    counted = audit.writes(cluster, NAMESPACE, begun=begun, ended=times["ready"])
    parts = {
        "pod": api.request("GET", f"{_JOBS}/{job}")["spec"]["template"],
        "order": api.request("GET", f"{_CONFIG_MAPS}/{job}"),
    }
    api.delete(f"{_BUILDS}/{name}")
    first = picture["began"] / 1000
    return (
        Operated(
            overhead=times["ready"] - begun - picture["solving"] / 1000,
            job=times["job"] - begun,
            first_step=first - begun,
            writes=counted,
        ),
        parts,
    )


def _by_hand(api: Api, parts: dict[str, Object], number: int) -> ByHand:
    name = f"by-hand-{number}"
    order = {k: parts["order"][k] for k in ("apiVersion", "kind", "data", "binaryData")}
    order["metadata"] = {"name": name}
    spec = json.loads(json.dumps(parts["pod"]["spec"]).replace(f"run-{number}-1-1", name))
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    times: dict[str, float] = {}

    def ended(found: Object, at: float) -> bool:
        times["ended"] = at
        return any(
            status["name"] == "build" and "terminated" in status["state"]
            for status in found.get("status", {}).get("containerStatuses", [])
        )

    with watched(api, f"{_PODS}?fieldSelector=metadata.name={name}", ended, seconds=PATIENCE):
        begun = time.time()
        api.request("POST", _CONFIG_MAPS, order)
        api.request("POST", _PODS, pod)
    solving = last_picture(api, _PODS, name)["solving"] / 1000
    api.delete(f"{_PODS}/{name}")
    return ByHand(overhead=times["ended"] - begun - solving)
