"""The spec of an ImageBuild: what users write.

The models bound every string, list and map; what concerns more than one field stands in ``rules``.
None and empty lists mean unset; what is done then is said with each field and decided in code, so
that the schema needs no default and no GitOps tool sees a difference.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from pydantic.config import JsonDict

from imagebuild.api import crossrules, kinds, model, rule, rules
from imagebuild.api.source import Context, Source
from imagebuild.api.stage import Env, Stage, Step

__all__ = [
    "Arg",
    "Context",
    "Dockerfile",
    "Env",
    "ImageBuildSpec",
    "Publish",
    "RegistrySecret",
    "Resources",
    "Source",
    "Stage",
    "Step",
]

_BY_NAME: JsonDict = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}


class Dockerfile(model.Model):
    """A Dockerfile instead of `stages`: exactly one of the fields."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.DOCKERFILE

    inline: kinds.Content | None = Field(
        default=None,
        min_length=1,
        description="Its text. A `# syntax=` line in it has no effect: BuildKit's own frontend "
        "reads it.",
    )
    path: kinds.RelativePath | None = Field(
        default=None,
        description="Where it lies in the context, from its root (after `subPath`).",
    )
    context: kinds.StageName | None = Field(
        default=None,
        description="Beside `path`: the context of spec.contexts that holds it. Unset: "
        "`spec.context`.",
    )


class ConfigMapKey(model.Model):
    """One key of a ConfigMap in the same namespace."""

    name: kinds.ObjectName = Field(description="Name of the ConfigMap.")
    key: kinds.ConfigMapKey = Field(description="Key in it.")


class ArgSource(model.Model):
    """Where the value of an argument comes from."""

    config_map_key_ref: ConfigMapKey = Field(
        description="A key of a ConfigMap. While there is none the build waits (reason "
        "ContextNotFound); another value starts a build."
    )


class Arg(model.Model):
    """A build argument. Never a secret: it can be read in this object and in the image."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.ARG

    name: kinds.OwnArgName = Field(
        description="Its name. A stage or step must list it in `args` to see it; `from` sees it "
        "always. Names that begin with BUILDKIT_ are BuildKit's own and refused."
    )
    value: kinds.FactValue | None = Field(
        default=None,
        description="Its value. $(commit7) and the other facts are replaced; write $$( for a plain "
        "$(. All else is as it stands.",
    )
    value_from: ArgSource | None = Field(
        default=None, description="Where its value comes from, instead of `value`."
    )


class Compression(model.Model):
    """How layers are compressed that this build makes; those of base images stay as they are."""

    type: Literal["Gzip", "Zstd"] = Field(
        description="Gzip, which everything reads, or Zstd: smaller and faster to unpack."
    )
    level: int | None = Field(
        default=None, ge=0, le=22, description="Of Gzip 0 to 9, of Zstd 0 to 22. Unset: its own."
    )


class ArchiveClaim(model.Model):
    """A volume in the same namespace that the build may write to."""

    claim_name: kinds.ObjectName = Field(description="Name of the PersistentVolumeClaim.")


class Archive(model.Model):
    """The image as a file in a volume: an OCI image layout in a tar archive."""

    persistent_volume_claim: ArchiveClaim = Field(description="The volume.")
    path: kinds.FilePath = Field(
        description="The file in it, as images/hello.tar; one that is there is replaced."
    )


class Publish(model.Model):
    """A stage whose image is published, and to where: registries, an archive, or both."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.PUBLISH

    stage: kinds.StageName | None = Field(
        default=None, description="The stage. Unset: the last one."
    )
    images: tuple[kinds.PublishedImage, ...] = Field(
        default=(),
        max_length=16,
        description="Where to push it: registry host, repository and tag, as "
        "registry.example.com/team/hello:1.0. In the tag $(commit7) and the other facts are "
        "replaced; an image of which one is empty, as $(tag) on a branch, is left out.",
    )
    labels: Mapping[str, kinds.FactValue] = Field(
        default_factory=dict,
        max_length=64,
        description="Further labels of the published image, beside the stage's own; values may "
        "hold facts. org.opencontainers.image.created is filled in, and of a git context source "
        "and revision.",
    )
    annotations: Mapping[str, kinds.FactValue] = Field(
        default_factory=dict,
        max_length=64,
        description="Annotations of its manifest, and of the index where there is one; values may "
        "hold facts. The same three are filled in.",
    )
    compression: Compression | None = Field(
        default=None, description="How its layers are compressed. Unset: Gzip."
    )
    archive: Archive | None = Field(
        default=None, description="Write it to a file in a volume too, or only."
    )


class RegistrySecret(model.Model):
    """A Secret of type kubernetes.io/dockerconfigjson in the same namespace."""

    name: kinds.ObjectName = Field(description="Its name.")


class Resources(model.Model):
    """Requests and limits of the container that builds, as in a pod."""

    requests: Mapping[str, kinds.Quantity] = Field(
        default_factory=dict,
        max_length=16,
        description="What the build is sure to get: cpu, memory, ephemeral-storage. Unset: the "
        "operator's setting.",
    )
    limits: Mapping[str, kinds.Quantity] = Field(
        default_factory=dict,
        max_length=16,
        description="What the build may use at most. A build that needs more memory fails with "
        "reason OutOfMemory. Unset: the operator's setting.",
    )


class ImageBuildSpec(model.Model):
    """What to build and where to publish it. Give either `stages` or `dockerfile`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = crossrules.SPEC

    suspend: bool | None = Field(
        default=None,
        description="true: start nothing new; a build that runs is finished. Unset: false.",
    )
    context: Source | None = Field(
        default=None,
        description="The files that `copy` without `from` sees. Unset: none.",
    )
    contexts: tuple[Context, ...] = Field(
        default=(),
        max_length=32,
        description="Further sources of files, each with a name that `from` may give.",
        json_schema_extra=_BY_NAME,
    )
    dockerfile: Dockerfile | None = Field(
        default=None, description="A Dockerfile, instead of `stages`."
    )
    args: tuple[Arg, ...] = Field(
        default=(),
        max_length=64,
        description="Build arguments, by name.",
        json_schema_extra=_BY_NAME,
    )
    stages: tuple[Stage, ...] = Field(
        default=(),
        max_length=64,
        description="The stages, in order: a stage may use those before it. Stages that do not "
        "need each other are built at the same time.",
    )
    gates: tuple[kinds.StageName, ...] = Field(
        default=(),
        max_length=24,
        description="Stages, of tests say, that must succeed before anything is published. They "
        "are built though nothing copies from them, and never published.",
    )
    publish: tuple[Publish, ...] = Field(
        default=(),
        max_length=24,
        description="Which stages are pushed where. Unset: the last stage is built and nothing is "
        "pushed (reason Built), which checks that it builds.",
    )
    platforms: tuple[kinds.Platform, ...] = Field(
        default=(),
        max_length=16,
        description="What to build for, as linux/amd64 or linux/arm64; with several, one index of "
        "them is published. A `run` for another processor than the node's needs emulation on the "
        "node. Unset: the node's own.",
    )
    registry_secrets: tuple[RegistrySecret, ...] = Field(
        default=(),
        max_length=16,
        description="Credentials for registries, to pull and to push. A build cannot start before "
        "all of them exist.",
        json_schema_extra=_BY_NAME,
    )
    timestamps: Literal["Build", "Source"] | None = Field(
        default=None,
        description="Source: all times in the image are those of the git commit, or 1970 where the "
        "context is not of git, so that the same inputs give the same digest. Unset: Build, those "
        "of the build.",
    )
    network: Literal["None", "Default"] | None = Field(
        default=None,
        description="None: no step has a network. Unset: Default, that of the build's pod.",
    )
    lint: Literal["Ignore", "Warn", "Fail"] | None = Field(
        default=None,
        description="What is done about what is better done otherwise (status.warnings): nothing, "
        "say it, or fail before anything is published (reason LintFailed). Unset: Warn.",
    )
    timeout_seconds: int | None = Field(
        default=None,
        ge=1,
        le=604800,
        description="Seconds that one attempt may take, from the moment its worker starts. Unset: "
        "the operator's setting, an hour unless changed.",
    )
    resources: Resources | None = Field(
        default=None, description="Requests and limits of the build, as in a pod."
    )
