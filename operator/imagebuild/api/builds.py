"""The builds in the status of an ImageBuild: the newest one, its stages, those before it."""

from pydantic import Field

from imagebuild.api import model

_DIGEST = f"sha256:{'9f86d081884c7d65' * 4}"
_SHOW_LOG = (
    "kubectl get configmap -n team-a hello-7-1-log "
    r"-o jsonpath='{.binaryData.log\.gz}' | base64 -d | gunzip"
)


class StageStatus(model.Model):
    """How far one stage is, on one platform."""

    name: str = Field(examples=["builder"], description="Name of the stage.")
    description: str | None = Field(
        default=None,
        examples=["compiles the program"],
        description="What the spec says now that it is for. Unset where it says nothing, and "
        "where the status would grow over 64 KiB.",
    )
    platform: str | None = Field(
        default=None,
        examples=["linux/arm64"],
        description="os/arch[/variant] that it is for, also where it runs on another one. Unset "
        "where there is only one.",
    )
    state: str = Field(
        examples=["Succeeded"],
        description="Pending, Running, Cached (all of it came from the cache), Succeeded, Failed, "
        "Canceled (another stage failed first) or Skipped (no published stage and no gate needs "
        "it).",
    )
    steps: int = Field(
        default=0,
        examples=[6],
        description="Steps as BuildKit counts them: FROM an image, WORKDIR, COPY, ADD, RUN.",
    )
    steps_done: int = Field(
        default=0, examples=[6], description="Steps that are done, cached ones included."
    )
    steps_cached: int = Field(
        default=0, examples=[4], description="Steps that came from the cache."
    )
    started_at: model.Time | None = Field(
        default=None,
        examples=["2026-01-31T12:00:02Z"],
        description="When its first step started. Unset until then.",
    )
    duration_ms: int | None = Field(
        default=None,
        examples=[17700],
        description="Milliseconds in which at least one of its steps ran. Unset until one did.",
    )
    current_step: str | None = Field(
        default=None,
        examples=["RUN go build -o main main.go"],
        description="What it does now, as an instruction of a Dockerfile; of a `run` its script. "
        "Unset while it does nothing, and where the status would grow over 64 KiB.",
    )
    unpacked_bytes: int | None = Field(
        default=None,
        examples=[640123456],
        description="What its files take, those of its base among them. Unset until the build "
        "succeeded, and where it is not known: what came from a cache is not unpacked.",
    )


class LogStatus(model.Model):
    """Where the log of an ended build is kept."""

    config_map: str | None = Field(
        default=None,
        examples=["hello-7-1-log"],
        description="The ConfigMap whose `log.gz` holds it, both its ends where it is long. Unset "
        "where the operator keeps none.",
    )
    command: str | None = Field(
        default=None,
        examples=[_SHOW_LOG],
        description="A command that shows it. Unset without a ConfigMap.",
    )
    url: str | None = Field(
        default=None,
        examples=["https://logs.example.com/?namespace=team-a&pod=hello-7-1-x2b4c"],
        description="The same in the cluster's log store, as the administrator has set it. Unset "
        "where none is set.",
    )


class BuildStatus(model.Model):
    """The newest build: running, or the last that ran."""

    number: int = Field(examples=[7], description="Counts the builds of this object, from 1.")
    reason: str | None = Field(
        default=None,
        examples=["SpecChanged"],
        description="Why it was started: First, SpecChanged, Requested or ContextChanged. Unset "
        "where it is not known any more.",
    )
    inputs: str | None = Field(
        default=None,
        examples=[_DIGEST],
        description="Hash over all that shapes the result; equal means nothing to do. Unset where "
        "it is not known any more.",
    )
    spec: str | None = Field(
        default=None,
        examples=[_DIGEST],
        description="Hash over the whole spec but `suspend` and `imageConfigMap`: what this build "
        "was of. Unset where it is not known any more.",
    )
    generation: int | None = Field(
        default=None,
        examples=[3],
        description="metadata.generation that it was started from. Unset where it is not known any "
        "more.",
    )
    job: str | None = Field(
        default=None,
        examples=["hello-7-1"],
        description="The Job of its newest attempt. Unset until there is one.",
    )
    attempt: int | None = Field(
        default=None,
        examples=[1],
        description="Counts the Jobs of this build, from 1; lost ones are retried. Unset until "
        "there is one.",
    )
    started_at: model.Time | None = Field(
        default=None,
        examples=["2026-01-31T12:00:00Z"],
        description="When it was started. Unset until then.",
    )
    worker_started_at: model.Time | None = Field(
        default=None,
        examples=["2026-01-31T12:00:01Z"],
        description="When the pod of its newest attempt began to work: what lies between is the "
        "wait for the pod. Unset until then.",
    )
    finished_at: model.Time | None = Field(
        default=None,
        examples=["2026-01-31T12:00:20Z"],
        description="When it ended. Unset while it runs.",
    )
    result: str | None = Field(
        default=None,
        examples=["Succeeded"],
        description="Succeeded, Failed or Canceled. Unset while it runs.",
    )
    requested_at: str | None = Field(
        default=None,
        examples=["2026-01-31T12:00:00Z"],
        description="Value of the requestedAt annotation that it answers. Unset where it answers "
        "none.",
    )
    node: str | None = Field(
        default=None,
        examples=["worker-3"],
        description="The node that its pod is on. Unset until it is on one.",
    )
    profile: str | None = Field(
        default=None,
        examples=["userns"],
        description="The security profile of its pod: userns or unconfined "
        "(docs/security.md). Unset until there is a pod.",
    )
    snapshotter: str | None = Field(
        default=None,
        examples=["overlayfs"],
        description="How BuildKit keeps layers on that node; native is slow and takes much room. "
        "Unset until it is known.",
    )
    steps: int | None = Field(
        default=None,
        examples=[9],
        description="Steps of all stages that are needed. Unset until they are known.",
    )
    steps_cached: int | None = Field(
        default=None,
        examples=[6],
        description="Those that came from the cache. Unset until they are known.",
    )
    pulled_bytes: int | None = Field(
        default=None,
        examples=[271581184],
        description="Bytes pulled from registries so far. Unset while there are none.",
    )
    pushed_bytes: int | None = Field(
        default=None,
        examples=[2097152],
        description="Bytes pushed to registries so far; what they had already is not sent. Unset "
        "while there are none.",
    )
    log: LogStatus | None = Field(
        default=None,
        description="Where its log is kept. Unset while it runs, and where it is not kept.",
    )


class LastSucceeded(model.Model):
    """The newest build that succeeded: what `image` and `published` are of."""

    number: int = Field(examples=[6], description="Its number.")
    inputs: str = Field(examples=[_DIGEST], description="Hash over all that shaped it.")
    shape: str | None = Field(
        default=None,
        examples=[_DIGEST],
        description="Hash over what of the spec alone shaped it: while that stays the same, it "
        "stands although something that it took from outside is gone. Unset where it is not "
        "known any more.",
    )


class HistoryEntry(model.Model):
    """One finished build."""

    number: int = Field(examples=[6], description="Its number.")
    generation: int | None = Field(
        default=None,
        examples=[2],
        description="metadata.generation that it was built from. Unset where it is not known.",
    )
    result: str = Field(examples=["Failed"], description="Succeeded, Failed or Canceled.")
    reason: str | None = Field(
        default=None,
        examples=["StepFailed"],
        description="The word for why it ended so. Unset where there is none.",
    )
    digest: str | None = Field(
        default=None,
        examples=[_DIGEST],
        description="Digest of the first image that it published. Unset where it published none.",
    )
    finished_at: model.Time | None = Field(
        default=None,
        examples=["2026-01-31T11:40:00Z"],
        description="When it ended. Unset where it is not known.",
    )
    duration_ms: int | None = Field(
        default=None,
        examples=[20100],
        description="Milliseconds from its start to its end. Unset where it is not known.",
    )
    log: str | None = Field(
        default=None,
        examples=["hello-6-1-log"],
        description="The ConfigMap that keeps its log. Unset where there is none.",
    )
