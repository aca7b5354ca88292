"""A stage and its steps."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from imagebuild.api import kinds, model, rule, rules


class Env(model.Model):
    """An environment variable of the steps after it and of the image."""

    name: kinds.EnvName = Field(description="Its name.")
    value: kinds.Value = Field(
        description="Its value. $NAME, ${NAME} and ${NAME:-x} are replaced as in a Dockerfile's "
        r"ENV, by what was set before; write \$ for a dollar sign."
    )


class CacheMount(model.Model):
    """A directory that is kept from one run of the step to the next.

    It is never part of the image.
    """

    target: kinds.FlagPath = Field(description="Where it is mounted.")
    id: kinds.FlagPath | None = Field(
        default=None, description="Mounts of the same id share their files. Unset: the target."
    )
    sharing: Literal["Shared", "Private", "Locked"] | None = Field(
        default=None,
        description="What happens when two steps use it at once: they write together (Shared), "
        "each gets its own (Private), or the second waits (Locked). Unset: Shared.",
    )
    from_: kinds.Reference | None = Field(
        default=None,
        alias="from",
        description="An earlier stage, a context or an image that it begins as a copy of. Unset: "
        "it begins empty.",
    )
    source: kinds.FlagPath | None = Field(
        default=None, description="Beside `from`: the directory in it. Unset: its root."
    )
    uid: kinds.Id | None = Field(default=None, description="Owner of a new one. Unset: 0.")
    gid: kinds.Id | None = Field(default=None, description="Group of a new one. Unset: 0.")
    mode: kinds.OctalMode | None = Field(
        default=None, description='Mode of a new one, quoted. Unset: "0755".'
    )


class BindMount(model.Model):
    """Files of the context, a stage or an image, seen while the step runs; no layer holds them."""

    from_: kinds.Reference | None = Field(
        default=None,
        alias="from",
        description="An earlier stage, a context, or an image with tag or digest. Unset: the "
        "context.",
    )
    source: kinds.FlagPath | None = Field(
        default=None, description="File or directory in it. Unset: its root."
    )
    target: kinds.FlagPath = Field(
        description="Where it is mounted; relative to the working directory."
    )
    read_write: bool | None = Field(
        default=None,
        description="true: the step may write there; what it writes is thrown away. Unset: false.",
    )


class TmpfsMount(model.Model):
    """An empty directory in memory."""

    target: kinds.FlagPath = Field(description="Where it is mounted.")
    size_bytes: int | None = Field(
        default=None, ge=1, le=1 << 50, description="Its largest size. Unset: no bound."
    )


class Mount(model.Model):
    """What a step sees beside the stage's files: exactly one of the fields."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.MOUNT

    cache: CacheMount | None = Field(
        default=None,
        description="A directory for a package manager's or compiler's cache. While nothing keeps "
        "it between builds it speeds up nothing but steps of the same build (warning "
        "CacheMountNotKept).",
    )
    bind: BindMount | None = Field(
        default=None,
        description="Files to read without a `copy`, so without a layer and without a copy in the "
        "image.",
    )
    tmpfs: TmpfsMount | None = Field(default=None, description="A directory in memory.")


class AddGit(model.Model):
    """A repository whose files are added; BuildKit itself fetches it, without credentials."""

    url: kinds.GitUrl = Field(description="https:// or http:// address, without a password.")
    ref: kinds.GitRef | None = Field(
        default=None, description="Branch or tag. Unset: the repository's default branch."
    )
    commit: kinds.Commit | None = Field(
        default=None, description="Full id of a commit, instead of the head of `ref`."
    )
    sub_path: kinds.RelativePath | None = Field(
        default=None, description="Directory in it. Unset: all of it."
    )


class Add(model.Model):
    """What is fetched and added: a download or a repository."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.ADD

    url: kinds.HttpUrl | None = Field(
        default=None, description="https:// or http:// address of a file, without a password."
    )
    checksum: kinds.Checksum | None = Field(
        default=None,
        description="Beside `url`, and required there: sha256: and 64 hexadecimal digits. Another "
        "content fails the build.",
    )
    unpack: bool | None = Field(
        default=None, description="Beside `url`. true: a tar archive is unpacked. Unset: false."
    )
    git: AddGit | None = Field(default=None, description="A git repository.")


class File(model.Model):
    """A small file, written here."""

    path: kinds.Line = Field(
        description="Where it goes: an absolute path, or one from the working directory. $NAME is "
        "replaced as in a Dockerfile's COPY."
    )
    content: kinds.Content = Field(description="All that is in it, as it stands.")


class Step(model.Model):
    """One instruction of a stage, with what belongs to it beside it.

    Exactly one of run, exec, copy, add, file, args, env, workdir and user.
    """

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.STEP

    run: kinds.Script | None = Field(
        default=None,
        description="A script for the stage's `shell`, /bin/sh unless set, run with `set -e`: it "
        "ends at the first command that fails (of a pipe only the last one counts). Nothing in it "
        "is touched, every $ is the shell's.",
    )
    exec: tuple[kinds.Argument, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="A program and its arguments, run without a shell; nothing in it is replaced.",
    )
    mounts: tuple[Mount, ...] = Field(
        default=(),
        max_length=16,
        description="Beside `run` and `exec`: what the step sees that no layer holds.",
    )
    network: Literal["None", "Default"] | None = Field(
        default=None,
        description="Beside `run` and `exec`. None: the step has no network. Unset: that of "
        "`spec.network`.",
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
        description="Beside `copy`: an earlier stage, a context of spec.contexts, or an image with "
        "tag or digest. Unset: the context.",
    )
    to: kinds.Line | None = Field(
        default=None,
        description="Beside `copy` and `add`, and required there: where the files go. A path that "
        "ends in / is a directory, and with several sources it must.",
    )
    chown: kinds.Owner | None = Field(
        default=None,
        description='Beside `copy`, `add` and `file`: who owns the files, as "1000:1000" or '
        '"node". Unset: root. Quote it: YAML reads 1000:50 as a number.',
    )
    chmod: kinds.Mode | None = Field(
        default=None,
        description="Beside `copy`, `add` and `file`: the mode of the files, as "
        '"0755" or "u=rwX,go=rX". Unset: as they are, of a `file` "0644". Quote it: YAML reads '
        "0755 as 493.",
    )
    exclude: tuple[kinds.FlagPath, ...] = Field(
        default=(),
        max_length=64,
        description="Beside `copy` and `add`: patterns of what is left out, as in .dockerignore.",
    )
    parents: bool | None = Field(
        default=None,
        description="Beside `copy`. true: sources keep their parent directories below `to`; a part "
        "/./ in a source says where those begin. Unset: false.",
    )
    link: bool | None = Field(
        default=None,
        description="Beside `copy`, `add` and `file`. true: the files become a layer of their own "
        "that stays cached when what is below it changes. Mind that then `to: /usr/local/bin` "
        "becomes the file, where that is a directory without `link`: end it in /. Unset: false.",
    )
    add: Add | None = Field(
        default=None, description="A download, or a git repository, to put at `to`."
    )
    file: File | None = Field(default=None, description="A small file, written here.")
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

    # The instructions by their field; every other field belongs to some of them.
    INSTRUCTIONS: ClassVar[tuple[str, ...]] = (
        "run",
        "exec",
        "copy",
        "add",
        "file",
        "args",
        "env",
        "workdir",
        "user",
    )

    @property
    def instructions(self) -> tuple[str, ...]:
        """The names of the instructions that it gives; one, in a spec that keeps the rules."""
        fields = {name: name for name in self.INSTRUCTIONS} | {"copy": "copy_"}
        return tuple(n for n, field in fields.items() if getattr(self, field) is not None)


class Healthcheck(model.Model):
    """How to find out whether a container of the image works (Docker's; Kubernetes ignores it)."""

    exec: tuple[kinds.Argument, ...] = Field(
        max_length=64,
        description="Program and arguments, without a shell; an empty list: no check, not even "
        "that of the base image.",
    )
    interval_seconds: int | None = Field(
        default=None, ge=1, le=86400, description="Seconds between checks. Unset: 30."
    )
    timeout_seconds: int | None = Field(
        default=None, ge=1, le=86400, description="Seconds that one may take. Unset: 30."
    )
    start_period_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86400,
        description="Seconds after the start in which failures do not count. Unset: 0.",
    )
    start_interval_seconds: int | None = Field(
        default=None,
        ge=1,
        le=86400,
        description="Seconds between checks in the start period. Unset: 5.",
    )
    retries: int | None = Field(
        default=None, ge=1, le=1000, description="Failures in a row that count. Unset: 3."
    )


class Stage(model.Model):
    """One stage: what it starts from, and the steps that are taken in it."""

    name: kinds.OwnStageName = Field(
        description="By what `from` and `publish` mean it; unique. Lower-case letters, digits, "
        "`.`, `_` and `-`, a letter first."
    )
    description: kinds.Line | None = Field(
        default=None, description="What it is for, in a few words; shown in the status."
    )
    from_: kinds.Base = Field(
        alias="from",
        description="An earlier stage, a context of spec.contexts, `scratch` (the empty image), or "
        "an image with tag or digest (golang:1.19). $NAME is a build argument of spec.args.",
    )
    platform: kinds.StagePlatform | None = Field(
        default=None,
        description="What it is built for: $BUILDPLATFORM, the platform of the node, to cross-"
        "compile at full speed and once for all platforms; or one, as linux/amd64. Unset: each of "
        "spec.platforms.",
    )
    args: tuple[kinds.ArgName, ...] = Field(
        default=(),
        max_length=64,
        description="Build arguments that the stage sees from its start: names of spec.args, or "
        "those that BuildKit sets, as TARGETOS and TARGETARCH. One that is needed late is better "
        "said in a step `args`: the steps before it stay cached.",
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
    shell: tuple[kinds.Argument, ...] = Field(
        default=(),
        max_length=16,
        description="Program that `run` gives its script to, as [/bin/bash, -o, pipefail, -c]. "
        "One that is no POSIX shell gets the script without `set -e`. Unset: [/bin/sh, -c].",
    )
    no_cache: bool | None = Field(
        default=None, description="true: its steps are never taken from the cache. Unset: false."
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
    volumes: tuple[kinds.Line, ...] = Field(
        default=(),
        max_length=64,
        description="Directories that hold data (Docker's VOLUME; Kubernetes ignores it). What "
        "the image has there Docker copies into a new volume.",
    )
    stop_signal: kinds.Signal | None = Field(
        default=None,
        description="Signal that asks the program to end, as SIGQUIT. Unset: the base image's.",
    )
    healthcheck: Healthcheck | None = Field(
        default=None, description="How to see whether it works. Unset: the base image's."
    )
    labels: Mapping[str, kinds.Value] = Field(
        default_factory=dict,
        max_length=64,
        description="Labels of the image. In values $NAME is replaced as in a Dockerfile's LABEL; "
        r"write \$ for a dollar sign.",
    )
