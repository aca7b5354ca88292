"""The status of an ImageBuild: what the controller writes and people, GitOps tools and waits read.

No field has a bound or a list of allowed values: whatever an operator of another version wrote
must stay readable.
"""

from typing import Any

from pydantic import Field

from imagebuild.api import model

# What the API server gives an object that nobody has looked at yet, so that no tool takes it for
# healthy: kstatus compares it with metadata.generation.
UNSEEN: dict[str, Any] = {"observedGeneration": -1}


class Condition(model.Model):
    """One condition, by the Kubernetes API conventions (metav1.Condition)."""

    type: str = Field(
        description="Ready: the image of the present spec is published (or built, where nothing is "
        "published). Reconciling: a build is under way; there only while True. Stalled: the build "
        "failed and nothing but a change by you will help; there only while True."
    )
    status: str = Field(description="True, False or Unknown.")
    reason: str = Field(description="One word for why, stable enough to program against.")
    message: str = Field(default="", description="The same for people, with the next thing to do.")
    last_transition_time: model.Time = Field(description="When `status` last changed.")
    observed_generation: int | None = Field(
        default=None, description="metadata.generation that this condition speaks of."
    )


class SourceStatus(model.Model):
    """What the main context resolved to, where it came from git."""

    commit: str = Field(description="Full id of the commit that was built.")
    ref: str | None = Field(
        default=None, description="Branch or tag whose head it was, or that it lies on, if any."
    )
    committed_at: model.Time | None = Field(default=None, description="The commit's time.")


class ContextStatus(model.Model):
    """What one of spec.contexts resolved to."""

    name: str = Field(description="Its name.")
    commit: str | None = Field(default=None, description="Of git: full id of the commit.")
    ref: str | None = Field(default=None, description="Of git: the branch or tag, if any.")
    digest: str | None = Field(
        default=None, description="Of a registry, another ImageBuild or a download: its digest."
    )


class Warning(model.Model):  # noqa: A001  the word of the status; Python's own is none of this room's
    """Something that is better done otherwise."""

    rule: str = Field(
        description="Name of the check: BuildKit's, or one of ours (docs/explanation/lint.md)."
    )
    message: str = Field(description="What it is, and what is better.")
    path: str | None = Field(default=None, description="Place in this object.")
    line: int | None = Field(
        default=None, description="Line in the Dockerfile, from 1, where `dockerfile` is used."
    )
    stage: str | None = Field(default=None, description="The stage.")
    url: str | None = Field(default=None, description="Where more is said about it.")


class PublishedImage(model.Model):
    """One published stage."""

    stage: str | None = Field(
        default=None, description="The stage; unset where a Dockerfile leaves its last one unnamed."
    )
    image: str | None = Field(
        default=None,
        description="Repository and digest: pull exactly this. Unset where it went to an archive "
        "alone.",
    )
    digest: str = Field(description="sha256 digest of the manifest or index.")
    tags: tuple[str, ...] = Field(
        default=(), description="Every repo:tag that was made to point at it."
    )
    archive: str | None = Field(
        default=None, description="The file that it was written to: claim name, colon, path."
    )
    size_bytes: int | None = Field(
        default=None, description="Compressed size of its layers in bytes, as in the registry."
    )
    layers: int | None = Field(default=None, description="How many layers it has.")


class StageStatus(model.Model):
    """How far one stage is, on one platform."""

    name: str = Field(description="Name of the stage.")
    description: str | None = Field(default=None, description="What the spec says it is for.")
    platform: str | None = Field(
        default=None, description="os/arch[/variant]; unset where there is only one."
    )
    state: str = Field(
        description="Pending, Running, Cached (all of it came from the cache), Succeeded, Failed, "
        "Canceled (another stage failed first) or Skipped (no published stage needs it)."
    )
    steps: int = Field(
        default=0, description="Steps as BuildKit counts them: FROM an image, WORKDIR, COPY, RUN."
    )
    steps_done: int = Field(default=0, description="Steps that are done, cached ones included.")
    steps_cached: int = Field(default=0, description="Steps that came from the cache.")
    started_at: model.Time | None = Field(default=None, description="When its first step started.")
    duration_ms: int | None = Field(
        default=None, description="Milliseconds in which at least one of its steps ran."
    )


class BuildStatus(model.Model):
    """The newest build: running, or the last that ran."""

    number: int = Field(description="Counts the builds of this object, from 1.")
    reason: str | None = Field(
        default=None,
        description="Why it was started: First, SpecChanged, Requested or ContextChanged.",
    )
    inputs: str | None = Field(
        default=None, description="Hash over all that shapes the result; equal means nothing to do."
    )
    spec: str | None = Field(
        default=None, description="Hash over the whole spec but `suspend`: what this build was of."
    )
    generation: int | None = Field(
        default=None, description="metadata.generation that it was started from."
    )
    job: str | None = Field(default=None, description="The Job of its newest attempt.")
    attempt: int | None = Field(
        default=None, description="Counts the Jobs of this build, from 1; lost ones are retried."
    )
    started_at: model.Time | None = Field(default=None, description="When it was started.")
    finished_at: model.Time | None = Field(
        default=None, description="When it ended; unset while it runs."
    )
    result: str | None = Field(
        default=None, description="Succeeded, Failed or Canceled; unset while it runs."
    )
    requested_at: str | None = Field(
        default=None, description="Value of the requestedAt annotation that it answers."
    )


class Failure(model.Model):
    """Why the newest build did not succeed, and what to do."""

    reason: str = Field(description="The same word as in the conditions.")
    stage: str | None = Field(default=None, description="The stage that failed.")
    step: int | None = Field(
        default=None, description="Index of the failed step in spec.stages[].steps, from 0."
    )
    path: str | None = Field(
        default=None, description="Place in this object to look at, as spec.stages[0].steps[3]."
    )
    line: int | None = Field(
        default=None, description="Line in the Dockerfile, from 1, where `dockerfile` is used."
    )
    exit_code: int | None = Field(default=None, description="Exit code of the failed command.")
    message: str = Field(description="What happened, in the words of whoever refused.")
    mend: str | None = Field(default=None, description="What to change.")
    command: str | None = Field(default=None, description="A command that shows more.")
    log_tail: str | None = Field(
        default=None, description="The last lines that the failed step printed."
    )


class LastSucceeded(model.Model):
    """The newest build that succeeded: what `image` and `published` are of."""

    number: int = Field(description="Its number.")
    inputs: str = Field(description="Hash over all that shaped it.")


class HistoryEntry(model.Model):
    """One finished build."""

    number: int = Field(description="Its number.")
    generation: int | None = Field(
        default=None, description="metadata.generation that it was built from."
    )
    result: str = Field(description="Succeeded, Failed or Canceled.")
    reason: str | None = Field(default=None, description="The word for why it ended so.")
    digest: str | None = Field(
        default=None, description="Digest of the first image that it published."
    )
    finished_at: model.Time | None = Field(default=None, description="When it ended.")
    duration_ms: int | None = Field(
        default=None, description="Milliseconds from its start to its end."
    )


class ImageBuildStatus(model.Model):
    """What became of the spec. Written by the controller alone."""

    observed_generation: int = Field(
        default=-1,
        description="metadata.generation that all of this speaks of; -1: nobody has looked yet.",
    )
    conditions: tuple[Condition, ...] = Field(
        default=(),
        description="Ready always; Reconciling and Stalled only while True. Wait with "
        "`kubectl wait --for=condition=Ready`.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )
    image: str | None = Field(
        default=None,
        description="Repository and digest of the first published image; keeps the last good one "
        "while a new one is built.",
    )
    source: SourceStatus | None = Field(
        default=None, description="What the main context resolved to, where it is of git."
    )
    contexts: tuple[ContextStatus, ...] = Field(
        default=(), description="What the named contexts resolved to."
    )
    published: tuple[PublishedImage, ...] = Field(
        default=(), description="What was published last, in the order of spec.publish."
    )
    stages: tuple[StageStatus, ...] = Field(
        default=(), description="Every stage of the newest build."
    )
    warnings: tuple[Warning, ...] = Field(
        default=(), description="What the newest build does that is better done otherwise."
    )
    build: BuildStatus | None = Field(default=None, description="The newest build.")
    failure: Failure | None = Field(
        default=None, description="Why the newest build failed or cannot start; unset otherwise."
    )
    last_succeeded: LastSucceeded | None = Field(
        default=None, description="The newest build that succeeded."
    )
    history: tuple[HistoryEntry, ...] = Field(
        default=(), description="The last finished builds, newest first."
    )
    progress: str | None = Field(
        default=None, description="Stages that are done of those needed, as 1/2."
    )
    duration: str | None = Field(
        default=None, description="How long the newest build took or has taken so far, as 1m4s."
    )
    cached: str | None = Field(
        default=None, description="Steps of the newest build that came from the cache, as 6/9."
    )
    last_handled_reconcile_at: str | None = Field(
        default=None, description="The newest value of a requestedAt annotation that was obeyed."
    )
