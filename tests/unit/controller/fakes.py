"""A cluster in a dict, that can fail at any call, as ``controller.cluster.Cluster``."""

import copy

from tests.builders import NOW, stamp

from imagebuild.api import names
from imagebuild.controller import cluster as clusters


class CrashError(BaseException):
    """The operator dies here: as with a kill, nothing in it can catch that."""


class FakeCluster:
    """Objects by kind and name; ``writes`` lists what was written, in order.

    ``crash_at``: the number of the write (from 1) after which the operator dies.
    ``refuse``: words with which a Job is refused. ``reads``: how many ImageBuilds were asked for.
    """

    def __init__(self, *imagebuilds, crash_at=None, refuse=None):
        self.objects = {("ImageBuild", b["metadata"]["name"]): b for b in imagebuilds}
        self.writes, self.crash_at, self.refuse = [], crash_at, refuse
        self.log, self.event_fails, self.has_flux = "", False, True
        self.reads = 0

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
        return self.log

    async def nodes(self):
        return []

    async def create(self, manifest):
        kind, metadata = manifest["kind"], copy.deepcopy(manifest["metadata"])
        if kind == "Event":
            if self.event_fails:
                raise OSError("the API server is away")
            return
        if (kind, metadata["name"]) in self.objects:
            raise clusters.ExistsError(metadata["name"])
        if kind == "Job" and self.refuse:
            raise clusters.RefusedError(self.refuse)
        metadata |= {"uid": f"uid-of-{metadata['name']}", "creationTimestamp": stamp(NOW)}
        self.objects[kind, metadata["name"]] = {**manifest, "metadata": metadata}
        self._wrote(f"create {kind} {metadata['name']}")

    async def delete(self, kind, namespace, name):
        if self.objects.pop((kind, name), None):
            self._wrote(f"delete {kind} {name}")

    async def write_status(self, namespace, name, status):
        self.objects["ImageBuild", name]["status"] = copy.deepcopy(dict(status))
        self._wrote(f"status {name}")

    def _wrote(self, what):
        self.writes.append(what)
        if len(self.writes) == self.crash_at:
            raise CrashError(what)
