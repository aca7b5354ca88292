"""One step of a stage."""

from typing import ClassVar, Literal

from pydantic import Field

from imagebuild.api import kinds, model
from imagebuild.api.added import Add, File
from imagebuild.api.mounts import Mount
from imagebuild.api.rules import rule, steprules


class Env(model.Model):
    """An environment variable of the steps after it and of the image."""

    name: kinds.EnvName = Field(examples=["CGO_ENABLED"], description="Its name.")
    value: kinds.Value = Field(
        examples=["/opt/tool/bin:$PATH"],
        description="Its value; never a secret, the image shows it. $NAME, ${NAME} and ${NAME:-x} "
        r"are replaced as in a Dockerfile's ENV, by what was set before; write \$ for a dollar "
        "sign.",
    )


class Step(model.Model):
    """One instruction of a stage, with what belongs to it beside it.

    Exactly one of run, exec, copy, add, file, args, env, workdir and user.
    """

    RULES: ClassVar[tuple[rule.Rule, ...]] = steprules.STEP

    run: kinds.Script | None = Field(
        default=None,
        examples=["go build -o /bin/hello ."],
        description="A script for the stage's `shell`, /bin/sh unless set. It runs with `set -e`: "
        "it ends at the first command that fails, where a Dockerfile's RUN goes on after a newline "
        "or `;`. Of a pipe only the last command counts. Nothing in it is touched, every $ is the "
        "shell's. But where Flux applies this object with postBuild, Flux replaces ${NAME} before: "
        "annotate it with `kustomize.toolkit.fluxcd.io/substitute: disabled`.",
    )
    exec: tuple[kinds.Argument, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        examples=[["/bin/tool", "--check"]],
        description="A program and its arguments, run without a shell, as a stage from scratch has "
        "none; nothing in it is replaced.",
    )
    mounts: tuple[Mount, ...] = Field(
        default=(),
        max_length=16,
        examples=[[{"cache": {"target": "/root/.cache/go-build"}}, {"bind": {"target": "."}}]],
        description="Beside `run` and `exec`: what the step sees that no layer holds. Unset: "
        "nothing but the stage's files.",
    )
    network: Literal["None", "Default"] | None = Field(
        default=None,
        examples=["None"],
        description="Beside `run` and `exec`. None: the step has no network. Unset: that of "
        "`spec.network`.",
    )
    copy_: tuple[kinds.Line, ...] | None = Field(
        default=None,
        alias="copy",
        min_length=1,
        max_length=64,
        examples=[["go.mod", "go.sum"]],
        description="Files and directories to copy to `to`, from the root of the context or of "
        "what `from` names. Docker's rules: * and ? match, and of a directory its CONTENTS are "
        "copied, not itself: `copy: [src]` with `to: ./src/` keeps it. $NAME is replaced.",
    )
    from_: kinds.Reference | None = Field(
        default=None,
        alias="from",
        examples=["builder"],
        description="Beside `copy`: an earlier stage, a context of spec.contexts, or an image with "
        "tag or digest. Unset: the main context, spec.context.",
    )
    to: kinds.Line | None = Field(
        default=None,
        examples=["/usr/local/bin/"],
        description="Beside `copy` and `add`, and required there: where the files go, an absolute "
        "path or one from the working directory. A path that ends in / is a directory, and with "
        "several sources it must; without / a single file gets this name, unless there is a "
        "directory of that name. $NAME is replaced. Unset: only where nothing is copied.",
    )
    chown: kinds.Owner | None = Field(
        default=None,
        examples=["1000:50"],
        description='Beside `copy`, `add` and `file`: who owns the files, as "1000:50" or '
        "node; with `link` only numbers. A name that /etc/passwd of the stage lacks means root, "
        "without a warning. Quote it: some tools read that as one number. Unset: root, whatever "
        "`user` says.",
    )
    chmod: kinds.Mode | None = Field(
        default=None,
        examples=["0755"],
        description='Beside `copy`, `add` and `file`: the mode of the files, as "0755" or '
        '"u=rwX,go=rX". Quote it: YAML reads 0755 as the number 493. Unset: as they are, of a '
        '`file` "0644", of a download "0600".',
    )
    exclude: tuple[kinds.FlagPath, ...] = Field(
        default=(),
        max_length=64,
        examples=[["**/*_test.go", "docs"]],
        description="Beside `copy` and `add`: patterns of what is left out, as in .dockerignore; "
        "nothing in them is replaced. Unset: nothing is left out.",
    )
    parents: bool | None = Field(
        default=None,
        examples=[True],
        description="Beside `copy`. true: sources keep their parent directories below `to`, and "
        "a directory is copied itself; a part /./ in a source says where the parents begin. Unset: "
        "false.",
    )
    link: bool | None = Field(
        default=None,
        examples=[True],
        description="Beside `copy`, `add` and `file`. true: the files become a layer of their own "
        "that stays cached when what is below it changes. It sees nothing of what is below: a link "
        "there is not followed, and `to: /usr/local/bin` BECOMES the file instead of taking it in, "
        "so end it in /. Unset: false.",
    )
    add: Add | None = Field(
        default=None,
        examples=[
            {
                "url": "https://example.com/tool.tar.gz",
                "checksum": f"sha256:{'9f86d081884c7d65' * 4}",
                "unpack": True,
            }
        ],
        description="A download, or a git repository, to put at `to`.",
    )
    file: File | None = Field(
        default=None,
        examples=[{"path": "/etc/app.conf", "content": "listen: 8080\n"}],
        description="A small file, written here.",
    )
    args: tuple[kinds.ArgName, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        examples=[["VERSION"]],
        description="Build arguments that the steps from here on see: names of spec.args, or those "
        "that BuildKit sets, as TARGETARCH. The later it stands, the more steps stay cached when "
        "a value changes.",
    )
    env: tuple[Env, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        examples=[[{"name": "NODE_ENV", "value": "production"}]],
        description="Environment variables from here on and of the image, in order: each sees "
        "those before it.",
    )
    workdir: kinds.Line | None = Field(
        default=None,
        examples=["/app"],
        description="Working directory from here on and of the image; made where it does not "
        "exist, and then owned by the user of that moment. $NAME is replaced.",
    )
    user: kinds.User | None = Field(
        default=None,
        examples=["1000:50"],
        description="User from here on, and of the image if it is the last one: a name or a "
        'number, with a group as "1000:50" (quoted: some tools read one number). What `copy` '
        "brings belongs to root all the same: see `chown`. $NAME is replaced.",
    )

    INSTRUCTIONS: ClassVar[tuple[str, ...]] = steprules.INSTRUCTIONS

    @property
    def instructions(self) -> tuple[str, ...]:
        """The names of the instructions that it gives; one, in a spec that keeps the rules."""
        return rule.given(self, self.INSTRUCTIONS)
