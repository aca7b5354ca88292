"""The status of an ImageBuild: what the controller writes and people, GitOps tools and waits read.

No field has a bound or a list of allowed values: whatever an operator of another version wrote
must stay readable.
"""

from typing import Any

from pydantic import Field

from imagebuild.api import model
from imagebuild.api.builds import (
    BuildStatus,
    HistoryEntry,
    LastSucceeded,
    LogStatus,
    StageStatus,
)
from imagebuild.api.failure import Failure
from imagebuild.api.published import BaseImage, LargestStage, PublishedImage

__all__ = [
    "UNSEEN",
    "BaseImage",
    "BuildStatus",
    "Condition",
    "ContextStatus",
    "Failure",
    "HistoryEntry",
    "ImageBuildStatus",
    "LargestStage",
    "LastSucceeded",
    "LogStatus",
    "PublishedImage",
    "SourceStatus",
    "StageStatus",
    "Warning",
]

_COMMIT = "4f1c3b7d9e0a2c5f8b6d1e4a7c0f3b6d9e2a5c8f"
_DIGEST = f"sha256:{'9f86d081884c7d65' * 4}"
_IMAGE = f"registry.example.com/team/hello@{_DIGEST}"

# What the API server gives an object that nobody has looked at yet, so that no tool takes it for
# healthy: kstatus compares it with metadata.generation.
UNSEEN: dict[str, Any] = {"observedGeneration": -1}


class Condition(model.Model):
    """One condition, by the Kubernetes API conventions (metav1.Condition)."""

    type: str = Field(
        examples=["Ready"],
        description="Ready: the image of the present spec is published (or built, where nothing is "
        "published). Reconciling: a build is under way; there only while True. Stalled: the build "
        "failed and nothing but a change by you will help; there only while True.",
    )
    status: str = Field(examples=["True"], description="True, False or Unknown.")
    reason: str = Field(
        examples=["Published"],
        description="One word for why, stable enough to program against.",
    )
    message: str = Field(
        default="",
        examples=[f"published {_IMAGE}; 7.3 MB unpacked, its builder stage 640 MB"],
        description="The same for people, with the next thing to do.",
    )
    last_transition_time: model.Time = Field(
        examples=["2026-01-31T12:00:20Z"], description="When `status` last changed."
    )
    observed_generation: int | None = Field(
        default=None,
        examples=[3],
        description="metadata.generation that this condition speaks of. Never unset.",
    )


class SourceStatus(model.Model):
    """What the main context resolved to, where it came from git."""

    commit: str = Field(examples=[_COMMIT], description="Full id of the commit that was built.")
    ref: str | None = Field(
        default=None,
        examples=["main"],
        description="The branch or tag that was taken: the one that the spec names, else the "
        "repository's default branch. Where the spec names a commit alone, a tag of it; unset "
        "where it has none.",
    )
    committed_at: model.Time | None = Field(
        default=None,
        examples=["2026-01-31T11:58:00Z"],
        description="The commit's time. Unset where it is not known.",
    )


class ContextStatus(model.Model):
    """What one of the contexts resolved to."""

    name: str = Field(
        examples=["assets"],
        description="Its name; `context` for spec.context, where that is not of git.",
    )
    commit: str | None = Field(
        default=None,
        examples=[_COMMIT],
        description="Full id of the commit. Unset where it is not of git.",
    )
    ref: str | None = Field(
        default=None,
        examples=["v1.0"],
        description="The branch or tag that was taken, as in status.source. Unset where it is not "
        "of git, or a commit that has no tag was asked for alone.",
    )
    digest: str | None = Field(
        default=None,
        examples=[_DIGEST],
        description="Digest of the image, artifact or download. Unset where it is none of these.",
    )


class Warning(model.Model):  # noqa: A001  the word of the status; Python's own is none of this room's
    """Something that is better done otherwise."""

    rule: str = Field(
        examples=["LatestBase"],
        description="Name of the check: BuildKit's, or one of ours (docs/explanation/lint.md).",
    )
    message: str = Field(
        examples=["golang:latest is another image next month: name a version"],
        description="What it is, and what is better.",
    )
    path: str | None = Field(
        default=None,
        examples=["spec.stages[0].from"],
        description="Place in this object. Unset where it is none that the spec has.",
    )
    line: int | None = Field(
        default=None,
        examples=[3],
        description="Line in the Dockerfile, from 1. Unset where `stages` are used.",
    )
    stage: str | None = Field(
        default=None,
        examples=["builder"],
        description="The stage. Unset where it is about none.",
    )
    url: str | None = Field(
        default=None,
        examples=["https://docs.docker.com/go/dockerfile/rule/undefined-var/"],
        description="Where more is said about it. Unset where the message is all there is.",
    )


class ImageBuildStatus(model.Model):
    """What became of the spec. Written by the controller alone."""

    observed_generation: int = Field(
        default=-1,
        examples=[3],
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
        examples=[_IMAGE],
        description="Repository and digest of the first published image; keeps the last good one "
        "while a new one is built. Unset until one was published.",
    )
    source: SourceStatus | None = Field(
        default=None,
        description="What the main context resolved to. Unset where it is not of git: then "
        "`contexts` has it.",
    )
    contexts: tuple[ContextStatus, ...] = Field(
        default=(),
        description="What the contexts resolved to: the main one as `context` where it is of "
        "http, oci, imageBuild or flux, and each of spec.contexts that is of these or of git.",
    )
    published: tuple[PublishedImage, ...] = Field(
        default=(), description="What was published last, in the order of spec.publish."
    )
    stages: tuple[StageStatus, ...] = Field(
        default=(), description="Every stage of the newest build."
    )
    warnings: tuple[Warning, ...] = Field(
        default=(),
        description="What the newest build does that is better done otherwise; at most 50. An "
        "edit that starts no build changes none of them.",
    )
    build: BuildStatus | None = Field(
        default=None, description="The newest build. Unset until there was one."
    )
    failure: Failure | None = Field(
        default=None,
        description="Why the newest build failed or cannot start, or why its attempt before this "
        "one failed. Unset otherwise.",
    )
    last_succeeded: LastSucceeded | None = Field(
        default=None, description="The newest build that succeeded. Unset until one did."
    )
    history: tuple[HistoryEntry, ...] = Field(
        default=(), description="The last finished builds, newest first."
    )
    progress: str | None = Field(
        default=None,
        examples=["1/2"],
        description="Stages that are done of those needed. Unset until they are known.",
    )
    current: str | None = Field(
        default=None,
        examples=["builder 3/6, lint 1/2"],
        description="What the newest build is at: starting (it waits for its pod), context, the "
        "stages that run with their steps done of all, building (between these), publishing or "
        "ending. Unset while nothing runs.",
    )
    duration: str | None = Field(
        default=None,
        examples=["1m4s"],
        description="How long the newest build took. Unset while it runs.",
    )
    cached: str | None = Field(
        default=None,
        examples=["6/9"],
        description="Steps of the newest build that came from the cache. Unset until they are "
        "known.",
    )
    last_handled_reconcile_at: str | None = Field(
        default=None,
        examples=["2026-01-31T12:00:00Z"],
        description="The newest value of a requestedAt annotation that was obeyed. Unset until "
        "there was one.",
    )

    def to_json(self) -> dict[str, Any]:
        """As in Model, without empty lists too: they say nothing that their absence does not."""
        found: dict[str, Any] = _without_empty_lists(super().to_json())
        return found


def _without_empty_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_empty_lists(v) for k, v in value.items() if v != []}
    return [_without_empty_lists(v) for v in value] if isinstance(value, list) else value
