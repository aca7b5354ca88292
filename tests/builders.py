"""Objects for tests, as the API server gives them."""

import base64
import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from imagebuild.api import names
from imagebuild.contract import order as orders
from imagebuild.contract import picture as pictures
from imagebuild.contract import report as reports
from imagebuild.core import imagebuild, observe, outside, plan
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Settings

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
UID = "11111111-2222-3333-4444-555555555555"
DIGEST = "sha256:" + "7e" * 32
SETTINGS = Settings(builder_image="builder:1", profile=Profile(Kind.USERNS))

SPEC = {
    "context": {"files": {"main.go": "package main\n"}},
    "stages": [
        {
            "name": "builder",
            "from": "golang:1.19",
            "steps": [{"copy": ["main.go"], "to": "./"}, {"run": "go build"}],
        },
        {
            "name": "final",
            "from": "alpine:3.18",
            "steps": [{"copy": ["/main"], "from": "builder", "to": "/"}],
        },
    ],
    "publish": [{"stage": "final", "images": ["registry.example.com/team/hello:1.0"]}],
}


def an_imagebuild(*, spec=None, generation=1, annotations=None, status=None, **metadata):
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {
            "name": "hello",
            "namespace": "team-a",
            "uid": UID,
            "generation": generation,
            "annotations": annotations or {},
            **metadata,
        },
        "spec": copy.deepcopy(SPEC if spec is None else spec),
        "status": status or {"observedGeneration": -1},
    }


def another(*published, spec=None):
    """Another ImageBuild that published these: (stage, image)."""
    rows = [{"stage": stage, "image": image} for stage, image in published]
    return {"spec": spec or {}, "status": {"published": rows}}


def a_picture(phase=pictures.Phase.DONE, **states):
    """A picture with these stages in these states, 2 of 2 steps done where they are over."""
    stages = tuple(
        pictures.Stage(
            name=name,
            state=pictures.State(state),
            steps=2,
            done=2 if pictures.State(state) in pictures.FINAL else 1,
            started=1_769_860_800_000,
            duration=812,
        )
        for name, state in states.items()
    )
    return pictures.Picture(phase=phase, stages=stages)


def a_success(digest=DIGEST):
    return reports.Report(images=(reports.Image(target=0, digest=digest, size=1000, layers=2),))


def a_failure(cause=reports.Cause.SOLVE, **facts):
    facts.setdefault("error", "exit code: 1")
    return reports.Report(failure=reports.Failure(cause, **facts))


def terminated(exit_code, *, message="", reason="", at=NOW):
    ended = {"exitCode": exit_code, "message": message, "reason": reason, "finishedAt": stamp(at)}
    return {"terminated": {**ended, "startedAt": stamp(at - timedelta(seconds=20))}}


def running(at=NOW):
    return {"running": {"startedAt": stamp(at)}}


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def made(*, settings=None, config_maps=None, image_builds=None, flux=None, **changes):
    """The order ConfigMap and the Job of the first attempt of an ImageBuild with these changes."""
    world = World(config_maps=config_maps or {}, image_builds=image_builds or {}, flux=flux or {})
    if settings:
        world.settings = settings
    world.edit(**changes)
    created = world.look().create
    assert created, world.message()
    config_map, job = created
    return config_map, job


def ordered(**facts):
    """The order of the same."""
    packed = made(**facts)[0]["binaryData"][orders.FILE]
    return orders.unpack(base64.b64decode(packed))


@dataclass
class World:
    """One ImageBuild, its Jobs and pods, and a clock: what the plan asks for becomes true.

    Pods do nothing by themselves: ``run``, ``end`` and ``lose`` are what a kubelet would report.
    ``config_maps``: name -> its data. ``image_builds``: name -> ``another``.
    ``flux``: name -> its artifact, None for none yet; a world without any has no Flux.
    """

    raw: dict = field(default_factory=an_imagebuild)
    settings: Settings = SETTINGS
    now: datetime = NOW
    jobs: dict = field(default_factory=dict)
    pods: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)
    events: dict = field(default_factory=dict)
    config_maps: dict = field(default_factory=dict)
    image_builds: dict = field(default_factory=dict)
    flux: dict = field(default_factory=dict)
    refused: object = None

    def look(self):
        """One reconciliation; returns the plan that was carried out."""
        build = imagebuild.read(self.raw)
        found = plan.plan(build, self.observed(), self.now, self.settings)
        for name in found.delete:
            self.jobs.pop(name, None)
            self.pods.pop(name, None)
        for manifest in found.create:
            if manifest["kind"] == "Job":
                self._create(manifest)
        self.raw["status"] = found.status.to_json()
        return found

    def observed(self):
        attempts = observe.attempts(
            list(self.jobs.values()),
            list(self.pods.values()),
            events=self.events,
            lines=self.lines,
        )
        return observe.Observed(attempts, outside=self.outside(), refused=self.refused)

    def outside(self):
        spec = imagebuild.read(self.raw).spec
        if spec is None:
            return outside.Outside()
        maps = {
            name: outside.config_map({"data": self.config_maps[name]}, keys)
            if name in self.config_maps
            else None
            for name, keys in outside.config_maps(spec).items()
        }
        builds = dict.fromkeys(ref.name for ref in outside.references(spec))
        builds |= {name: outside.other_build(raw) for name, raw in self.image_builds.items()}
        flux = {key: self._flux(key[1]) for key in outside.flux_sources(spec)}
        return outside.Outside(maps, builds, flux)

    def _flux(self, name):
        if not self.flux:
            return outside.FluxSource(known=False, there=False)
        if name not in self.flux:
            return outside.flux_source(None)
        return outside.flux_source({"status": {"artifact": self.flux[name]}})

    def edit(self, **changes):
        """Change fields of the spec (None removes one), as ``kubectl apply`` would."""
        self.raw["spec"] |= changes
        self.raw["spec"] = {k: v for k, v in self.raw["spec"].items() if v is not None}
        self.raw["metadata"]["generation"] += 1

    def ask(self, token):
        self.raw["metadata"]["annotations"] = {names.ANNOTATION_REQUESTED_AT: token}

    def run(self, picture=None):
        """The newest attempt's pod runs, and shows this picture."""
        pod = self.pod()
        for name in ("build", "buildkitd", "progress"):
            self.state(pod, name, running(self.now))
        if picture is not None:
            self.lines[pod["metadata"]["name"]] = pictures.to_line(picture)

    def end(self, report=None, *, exit_code=None, daemon=None, picture=None, **worker):
        """The newest attempt's worker ends with this report."""
        self.run(picture or a_picture(builder="Succeeded", final="Succeeded"))
        message = reports.to_message(report) if report else ""
        failed = report is None or report.failure is not None
        code = int(failed) if exit_code is None else exit_code
        pod = self.pod()
        self.state(pod, "build", terminated(code, message=message, at=self.now, **worker))
        self.state(pod, "buildkitd", daemon or terminated(0, at=self.now))
        self.state(pod, "progress", terminated(0, at=self.now))

    def lose(self, reason="TerminationByKubelet"):
        """The newest attempt's pod is taken away by its node."""
        pod = self.pod()
        condition = {"type": "DisruptionTarget", "status": "True", "reason": reason}
        pod["status"] |= {"phase": "Failed", "conditions": [condition]}

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    @property
    def status(self):
        return self.raw["status"]

    @property
    def ready(self):
        """Ready's status and reason, and the other conditions that are there."""
        found = {c["type"]: c for c in self.status["conditions"]}
        ready = found.pop("Ready")
        return ready["status"], ready["reason"], sorted(found)

    def message(self):
        return next(c["message"] for c in self.status["conditions"] if c["type"] == "Ready")

    def newest(self):
        return list(self.jobs)[-1]

    def _create(self, manifest):
        job = copy.deepcopy(manifest)
        name = job["metadata"]["name"]
        assert name not in self.jobs, f"{name} was made twice"
        job["metadata"] |= {"uid": f"uid-of-{name}", "creationTimestamp": stamp(self.now)}
        self.jobs[name] = job

    def pod(self):
        name = self.newest()
        owner = {"uid": self.jobs[name]["metadata"]["uid"]}
        metadata = {"name": f"{name}-x", "uid": f"pod-{name}", "ownerReferences": [owner]}
        metadata["creationTimestamp"] = stamp(self.now)
        status = {"phase": "Running", "containerStatuses": []}
        fresh = {"metadata": metadata, "spec": {"nodeName": "worker-1"}, "status": status}
        return self.pods.setdefault(name, fresh)

    @staticmethod
    def state(pod, name, state):
        statuses = [s for s in pod["status"]["containerStatuses"] if s["name"] != name]
        pod["status"]["containerStatuses"] = [*statuses, {"name": name, "state": state}]
