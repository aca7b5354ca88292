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

_BY_NAME: JsonDict = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}


class Git(model.Model):
    """A git repository: the head of `ref`, or exactly `commit`."""

    url: kinds.GitUrl = Field(
        description="https://, http:// or ssh:// address. It must hold no password: who can read "
        "this object would read it too."
    )
    ref: kinds.GitRef | None = Field(
        default=None,
        description="Branch or tag whose head is built. Unset: the repository's default branch. A "
        "new commit starts no build by itself: change this object or request a build.",
    )
    commit: kinds.Commit | None = Field(
        default=None,
        description="Full id of a commit (40 or 64 hexadecimal digits), built instead of the head "
        "of `ref`.",
    )
    sub_path: kinds.RelativePath | None = Field(
        default=None,
        description="Directory in the repository that becomes the context's root. Unset: all of "
        "it. Relative, without `..`.",
    )


class ConfigMapItem(model.Model):
    """One key of a ConfigMap and the file that it becomes."""

    key: kinds.ConfigMapKey = Field(description="Key in the ConfigMap.")
    path: kinds.RelativePath = Field(
        description="File that it becomes in the context. Relative, without `..`."
    )


class ConfigMap(model.Model):
    """A ConfigMap in the same namespace whose keys become files."""

    name: kinds.ObjectName = Field(
        description="Its name. While there is none the build waits (reason ContextNotFound)."
    )
    items: tuple[ConfigMapItem, ...] = Field(
        default=(),
        max_length=256,
        description="Which keys become which files. Unset: every key becomes a file of its name.",
    )


class Source(model.Model):
    """Where files come from: exactly one of the fields."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.SOURCE

    git: Git | None = Field(default=None, description="A git repository.")
    files: Mapping[str, kinds.Content] | None = Field(
        default=None,
        max_length=256,
        description="Small files written here: path -> content. Paths are relative, without `..`.",
    )
    config_map: ConfigMap | None = Field(
        default=None, description="A ConfigMap whose keys become files."
    )


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


class Env(model.Model):
    """An environment variable of the steps after it and of the image."""

    name: kinds.EnvName = Field(description="Its name.")
    value: kinds.Value = Field(
        description="Its value. $NAME, ${NAME} and ${NAME:-x} are replaced as in a Dockerfile's "
        r"ENV, by what was set before; write \$ for a dollar sign."
    )


class Step(model.Model):
    """One instruction of a stage: exactly one of run, copy, args, env, workdir and user."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.STEP

    run: kinds.Script | None = Field(
        default=None,
        description="A script for /bin/sh, run with `set -e`: it ends at the first command that "
        "fails. Nothing in it is touched, every $ is the shell's.",
    )
    copy_: tuple[kinds.Line, ...] | None = Field(
        default=None,
        alias="copy",
        min_length=1,
        max_length=64,
        description="Files and directories to copy to `to`, by Docker's rules: * and ? match, and "
        "of a directory its contents are copied, not itself.",
    )
    from_: kinds.Reference | None = Field(
        default=None,
        alias="from",
        description="Beside `copy`: an earlier stage, or an image with tag or digest. Unset: the "
        "context.",
    )
    to: kinds.Line | None = Field(
        default=None,
        description="Beside `copy`, and required there: where the files go. A path that ends in / "
        "is a directory, and with several sources it must.",
    )
    chown: kinds.Owner | None = Field(
        default=None,
        description='Beside `copy`: who owns the files, as "1000:1000" or "node". Unset: root. '
        "Quote it: YAML reads 1000:50 as a number.",
    )
    chmod: kinds.Mode | None = Field(
        default=None,
        description='Beside `copy`: the mode of the files, as "0755" or "u=rwX,go=rX". Unset: as '
        "they are. Quote it: YAML reads 0755 as 493.",
    )
    args: tuple[kinds.ArgName, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="Build arguments that the steps from here on see. The later it stands, the "
        "more steps stay cached when a value changes.",
    )
    env: tuple[Env, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="Environment variables from here on, in order.",
    )
    workdir: kinds.Line | None = Field(
        default=None, description="Working directory from here on; made where it does not exist."
    )
    user: kinds.User | None = Field(
        default=None,
        description="User from here on, and of the image if it is the last one: a name or a "
        'number, with a group as "1000:50" (quoted, or YAML reads a number).',
    )

    @property
    def instructions(self) -> tuple[str, ...]:
        """The names of the instructions that it gives; one, in a spec that keeps the rules."""
        given = {
            "run": self.run,
            "copy": self.copy_,
            "args": self.args,
            "env": self.env,
            "workdir": self.workdir,
            "user": self.user,
        }
        return tuple(name for name, value in given.items() if value is not None)


class Stage(model.Model):
    """One stage: what it starts from, and the steps that are taken in it."""

    name: kinds.OwnStageName = Field(
        description="By what `from` and `publish` mean it; unique. Lower-case letters, digits, "
        "`.`, `_` and `-`, a letter first."
    )
    from_: kinds.Base = Field(
        alias="from",
        description="An earlier stage, `scratch` (the empty image), or an image with tag or digest "
        "(golang:1.19). $NAME is a build argument of spec.args.",
    )
    args: tuple[kinds.ArgName, ...] = Field(
        default=(),
        max_length=64,
        description="Build arguments that the stage sees from its start: names of spec.args, or "
        "those that BuildKit sets, as TARGETOS and TARGETARCH.",
    )
    env: tuple[Env, ...] = Field(
        default=(), max_length=64, description="Environment variables before the first step."
    )
    workdir: kinds.Line | None = Field(
        default=None,
        description="Working directory before the first step; made where it does not exist. Unset: "
        "the base image's.",
    )
    user: kinds.User | None = Field(
        default=None,
        description="User before the first step. The image runs as the last `user`, here or in a "
        "step. Unset: the base image's.",
    )
    steps: tuple[Step, ...] = Field(
        default=(), max_length=64, description="What is done, in order."
    )
    entrypoint: tuple[kinds.Argument, ...] | None = Field(
        default=None,
        max_length=64,
        description="Program that the image runs, word by word, without a shell. Unset: the base "
        "image's; an empty list: none.",
    )
    cmd: tuple[kinds.Argument, ...] | None = Field(
        default=None,
        max_length=64,
        description="Arguments of the entrypoint, or where there is none the program, word by "
        "word, without a shell. Unset: the base image's, or none where `entrypoint` is set; an "
        "empty list: none.",
    )
    expose: tuple[kinds.Port, ...] = Field(
        default=(), max_length=64, description='Ports that the image listens on: 8080 or "53/udp".'
    )
    labels: Mapping[str, kinds.Value] = Field(
        default_factory=dict,
        max_length=64,
        description="Labels of the image. In values $NAME is replaced as in a Dockerfile's LABEL; "
        r"write \$ for a dollar sign.",
    )


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
        max_length=32,
        description="Which stages are pushed where. Unset: the last stage is built and nothing is "
        "pushed (reason Built), which checks that it builds.",
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
