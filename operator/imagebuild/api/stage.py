"""A stage and its steps."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from imagebuild.api import kinds, model, rule, rules


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
