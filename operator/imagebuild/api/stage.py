"""A stage: what it starts from, its steps, and what its image says of itself."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from imagebuild.api import kinds, model, rules
from imagebuild.api.added import Add, AddGit, File
from imagebuild.api.mounts import BindMount, CacheMount, Mount, TmpfsMount
from imagebuild.api.rules import rule
from imagebuild.api.step import Env, Step

__all__ = [
    "Add",
    "AddGit",
    "BindMount",
    "CacheMount",
    "Env",
    "File",
    "Healthcheck",
    "Mount",
    "Stage",
    "Step",
    "TmpfsMount",
]


class Healthcheck(model.Model):
    """How to find out whether a container of the image works (Docker's; Kubernetes ignores it)."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.HEALTHCHECK

    exec: tuple[kinds.Argument, ...] = Field(
        max_length=64,
        examples=[["/bin/hello", "--check"]],
        description="Program and arguments, without a shell; nothing in it is replaced. An empty "
        "list: no check, not even that of the base image.",
    )
    interval_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86400,
        examples=[10],
        description="Seconds between checks. Unset: 30.",
    )
    timeout_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86400,
        examples=[3],
        description="Seconds that one may take. Unset: 30.",
    )
    start_period_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86400,
        examples=[20],
        description="Seconds after the start in which failures do not count. Unset: 0.",
    )
    start_interval_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86400,
        examples=[1],
        description="Seconds between checks in the start period. Unset: 5.",
    )
    retries: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        examples=[5],
        description="Failures in a row that count. Unset: 3.",
    )


class Stage(model.Model):
    """One stage: what it starts from, and the steps that are taken in it."""

    name: kinds.OwnStageName = Field(
        examples=["builder"],
        description="By what `from`, `gates` and `publish` mean it; unique. Lower-case letters and "
        "digits, a letter first, and between them `.`, `_` or `-`.",
    )
    description: kinds.Line | None = Field(
        default=None,
        examples=["compiles the program"],
        description="What it is for, in a few words; shown in the status. Unset: nothing.",
    )
    from_: kinds.Base = Field(
        alias="from",
        examples=["golang:$GO_VERSION-alpine"],
        description="An earlier stage, a context of spec.contexts, `scratch` (the empty image), or "
        "an image with tag or digest: a word without one is never pulled. $NAME is a build "
        "argument of spec.args, which need not be listed for it.",
    )
    platform: kinds.StagePlatform | None = Field(
        default=None,
        examples=["$BUILDPLATFORM"],
        description="What it is built for: $BUILDPLATFORM, the platform of the node, to cross-"
        "compile at full speed and once for all platforms; or one, as linux/amd64. $NAME is a "
        "build argument of spec.args or a platform's that BuildKit sets. Unset: each of "
        "spec.platforms.",
    )
    args: tuple[kinds.ArgName, ...] = Field(
        default=(),
        max_length=64,
        examples=[["TARGETOS", "TARGETARCH"]],
        description="Build arguments that the stage sees from its start: names of spec.args, or "
        "those that BuildKit sets, as TARGETOS and TARGETARCH. One that is needed late is better "
        "said in a step `args`: the steps before it stay cached. Unset: none.",
    )
    env: tuple[Env, ...] = Field(
        default=(),
        max_length=64,
        examples=[[{"name": "CGO_ENABLED", "value": "0"}]],
        description="Environment variables of all steps, so set before the first one, and of the "
        "image, in order: each sees those before it. A change of one runs all steps again; one "
        "that only the image needs is better said in a last step `env`. Unset: those of the base "
        "image alone.",
    )
    workdir: kinds.Line | None = Field(
        default=None,
        examples=["/src"],
        description="Working directory before the first step, and of the image unless a step "
        "changes it. It is made where it does not exist, by the base image's user and not by "
        "`user`. $NAME is replaced. Unset: the base image's.",
    )
    user: kinds.User | None = Field(
        default=None,
        examples=[1000],
        description="User BEFORE the first step: a `run` that installs packages is then run by "
        "this user too, and fails. To build as root and run as another, say it in a last step "
        '`user` instead. A name or a number, with a group as "1000:50" (quoted: some tools read '
        "one number); $NAME is replaced. Unset: the base image's.",
    )
    shell: tuple[kinds.Argument, ...] = Field(
        default=(),
        max_length=16,
        examples=[["/bin/bash", "-o", "pipefail", "-c"]],
        description="Program that `run` gives its script to, as its last argument; with that of "
        "the example a pipe fails with any of its commands. One that is no POSIX shell gets the "
        "script without `set -e`. Unset: [/bin/sh, -c].",
    )
    no_cache: bool | None = Field(
        default=None,
        examples=[True],
        description="true: its steps are never taken from the cache. Unset: false.",
    )
    steps: tuple[Step, ...] = Field(
        default=(),
        max_length=64,
        examples=[[{"copy": ["."], "to": "./"}, {"run": "go build -o /bin/hello ."}]],
        description="What is done, in order; each is cached as long as nothing before it changes. "
        "Unset: nothing.",
    )
    entrypoint: tuple[kinds.Argument, ...] | None = Field(
        default=None,
        max_length=64,
        examples=[["/bin/hello"]],
        description="Program that the image runs, word by word, without a shell; nothing in it is "
        "replaced. An empty list: none. Unset: the base image's.",
    )
    cmd: tuple[kinds.Argument, ...] | None = Field(
        default=None,
        max_length=64,
        examples=[["--listen", ":8080"]],
        description="Arguments of the entrypoint, or where there is none the program, word by "
        "word, without a shell; nothing in it is replaced. An empty list: none. Unset: the base "
        "image's, or none where `entrypoint` is set.",
    )
    expose: tuple[kinds.Port, ...] = Field(
        default=(),
        max_length=64,
        examples=[[8080, "53/udp"]],
        description='Ports that the image listens on: 8080 or "53/udp". It opens none, it only '
        "says so. Unset: the base image's.",
    )
    volumes: tuple[kinds.Line, ...] = Field(
        default=(),
        max_length=64,
        examples=[["/var/lib/hello"]],
        description="Directories that hold data (Docker's VOLUME; Kubernetes ignores it). What "
        "the image has there Docker copies into a new volume. $NAME is replaced. Unset: the base "
        "image's.",
    )
    stop_signal: kinds.Signal | None = Field(
        default=None,
        examples=["SIGQUIT"],
        description="Signal that asks the program to end. Unset: the base image's, or SIGTERM.",
    )
    healthcheck: Healthcheck | None = Field(
        default=None,
        examples=[{"exec": ["/bin/hello", "--check"], "intervalSeconds": 10}],
        description="How to see whether it works. Unset: the base image's.",
    )
    labels: Mapping[str, kinds.Value] = Field(
        default_factory=dict,
        max_length=64,
        examples=[{"org.opencontainers.image.title": "hello"}],
        description="Labels of the image. In values $NAME is replaced as in a Dockerfile's LABEL; "
        r"write \$ for a dollar sign. Facts as $(commit7) can stand in those of `publish`. Unset: "
        "the base image's.",
    )
