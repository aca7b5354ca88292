"""A cluster in a dict, that can fail at any call, as ``controller.cluster.Cluster``."""

import copy

from tests.builders import NOW, a_picture, stamp, terminated

from imagebuild.api import names
from imagebuild.contract import picture as pictures
from imagebuild.contract import report as reports
from imagebuild.controller import cluster as clusters


class CrashError(BaseException):
    """The operator dies here: as with a kill, nothing in it can catch that."""


class FakeCluster:
    """Objects by kind and name; ``writes`` lists what was written, in order.

    ``crash_at``: the number of the write (from 1) after which the operator dies.
    ``refuse``: kind -> words with which one is refused. ``reads``: how many ImageBuilds were asked
    for. ``line``: the last line of each log of pictures. ``logs``: pod -> its worker's log with
    moments, or what is raised instead. ``told``: the Events.
    """

    def __init__(self, *imagebuilds, crash_at=None, refuse=None):
        self.objects = {("ImageBuild", b["metadata"]["name"]): b for b in imagebuilds}
        self.writes, self.crash_at, self.refuse = [], crash_at, refuse or {}
        self.line, self.event_fails, self.has_flux = "", False, True
        self.reads, self.logs, self.logs_read, self.told = 0, {}, [], []

    async def imagebuild(self, namespace, name):
        self.reads += 1
        return copy.deepcopy(self.objects.get(("ImageBuild", name)))

    async def read(self, kind, namespace, name):
        return copy.deepcopy(self.objects.get((kind, name)))

    async def flux(self, kind, name, *, namespace):
        if not self.has_flux:
            raise clusters.UnknownKindError(kind)
        return copy.deepcopy(self.objects.get((kind, name)))

    async def owned(self, kind, namespace, uid):
        found = (o for (k, _), o in self.objects.items() if k == kind)
        return [o for o in found if o["metadata"]["labels"].get(names.LABEL_OWNER) == uid]

    async def events(self, namespace, uid):
        return []

    async def last_line(self, namespace, pod, container):
        return self.line

    async def log(self, namespace, pod, container, *, size, lines=None):
        assert container == "build"
        self.logs_read.append(pod)
        if pod not in self.logs:
            raise clusters.NoLogError(f'pods "{pod}" not found')
        text = self.logs[pod]
        if isinstance(text, Exception):
            raise text
        if lines is None:
            return text[:size]
        return b"".join(text.splitlines(keepends=True)[-lines:])[-size:]

    async def nodes(self):
        return []

    async def create(self, manifest):
        kind, metadata = manifest["kind"], copy.deepcopy(manifest["metadata"])
        if kind == "Event":
            if self.event_fails:
                raise OSError("the API server is away")
            self.told.append(manifest)
            return
        if (kind, metadata["name"]) in self.objects:
            raise clusters.ExistsError(metadata["name"])
        if kind in self.refuse:
            raise clusters.RefusedError(self.refuse[kind])
        metadata |= {"uid": f"uid-of-{metadata['name']}", "creationTimestamp": stamp(NOW)}
        self.objects[kind, metadata["name"]] = {**manifest, "metadata": metadata}
        self._wrote(f"create {kind} {metadata['name']}")

    async def change(self, found, *, data, labels):
        name = found["metadata"]["name"]
        there = self.objects[found["kind"], name]
        assert there["metadata"]["uid"] == found["metadata"]["uid"]
        there["data"], there["metadata"]["labels"] = data, labels
        self._wrote(f"change {found['kind']} {name}")

    async def delete(self, kind, found):
        name, uid = found["metadata"]["name"], found["metadata"]["uid"]
        there = self.objects.get((kind, name))
        if there is not None and there["metadata"]["uid"] == uid:
            del self.objects[kind, name]
            self._wrote(f"delete {kind} {name}")

    async def write_status(self, namespace, name, status):
        self.objects["ImageBuild", name]["status"] = copy.deepcopy(dict(status))
        self._wrote(f"status {name}")

    def _wrote(self, what):
        self.writes.append(what)
        if len(self.writes) == self.crash_at:
            raise CrashError(what)


def ends(cluster, report, *, pod="hello-x"):
    """The newest Job's pod ends with this report."""
    job = [o for (kind, _), o in cluster.objects.items() if kind == "Job"][-1]
    code = int(report.failure is not None)
    ended = [
        {"name": "build", "state": terminated(code, message=reports.to_message(report))},
        {"name": "buildkitd", "state": terminated(0)},
        {"name": "progress", "state": terminated(0)},
    ]
    cluster.objects["Pod", pod] = {
        "metadata": {
            "name": pod,
            "uid": "uid-of-pod",
            "labels": job["metadata"]["labels"],
            "ownerReferences": [{"uid": job["metadata"]["uid"]}],
        },
        "status": {"phase": "Succeeded", "containerStatuses": ended},
    }
    cluster.line = pictures.to_line(a_picture(builder="Succeeded", final="Succeeded"))
