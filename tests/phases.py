"""An ImageBuild in every phase of its life, as the API server would hold it.

``OBJECTS``: name of the phase -> the object's JSON, with metadata, spec and status. No status is
written by hand: each is what the plan says of facts that were observed. ``KSTATUS``: the same
names -> what kstatus makes of it; ``REASONS``: -> the reason of its Ready condition, None where it
has none yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.builders import (
    SPEC,
    World,
    a_failure,
    a_picture,
    a_success,
    an_imagebuild,
    another,
    stamp,
    terminated,
)

from imagebuild.api.reasons import Reason
from imagebuild.contract import picture as pictures
from imagebuild.contract.report import Cause
from imagebuild.core import case as cases
from imagebuild.core import imagebuild, plan
from imagebuild.core.observe import obstacles
from imagebuild.core.settings import Policy

IN_PROGRESS = "InProgress"
CURRENT = "Current"
FAILED = "Failed"
TERMINATING = "Terminating"

OTHER = [{"name": "final", "from": "alpine:3.19"}]
_FLUX = {"flux": {"kind": "GitRepository", "name": "source"}}
_OF_ANOTHER = {"imageBuild": {"name": "base"}}

# (what the worker reports: cause, words and further facts, of what its build fails for good)
_REPORTED: Mapping[Reason, tuple[Cause, str, Mapping[str, Any]]] = {
    Reason.STEP_FAILED: (
        Cause.SOLVE,
        "failed to solve: process did not complete successfully: exit code: 2",
        {
            "stage": "builder",
            "step": 1,
            "path": "spec.stages[0].steps[1]",
            "exit_code": 2,
            "log_tail": "./main.go:5:19: undefined: fmt.Printline",
        },
    ),
    Reason.STEP_KILLED: (
        Cause.SOLVE,
        "failed to solve: process did not complete successfully: exit code: 137",
        {"stage": "builder", "step": 1, "exit_code": 137, "log_tail": "Killed"},
    ),
    Reason.LEAKED_PROCESS: (
        Cause.TIMEOUT,
        "the build took longer than 60 s; buildkitd: failed to kill process in container id 5o0z",
        {"stage": "builder", "step": 1},
    ),
    Reason.STEP_KILLED: (
        Cause.SOLVE,
        "failed to solve: process did not complete successfully: exit code: 137",
        {"stage": "builder", "step": 1, "path": "spec.stages[0].steps[1]", "exit_code": 137},
    ),
    Reason.LEAKED_PROCESS: (
        Cause.TIMEOUT,
        "the build took longer than 60 s: failed to kill process in container",
        {"stage": "builder", "step": 1, "path": "spec.stages[0].steps[1]"},
    ),
    Reason.NO_PROGRESS: (Cause.STALLED, "nothing moved for 600 s", {"stage": "builder"}),
    Reason.SOURCE_NOT_FOUND: (
        Cause.SOLVE,
        'failed to solve: failed to compute cache key: "/main.go": not found',
        {"stage": "builder", "step": 0, "path": "spec.stages[0].steps[0]"},
    ),
    Reason.DOCKERFILE_INVALID: (
        Cause.SOLVE,
        "failed to solve: dockerfile parse error on line 3: unknown instruction: RUM",
        {"line": 3},
    ),
    Reason.DOCKERFILE_NOT_FOUND: (Cause.CONTEXT, "DockerfileNotFound: no file Dockerfile", {}),
    Reason.STAGE_NOT_FOUND: (
        Cause.SOLVE,
        "failed to solve: target stage app could not be found",
        {},
    ),
    Reason.LINT_FAILED: (Cause.LINT, "1 warning, and spec.lint is Fail", {}),
    Reason.PLATFORM_MISMATCH: (
        Cause.SOLVE,
        "failed to solve: failed to resolve source metadata for golang:1.19: no match for platform "
        "in manifest: not found",
        {"stage": "builder"},
    ),
    Reason.POLICY_DENIED: (
        Cause.SOLVE,
        "failed to solve: golang:1.19: failed to resolve source metadata for docker.io/library/"
        'golang:1.19: could not resolve image due to policy: source "docker-image://docker.io/'
        'library/golang:1.19" denied by policy: source denied by policy',
        {"stage": "builder", "path": "spec.stages[0].from"},
    ),
    Reason.TIMEOUT: (Cause.TIMEOUT, "the build took longer than 60 s", {}),
    Reason.NO_PROGRESS: (Cause.STALLED, "nothing happened for 600 s", {"stage": "builder"}),
    Reason.TOO_MANY_LAYERS: (Cause.SOLVE, "TooManyLayers: it would have 140 layers", {}),
    Reason.TOO_MANY_PROCESSES: (
        Cause.PROCESSES,
        "the build has 3,851 processes and threads; it may have 3,840",
        {"stage": "builder", "step": 1},
    ),
    Reason.DISK_FULL: (Cause.SOLVE, "failed to solve: mkdir: no space left on device", {}),
    Reason.BUILD_FAILED: (Cause.SOLVE, "failed to solve: nobody knows these words", {}),
    Reason.CONTEXT_INVALID: (Cause.CONTEXT, "ContextInvalid: ../x leads out of it", {}),
    Reason.CHECKSUM_MISMATCH: (Cause.CONTEXT, "ChecksumMismatch: sha256 is 4f1c", {}),
    Reason.CONTEXT_TOO_LARGE: (Cause.CONTEXT, "TooLarge: more than 1 GiB", {}),
    Reason.REF_NOT_FOUND: (Cause.CONTEXT, "RefNotFound: no branch or tag mian", {}),
    Reason.COMMIT_NOT_FOUND: (Cause.CONTEXT, "CommitNotFound: no commit 4f1c", {}),
    Reason.COMMIT_NOT_ON_REF: (Cause.CONTEXT, "CommitNotOnRef: 4f1c is not on main", {}),
    Reason.GIT_AUTH: (Cause.CONTEXT, "GitAuth: https://g/a.git: fatal: error: 403", {}),
    Reason.CREDENTIAL_INVALID: (
        Cause.CONTEXT,
        "CredentialInvalid: Secret deploy-key: identity needs a passphrase",
        {},
    ),
    Reason.PATH_NOT_FOUND: (Cause.CONTEXT, "PathNotFound: no directory src", {}),
    Reason.IMAGE_NOT_FOUND: (
        Cause.SOLVE,
        "failed to solve: failed to resolve source metadata for docker.io/library/golang:1.190: "
        "docker.io/library/golang:1.190: not found",
        {"stage": "builder", "path": "spec.stages[0].from"},
    ),
    Reason.REGISTRY_AUTH: (Cause.CONTEXT, "RegistryAuth: r.example.com: unauthorized", {}),
    Reason.REGISTRY_TLS: (
        Cause.PUSH,
        'failed to push registry.example.com/team/hello:1.0: failed to do request: Head "https://'
        'registry.example.com/v2/": tls: failed to verify certificate: x509: certificate signed by '
        "unknown authority",
        {"registry": "registry.example.com"},
    ),
    Reason.REGISTRY_TLS: (
        Cause.PUSH,
        "failed to push registry.example.com/team/hello:1.0: tls: failed to verify certificate: "
        "x509: certificate signed by unknown authority",
        {"registry": "registry.example.com"},
    ),
    Reason.PUSH_DENIED: (
        Cause.PUSH,
        "failed to push registry.example.com/team/hello:1.0: push access denied",
        {},
    ),
    Reason.SECRET_LEAKED: (
        Cause.LEAK,
        "SecretLeaked: the value of secret npm (Secret npm, key token) is in layer 2 of 3 "
        "(sha256:7680), file /root/.npmrc, as it is, made by `RUN npm ci`",
        {"stage": "builder", "step": 1, "path": "spec.stages[0].steps[1]", "secret": "npm"},
    ),
    Reason.TAG_IMMUTABLE: (
        Cause.PUSH,
        "TagImmutable: failed to push registry.example.com/team/hello:1.0: the tag is immutable",
        {"path": "spec.publish[0].images[0]", "registry": "registry.example.com"},
    ),
    Reason.ARCHIVE_FAILED: (Cause.ARCHIVE, "failed to solve: permission denied", {}),
    Reason.NODE_UNSUPPORTED: (Cause.DAEMON, "newuidmap: write to uid_map failed", {}),
}


def _objects() -> dict[str, tuple[dict[str, Any], str]]:
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for name, (expected, live) in _PHASES.items():
        world = World(raw=an_imagebuild(creationTimestamp=stamp(World().now), resourceVersion="7"))
        live(world)
        found[name] = world.raw, expected
    return found


def _begun(world: World) -> None:
    world.look()


def _runs(world: World, phase: pictures.Phase = pictures.Phase.BUILD) -> None:
    world.look()
    world.wait(3)
    states = {"builder": "Running", "final": "Pending"}
    world.run(a_picture(phase, **(states if phase is not pictures.Phase.CONTEXT else {})))
    world.look()


def _publishes(world: World) -> None:
    world.look()
    picture = a_picture(pictures.Phase.PUBLISH, builder="Succeeded", final="Succeeded")
    world.run(picture)
    world.look()


def _published(world: World) -> None:
    _runs(world)
    world.wait(20)
    world.end(a_success())
    world.look()


def _built(world: World) -> None:
    world.edit(publish=None)
    _published(world)


def _edited(world: World) -> None:
    """Nobody has looked at the edit yet."""
    _published(world)
    world.edit(stages=OTHER)


def _builds_again(world: World) -> None:
    _published(world)
    world.ask("2026-01-31T12:30:00Z")
    world.look()


def _built_anew(world: World) -> None:
    """The spec changed in mid-build: the pod of the build before is on its way out."""
    _runs(world)
    world.edit(stages=OTHER, publish=None)
    world.look()


def _superseded(world: World) -> None:
    _built_anew(world)
    world.look()


def _suspended(world: World) -> None:
    world.edit(suspend=True)
    world.look()


def _suspended_in_mid_build(world: World) -> None:
    _runs(world)
    world.edit(suspend=True)
    world.look()


def _suspended_and_published(world: World) -> None:
    _published(world)
    world.edit(suspend=True)
    world.look()


def _taken_away(world: World) -> None:
    _runs(world)
    world.lose()
    world.look()


def _tried_again(world: World) -> None:
    _runs(world)
    world.end(a_failure(Cause.PUSH, error="lookup registry.example.com: no such host"))
    world.look()


def _lost_for_good(world: World) -> None:
    world.look()
    for _ in range(world.settings.attempts):
        world.run()
        world.lose()
        world.look()


def _out_of_memory(world: World) -> None:
    _runs(world)
    report = a_failure(exit_code=137, stage="builder", error="exit code: 137")
    world.end(report, daemon=terminated(137, reason="OOMKilled"))
    world.look()


def _a_mistake_of_ours(world: World) -> None:
    case = cases.of(imagebuild.read(world.raw), world.observed(), world.now, world.settings)
    world.raw["status"] = plan.stuck(case, "KeyError: 'x'").status.to_json()


def _invalid(world: World) -> None:
    world.edit(stages=[{"name": "final", "from": "biulder"}], publish=None)
    world.look()


def _failed_after_a_success(world: World) -> None:
    """What was published stays in sight, and the object is not healthy for that."""
    _published(world)
    world.edit(stages=OTHER)
    world.look()
    world.end(a_failure(error="process did not complete successfully: exit code: 1", exit_code=1))
    world.look()


def _deleting(world: World) -> None:
    _published(world)
    world.raw["metadata"]["deletionTimestamp"] = stamp(world.now)
    world.look()


def _deleted_in_mid_build(world: World) -> None:
    _runs(world)
    world.raw["metadata"]["deletionTimestamp"] = stamp(world.now)
    world.look()


def _no_config_map(world: World) -> None:
    world.edit(context={"configMap": {"name": "sources"}})
    world.look()


def _no_flux_source(world: World) -> None:
    world.edit(context=_FLUX)
    world.look()


def _no_image_of_another(world: World) -> None:
    world.image_builds = {"base": another(spec=SPEC)}
    world.edit(context=_OF_ANOTHER)
    world.look()


def _what_it_was_made_from_is_gone(world: World) -> None:
    world.config_maps = {"sources": {"main.go": "package main\n"}}
    world.edit(context={"configMap": {"name": "sources"}})
    _published(world)
    world.config_maps = {}
    world.look()


def _refused(words: str) -> Callable[[World], None]:
    """The API server does not take the Job."""

    def live(world: World) -> None:
        world.refused = obstacles.of_refusal(words)
        world.look()

    return live


def _of_the_job(words: str) -> Callable[[World], None]:
    """The Job's controller can't make its pod."""

    def live(world: World) -> None:
        world.look()
        world.events[f"uid-of-{world.newest()}"] = [_warning("FailedCreate", words)]
        world.look()

    return live


def _of_the_pod(reason: str, words: str) -> Callable[[World], None]:
    """The kubelet can't start the pod."""

    def live(world: World) -> None:
        world.look()
        pod = world.pod()
        pod["status"] = {"phase": "Pending"}
        world.events[pod["metadata"]["uid"]] = [_warning(reason, words)]
        world.look()

    return live


def _unschedulable(world: World) -> None:
    world.look()
    words = "0/1 nodes are available: 1 Insufficient memory."
    condition = {"type": "PodScheduled", "status": "False", "message": words}
    world.pod()["status"] = {"phase": "Pending", "conditions": [condition]}
    world.look()


def _warning(reason: str, words: str) -> dict[str, Any]:
    return {"type": "Warning", "reason": reason, "message": words, "metadata": {}}


def _fails(reason: Reason) -> Callable[[World], None]:
    """The worker reports of what its build failed, which is for good."""

    def live(world: World) -> None:
        cause, error, facts = _REPORTED[reason]
        _runs(world)
        world.wait(20)
        world.end(
            a_failure(cause, error=error, **facts),
            picture=a_picture(builder="Failed", final="Canceled"),
        )
        world.look()

    return live


def _denied(world: World) -> None:
    policy = Policy(push_to=("registry.example.com/other/*",))
    world.settings = replace(world.settings, policy=policy)
    world.look()


def _unseen(_world: World) -> None:
    """The API server has just taken it."""


_PHASES: Mapping[str, tuple[str, Callable[[World], None]]] = {
    "unseen": (IN_PROGRESS, _unseen),
    "waits for its pod": (IN_PROGRESS, _begun),
    "brings its context": (IN_PROGRESS, lambda world: _runs(world, pictures.Phase.CONTEXT)),
    "runs": (IN_PROGRESS, _runs),
    "publishes": (IN_PROGRESS, _publishes),
    "published": (CURRENT, _published),
    "built": (CURRENT, _built),
    "more than the policy allows": (FAILED, _denied),
    "published, what it was made from is gone": (CURRENT, _what_it_was_made_from_is_gone),
    "published, edited since": (IN_PROGRESS, _edited),
    "published, builds again": (IN_PROGRESS, _builds_again),
    "published, the next build failed": (FAILED, _failed_after_a_success),
    "waits for the pod of the build before": (IN_PROGRESS, _built_anew),
    "superseded": (IN_PROGRESS, _superseded),
    "suspended": (IN_PROGRESS, _suspended),
    "suspended in mid-build": (IN_PROGRESS, _suspended_in_mid_build),
    "suspended and published": (CURRENT, _suspended_and_published),
    "taken away and begun again": (IN_PROGRESS, _taken_away),
    "tried again": (IN_PROGRESS, _tried_again),
    "obstacle: ContextNotFound, a ConfigMap": (IN_PROGRESS, _no_config_map),
    "obstacle: ContextNotFound, a source of Flux": (IN_PROGRESS, _no_flux_source),
    "obstacle: WaitingForImageBuild": (IN_PROGRESS, _no_image_of_another),
    "obstacle: QuotaExceeded for the Job": (
        IN_PROGRESS,
        _refused("exceeded quota: jobs, requested: count/jobs.batch=1"),
    ),
    "obstacle: QuotaExceeded for the pod": (
        IN_PROGRESS,
        _of_the_job('pods "hello-1-1-x" is forbidden: exceeded quota: q, requested: pods=1'),
    ),
    "obstacle: NotAdmitted": (
        IN_PROGRESS,
        _of_the_job('pods "hello-1-1-x" is forbidden: violates PodSecurity "baseline:latest"'),
    ),
    "obstacle: Unschedulable": (IN_PROGRESS, _unschedulable),
    "obstacle: BuilderImageNotPulled": (
        IN_PROGRESS,
        _of_the_pod("Failed", 'Failed to pull image "builder:1": not found'),
    ),
    "obstacle: WaitingForSecret": (
        IN_PROGRESS,
        _of_the_pod(
            "FailedMount",
            'MountVolume.SetUp failed for volume "secret-0" : secret "push" not found',
        ),
    ),
    "obstacle: VolumeNotMounted": (
        IN_PROGRESS,
        _of_the_pod("FailedMount", 'MountVolume.SetUp failed for volume "claim-0" : timed out'),
    ),
    "obstacle: PodNotStarted": (
        IN_PROGRESS,
        _of_the_pod("FailedCreatePodSandBox", "Failed to create pod sandbox: no IP"),
    ),
    "failed: InvalidSpec": (FAILED, _invalid),
    "failed: InvalidSpec, by the API server": (
        FAILED,
        _refused('Job.batch "hello-1-1" is invalid: spec.template...limits[foo bar]: Invalid'),
    ),
    **{f"failed: {reason}": (FAILED, _fails(reason)) for reason in _REPORTED},
    "failed: OutOfMemory": (FAILED, _out_of_memory),
    "failed: InternalError": (FAILED, _a_mistake_of_ours),
    "failed: BuilderLost, after the last attempt": (FAILED, _lost_for_good),
    "deleting": (TERMINATING, _deleting),
    "deleted in mid-build": (TERMINATING, _deleted_in_mid_build),
}


def _reason(found: Mapping[str, Any]) -> str | None:
    conditions = found["status"].get("conditions", ())
    return next((c["reason"] for c in conditions if c["type"] == "Ready"), None)


_FOUND = _objects()
OBJECTS: Mapping[str, dict[str, Any]] = {name: found for name, (found, _) in _FOUND.items()}
KSTATUS: Mapping[str, str] = {name: expected for name, (_, expected) in _FOUND.items()}
REASONS: Mapping[str, str | None] = {name: _reason(found) for name, found in OBJECTS.items()}
