"""The spec of an ImageBuild: what users write.

The models bound every string, list and map; what concerns more than one field stands in ``rules``
and its neighbours. None and empty lists mean unset; what is done then is said with each field and
decided in code, so that the schema needs no default and no GitOps tool sees a difference.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from pydantic.config import JsonDict

from imagebuild.api import kinds, model, rules
from imagebuild.api.arg import Arg
from imagebuild.api.credentials import CaCertificate, RegistrySecret, Secret, Ssh
from imagebuild.api.publish import Publish
from imagebuild.api.rules import crossrules, rule
from imagebuild.api.source import Context, Source
from imagebuild.api.stage import Env, Stage, Step

__all__ = [
    "Arg",
    "CaCertificate",
    "Context",
    "Dockerfile",
    "Env",
    "ImageBuildSpec",
    "Publish",
    "RegistrySecret",
    "Resources",
    "Secret",
    "Source",
    "Ssh",
    "Stage",
    "Step",
]

_BY_NAME: JsonDict = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
_GIT = "https://git.example.com/team/hello.git"


class Dockerfile(model.Model):
    """A Dockerfile instead of `stages`: exactly one of `inline` and `path`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.DOCKERFILE

    inline: kinds.DockerfileText | None = Field(
        default=None,
        examples=["FROM alpine:3.18\nCOPY hello /bin/\n"],
        description="Its text. Lines end in LF or CRLF; a heredoc keeps the carriage returns of "
        "CRLF, in which a shell script fails. A `# syntax=` line in it has no effect: BuildKit's "
        "own frontend reads it. Where Flux applies this object with postBuild, Flux replaces "
        "${NAME} in it before: annotate it with `kustomize.toolkit.fluxcd.io/substitute: "
        "disabled`.",
    )
    path: kinds.RelativePath | None = Field(
        default=None,
        examples=["services/orders/Dockerfile"],
        description="Where it lies in the context, from its root (after `subPath`).",
    )
    context: kinds.StageName | None = Field(
        default=None,
        examples=["deploy"],
        description="Beside `path`: the context of spec.contexts that holds it. Unset: "
        "`spec.context`.",
    )


class Resources(model.Model):
    """Requests and limits of the container that builds, as in a pod."""

    requests: Mapping[str, kinds.Quantity] = Field(
        default_factory=dict,
        max_length=16,
        examples=[{"cpu": "500m", "memory": "1Gi"}],
        description="What the build is sure to get: cpu, memory, ephemeral-storage. Unset, "
        "each by itself: as the operator's settings have it, at most its limit.",
    )
    limits: Mapping[str, kinds.Limit] = Field(
        default_factory=dict,
        max_length=16,
        examples=[{"cpu": 4, "memory": "4Gi"}],
        description="What the build may use at most; 0 is refused, since Kubernetes takes it for "
        "no limit. A build that needs more memory fails with reason OutOfMemory. Unset, each by "
        "itself: as the operator's settings have it.",
    )


class ImageBuildSpec(model.Model):
    """What to build and where to publish it. Give either `stages` or `dockerfile`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = crossrules.SPEC

    suspend: bool | None = Field(
        default=None,
        examples=[True],
        description="true: start nothing new; a build that runs is finished. Unset: false.",
    )
    context: Source | None = Field(
        default=None,
        examples=[{"git": {"url": _GIT, "ref": "main"}}],
        description="The files that `copy` and bind mounts without `from` see: the main context. "
        "Unset: none.",
    )
    contexts: tuple[Context, ...] = Field(
        default=(),
        max_length=32,
        examples=[[{"name": "assets", "oci": {"image": "registry.example.com/team/assets:1.0"}}]],
        description="Further sources of files, each with a name that `from` may give, of a stage, "
        "a `copy` and a mount alike. Unset: none.",
        json_schema_extra=_BY_NAME,
    )
    dockerfile: Dockerfile | None = Field(
        default=None,
        examples=[{"path": "Dockerfile"}],
        description="A Dockerfile, instead of `stages`. Unset: `stages` says what is built.",
    )
    args: tuple[Arg, ...] = Field(
        default=(),
        max_length=64,
        examples=[[{"name": "GO_VERSION", "value": "1.22"}]],
        description="Build arguments, by name. Unset: none but those that BuildKit sets.",
        json_schema_extra=_BY_NAME,
    )
    stages: tuple[Stage, ...] = Field(
        default=(),
        max_length=64,
        examples=[[{"name": "hello", "from": "alpine:3.18", "cmd": ["echo", "hello"]}]],
        description="The stages, in order: a stage may use those before it. What `publish` "
        "and `gates` name is built one after the other, and of each of them those stages at the "
        "same time that do not need each other; one that none of them needs is skipped. Unset: "
        "`dockerfile` says what is built.",
    )
    gates: tuple[kinds.AnyStageName, ...] = Field(
        default=(),
        max_length=24,
        examples=[["test", "lint"]],
        description="Stages, of tests say, that must succeed before anything is published. They "
        "are built though nothing copies from them, and never published: what is published needs "
        "no gate, as nothing is before all of it succeeded. With several platforms one runs for "
        "each, unless its stage says `platform: $BUILDPLATFORM`. Of a `dockerfile` capitals do not "
        "count. Unset: none.",
    )
    publish: tuple[Publish, ...] = Field(
        default=(),
        max_length=24,
        examples=[[{"stage": "final", "images": ["registry.example.com/team/hello:1.0"]}]],
        description="Which stages are published, and to where. All are built before the first is "
        "pushed. Unset: the last stage and the gates are built and nothing is pushed (reason "
        "Built), which checks that they build.",
    )
    platforms: tuple[kinds.Platform, ...] = Field(
        default=(),
        max_length=16,
        examples=[["linux/amd64", "linux/arm64"]],
        description="What to build for; with several, one index of them is published. A `run` for "
        "another processor than the node's needs emulation on the node. Unset: the node's own.",
    )
    registry_secrets: tuple[RegistrySecret, ...] = Field(
        default=(),
        max_length=16,
        examples=[[{"name": "push-cred"}]],
        description="Credentials for registries, to pull and to push. A build cannot start before "
        "all of them exist. Unset: none.",
        json_schema_extra=_BY_NAME,
    )
    secrets: tuple[Secret, ...] = Field(
        default=(),
        max_length=32,
        examples=[[{"name": "netrc", "secretKeyRef": {"name": "goproxy", "key": "netrc"}}]],
        description="What steps may mount (`mounts.secret`, or `RUN --mount=type=secret,id=NAME`), "
        "by name. No image holds them: a value that is found in what is to be published fails the "
        "build (reason SecretLeaked). A build cannot start before all of them exist. Unset: none.",
        json_schema_extra=_BY_NAME,
    )
    ssh: tuple[Ssh, ...] = Field(
        default=(),
        max_length=8,
        examples=[[{"name": "default", "secretRef": {"name": "deploy-key"}}]],
        description="Keys that steps may sign in with over ssh (`mounts.ssh`, or `RUN "
        "--mount=type=ssh,id=NAME`), by name; no step can read one. Unset: none.",
        json_schema_extra=_BY_NAME,
    )
    ca_certificates: tuple[CaCertificate, ...] = Field(
        default=(),
        max_length=16,
        examples=[
            [{"name": "company", "configMapKeyRef": {"name": "company-ca", "key": "ca.crt"}}]
        ],
        description="Authorities that are trusted beside the public ones: for registries, git and "
        "http alike. Steps see their image's own. Unset: the operator's setting.",
        json_schema_extra=_BY_NAME,
    )
    leak_guard: Literal["Auto", "Always"] | None = Field(
        default=None,
        examples=["Always"],
        description="When what is to be published is searched for the values of `secrets` and "
        "`ssh` before it is pushed, and for what looks like a token (status.warnings): Auto, where "
        "the build has any of those; Always, even without. Unset: Auto.",
    )
    timestamps: Literal["Build", "Source"] | None = Field(
        default=None,
        examples=["Source"],
        description="Source: all times in the image are those of the git commit, or 1970 where the "
        "context is not of git, so that the same inputs give the same digest. Unset: Build, those "
        "of the build.",
    )
    network: Literal["None", "Default"] | None = Field(
        default=None,
        examples=["None"],
        description="None: no step has a network. Unset: Default, that of the build's pod.",
    )
    lint: Literal["Ignore", "Warn", "Fail"] | None = Field(
        default=None,
        examples=["Fail"],
        description="What is done about what is better done otherwise (status.warnings): nothing, "
        "say it, or fail before anything is published (reason LintFailed). Unset: Warn.",
    )
    image_config_map: Literal["None", "Write"] | None = Field(
        default=None,
        examples=["Write"],
        description="Write: the operator keeps the ConfigMap NAME-image with what was last "
        "published, for what cannot read status.image: a Flux Kustomization's substituteFrom, say "
        "(docs/gitops.md). Its keys are IMAGE (repository and digest), DIGEST, REPOSITORY and TAGS "
        "of the first published image, and the same of each stage, as IMAGE_FINAL. Unset: None, "
        "there is none.",
    )
    timeout_seconds: int | None = Field(
        default=None,
        ge=1,
        le=604800,
        examples=[1800],
        description="Seconds that one attempt may take, from the moment its worker starts. Unset: "
        "the operator's setting, an hour unless changed.",
    )
    resources: Resources | None = Field(
        default=None,
        examples=[{"limits": {"memory": "4Gi"}}],
        description="Requests and limits of the container that builds, as in a pod. Unset: the "
        "operator's settings.",
    )
