"""The spec of an ImageBuild: what users write.

The models bound every string, list and map; what concerns more than one field stands in ``rules``.
None and empty lists mean unset; what is done then is said with each field and decided in code, so
that the schema needs no default and no GitOps tool sees a difference.
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from pydantic.config import JsonDict

from imagebuild.api import crossrules, kinds, model, rule, rules
from imagebuild.api.source import Source
from imagebuild.api.stage import Env, Stage, Step

__all__ = [
    "Arg",
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


class Arg(model.Model):
    """A build argument. Never a secret: it can be read in this object and in the image."""

    name: kinds.OwnArgName = Field(
        description="Its name. A stage or step must list it in `args` to see it; `from` sees it "
        "always. Names that begin with BUILDKIT_ are BuildKit's own and refused."
    )
    value: kinds.ArgValue = Field(description="Its value, as it stands.")


class Publish(model.Model):
    """A stage whose image is pushed, and to where."""

    stage: kinds.StageName | None = Field(
        default=None, description="The stage. Unset: the last one."
    )
    images: tuple[kinds.PublishedImage, ...] = Field(
        min_length=1,
        max_length=16,
        description="Where to push it: registry host, repository and tag, as "
        "registry.example.com/team/hello:1.0.",
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
