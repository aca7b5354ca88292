"""What a step sees beside its stage's files."""

from typing import ClassVar, Literal

from pydantic import Field

from imagebuild.api import kinds, model
from imagebuild.api.rules import rule, steprules


class CacheMount(model.Model):
    """A directory that is kept from one run of the step to the next; no image holds it."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = steprules.CACHE_MOUNT

    target: kinds.FlagPath = Field(
        examples=["/root/.cache/go-build"],
        description="Where it is mounted; a relative path begins at the working directory. $NAME "
        "is replaced, here and in `id` and `source`.",
    )
    id: kinds.FlagPath | None = Field(
        default=None,
        examples=["go-build-$TARGETARCH"],
        description="Mounts of the same id share their files. Unset: the target.",
    )
    sharing: Literal["Shared", "Private", "Locked"] | None = Field(
        default=None,
        examples=["Locked"],
        description="What happens when two steps use it at once: they write together (Shared), "
        "each gets its own (Private), or the second waits (Locked; apt needs it). Unset: Shared.",
    )
    from_: kinds.Reference | None = Field(
        default=None,
        alias="from",
        examples=["builder"],
        description="An earlier stage, a context of spec.contexts, or an image with tag or digest, "
        "of whose files a new one is a copy. Unset: a new one is empty.",
    )
    source: kinds.FlagPath | None = Field(
        default=None,
        examples=["/var/cache/seed"],
        description="Beside `from`: the directory in it. Unset: its root.",
    )
    uid: kinds.Id | None = Field(
        default=None, examples=[1000], description="Owner of a new one. Unset: 0, root."
    )
    gid: kinds.Id | None = Field(
        default=None, examples=[1000], description="Group of a new one. Unset: 0."
    )
    mode: kinds.OctalMode | None = Field(
        default=None,
        examples=["0700"],
        description='Mode of a new one. Quote it: YAML reads 0755 as 493. Unset: "0755".',
    )


class BindMount(model.Model):
    """Files of the context, a stage or an image, seen while the step runs; no image holds them."""

    from_: kinds.Reference | None = Field(
        default=None,
        alias="from",
        examples=["builder"],
        description="An earlier stage, a context of spec.contexts, or an image with tag or digest. "
        "Unset: the main context, spec.context.",
    )
    source: kinds.FlagPath | None = Field(
        default=None,
        examples=["/src"],
        description="File or directory in it; $NAME is replaced. Unset: its root.",
    )
    target: kinds.FlagPath = Field(
        examples=["."],
        description="Where it is mounted; a relative path begins at the working directory, which "
        "is `.` itself (but / cannot be). $NAME is replaced.",
    )
    read_write: bool | None = Field(
        default=None,
        examples=[True],
        description="true: the step may write there; what it writes is thrown away. Unset: false.",
    )


class TmpfsMount(model.Model):
    """An empty directory in memory; no image holds it."""

    target: kinds.FlagPath = Field(
        examples=["/scratch"],
        description="Where it is mounted; a relative path begins at the working directory. $NAME "
        "is replaced.",
    )
    size_bytes: int | None = Field(
        default=None,
        ge=1,
        le=1 << 50,
        examples=[67108864],
        description="What it may hold at most, in bytes; it counts as memory of the build. Unset: "
        "no bound of its own.",
    )


class SecretMount(model.Model):
    """A value of spec.secrets, as a file or an environment variable; no image holds it."""

    name: kinds.CredentialName = Field(
        examples=["netrc"], description="Which of spec.secrets it is. It is always there."
    )
    target: kinds.FlagPath | None = Field(
        default=None,
        examples=["/root/.netrc"],
        description="The file; a relative path begins at the working directory. $NAME is "
        "replaced. Unset: /run/secrets/NAME, or with `env` no file.",
    )
    env: kinds.ArgName | None = Field(
        default=None,
        examples=["NPM_TOKEN"],
        description="The environment variable of this one step that holds it. Unset: none.",
    )
    uid: kinds.Id | None = Field(
        default=None, examples=[1000], description="Owner of the file. Unset: 0, root."
    )
    gid: kinds.Id | None = Field(
        default=None, examples=[1000], description="Group of the file. Unset: 0."
    )
    mode: kinds.OctalMode | None = Field(
        default=None,
        examples=["0440"],
        description='Mode of the file. Quote it: YAML reads 0440 as 288. Unset: "0400".',
    )


class SshMount(model.Model):
    """The agent of a key of spec.ssh: the step can sign in with the key, and not read it."""

    name: kinds.CredentialName = Field(
        examples=["default"], description="Which of spec.ssh it is. It is always there."
    )
    target: kinds.FlagPath | None = Field(
        default=None,
        examples=["/run/agent.sock"],
        description="The agent's socket, which SSH_AUTH_SOCK names; $NAME is replaced. Unset: a "
        "name of BuildKit's.",
    )
    uid: kinds.Id | None = Field(
        default=None, examples=[1000], description="Owner of the socket. Unset: 0, root."
    )
    gid: kinds.Id | None = Field(
        default=None, examples=[1000], description="Group of the socket. Unset: 0."
    )
    mode: kinds.OctalMode | None = Field(
        default=None,
        examples=["0660"],
        description='Mode of the socket. Quote it. Unset: "0600".',
    )


class Mount(model.Model):
    """What a step sees beside the stage's files: exactly one of the fields."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = steprules.MOUNT
    KINDS: ClassVar[tuple[str, ...]] = steprules.MOUNTS

    cache: CacheMount | None = Field(
        default=None,
        examples=[{"target": "/root/.cache/go-build"}],
        description="A directory for the cache of a package manager or compiler. While nothing "
        "keeps it between builds it speeds up nothing but steps of the same build (warning "
        "CacheMountNotKept).",
    )
    bind: BindMount | None = Field(
        default=None,
        examples=[{"target": "."}],
        description="Files to read without a `copy`: no layer holds them, and none is made.",
    )
    tmpfs: TmpfsMount | None = Field(
        default=None, examples=[{"target": "/scratch"}], description="An empty directory in memory."
    )
    secret: SecretMount | None = Field(
        default=None,
        examples=[{"name": "netrc", "target": "/root/.netrc"}],
        description="A value of spec.secrets, while the step runs.",
    )
    ssh: SshMount | None = Field(
        default=None,
        examples=[{"name": "default"}],
        description="The agent of a key of spec.ssh, while the step runs.",
    )
