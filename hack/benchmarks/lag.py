"""How soon status shows what happens to stages while many builds run, and what that costs."""

import itertools
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from testbed import kindcluster, say

from benchmarks import audit, usage
from benchmarks.api import Api, Object, last_picture, namespace, watched

NAMESPACE = "bench"
APART = 2.0  # seconds between two builds: the machine is busiest while a pod starts
PATIENCE = 300.0  # seconds that all of them may take
AT_REST = 30.0  # seconds in which nothing is built
_BUILDS = f"/apis/imagebuild.dev/v1alpha1/namespaces/{NAMESPACE}/imagebuilds"
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_BEGUN = frozenset({"Running", "Succeeded", "Cached", "Failed", "Canceled"})
_OVER = _BEGUN - {"Running"}

# The name of a build, that of a stage, and whether it begins or ends.
Change = tuple[str, str, Literal["begins", "ends"]]
_CHANGES: tuple[tuple[frozenset[str], Literal["begins", "ends"]], ...] = (
    (_BEGUN, "begins"),
    (_OVER, "ends"),
)


@dataclass
class Seen:
    """When a watch showed each change, and each build as Ready, in seconds since the epoch.

    `of`: how many builds there are.
    """

    of: int
    changes: dict[Change, float] = field(default_factory=dict)
    ready: dict[str, float] = field(default_factory=dict)

    def look(self, build: Object, at: float) -> bool:
        """Note what is new in an ImageBuild; True when all builds have ended."""
        name, status = build["metadata"]["name"], build.get("status", {})
        for stage in status.get("stages", ()):
            for states, change in _CHANGES:
                if stage["state"] in states:
                    self.changes.setdefault((name, stage["name"], change), at)
        conditions = {c["type"]: c["status"] for c in status.get("conditions", ())}
        if conditions.get("Stalled") == "True":
            raise say.Failure(f"{name} failed: {status['failure']['message']}")
        if conditions.get("Ready") == "True":
            self.ready.setdefault(name, at)
        return len(self.ready) == self.of


def measure(cluster: kindcluster.Cluster, api: Api, builds: int) -> Object:
    """Return the figures of so many builds that run at the same time."""
    rest = _at_rest(cluster)
    names = [f"status-{number:02}" for number in range(1, builds + 1)]
    with namespace(api, NAMESPACE):
        begun, before = time.time(), usage.of_the_operator(cluster)
        with say.step(f"{builds} builds"):
            seen, busy = _build(cluster, api, names)
        after = usage.of_the_operator(cluster)
        written = audit.every(cluster, NAMESPACE, begun=begun, ended=time.time())
        lags = {change: lag for name in names for change, lag in _lags(api, name, seen)}
    return {
        "builds": builds,
        "stageChanges": len(lags),
        **_spread(list(lags.values())),
        "lagWorstOf": " ".join(max(lags, key=lambda change: lags[change])),
        **_writes(written, names),
        "cpuSecondsAMinute": after.cpu_a_minute(before),
        "rssMiB": max(busy.rss_mib, after.rss_mib),
        **rest,
    }


def _at_rest(cluster: kindcluster.Cluster) -> Object:
    with say.step(f"{AT_REST:.0f} s at rest"):
        before = usage.of_the_operator(cluster)
        time.sleep(AT_REST)
        after = usage.of_the_operator(cluster)
    return {"cpuSecondsAMinuteAtRest": after.cpu_a_minute(before), "rssMiBAtRest": after.rss_mib}


def _build(
    cluster: kindcluster.Cluster, api: Api, names: Sequence[str]
) -> tuple[Seen, usage.Usage]:
    """Have all of them built; return what was seen, and what the operator took amidst of it."""
    seen = Seen(len(names))
    with watched(api, f"{_BUILDS}?", seen.look, seconds=PATIENCE):
        for name in names:
            api.request("POST", _BUILDS, _imagebuild(name))
            time.sleep(APART)
        busy = usage.of_the_operator(cluster)
    return seen, busy


def _lags(api: Api, name: str, seen: Seen) -> Iterator[tuple[Change, float]]:
    """Each change of a build's stages, and how many seconds after it the watch showed it.

    The rows of a picture hold, among others: name, state, ..., duration at 6, start at 7, both in
    milliseconds, the start counted from `began` and beginning with 1.
    """
    pod = api.items(f"{_PODS}?labelSelector=job-name={name}-1-1")[0]["metadata"]["name"]
    picture = last_picture(api, _PODS, pod)
    for row in picture["rows"]:
        begins = picture["began"] + row[7] - 1
        times = (begins, begins + row[6])
        for (_, change), at in zip(_CHANGES, times, strict=True):
            found = (name, row[0], change)
            yield found, seen.changes[found] - at / 1000


def _writes(written: Iterable[audit.Write], names: Sequence[str]) -> Object:
    """Count the operator's writes of each build, by the names of what was written."""
    whole: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for write, name in itertools.product(written, names):
        if write.by_the_operator and (write.name == name or write.name.startswith(f"{name}-")):
            whole[name] += 1
            statuses[name] += write.resource == "imagebuilds/status"
    return {
        "operatorWritesABuild": statistics.median(whole[name] for name in names),
        "statusWritesABuild": statistics.median(statuses[name] for name in names),
        "statusWritesWorst": max(statuses[name] for name in names),
    }


def _spread(lags: list[float]) -> Object:
    return {
        "lagMedianSeconds": round(statistics.median(lags), 2),
        "lagP95Seconds": round(statistics.quantiles(lags, n=20, method="inclusive")[-1], 2),
        "lagWorstSeconds": round(max(lags), 2),
    }


def _imagebuild(name: str) -> Object:
    """Four stages that take a minute and hardly any of the processor.

    The steps of each follow one another, so that its start and its duration tell its end.
    """
    alpine, little = "alpine:3.18", {"cpu": "5m", "memory": "64Mi"}
    stages = [
        {"name": "early", "from": alpine, "steps": [_sleep(20), _sleep(10)]},
        {"name": "late", "from": alpine, "steps": [_sleep(25), _sleep(15)]},
        {"name": "between", "from": "early", "steps": [_sleep(6)]},
        {
            "name": "final",
            "from": "between",
            "steps": [{"copy": ["/bin/sh"], "from": "late", "to": "/copied"}, _sleep(8)],
        },
    ]
    return {
        "apiVersion": "imagebuild.dev/v1alpha1",
        "kind": "ImageBuild",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"resources": {"requests": little}, "stages": stages},
    }


def _sleep(seconds: int) -> Object:
    return {"run": f"sleep {seconds}"}
