"""Where the files of a build come from."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from imagebuild.api import kinds, model, rules
from imagebuild.api.credentials import SecretRef
from imagebuild.api.rules import credentialrules, rule

_COMMIT = "4f1c3b7d9e0a2c5f8b6d1e4a7c0f3b6d9e2a5c8f"
_SHA256 = "9f86d081884c7d65" * 4


class Git(model.Model):
    """A git repository: the head of `ref`, or exactly `commit`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = credentialrules.GIT

    url: kinds.GitUrl = Field(
        examples=["https://git.example.com/team/hello.git"],
        description="https:// or http:// address, or one as ssh://git@git.example.com/team/"
        "hello.git, which needs `secretRef`; its host is a name or an IPv4 address. It must hold "
        "no password: who can read this object would read it too.",
    )
    ref: kinds.GitRef | None = Field(
        default=None,
        examples=["main"],
        description="Branch or tag whose head is built. A new commit starts no build by itself: "
        "change this object or request a build. Unset, or HEAD: the repository's default branch.",
    )
    commit: kinds.Commit | None = Field(
        default=None,
        examples=[_COMMIT],
        description="Full id of a commit (40 or 64 hexadecimal digits), built instead of the head "
        "of `ref`. With `ref` it must be reachable from there (reason CommitNotOnRef): a commit of "
        "a fork can be fetched from the repository that it forks. Unset: the head of `ref`.",
    )
    sub_path: kinds.RelativePath | None = Field(
        default=None,
        examples=["services/orders"],
        description="Directory in the repository that becomes the context's root. Relative, "
        "without `..`. Unset: all of it.",
    )
    paths: tuple[kinds.RelativePath, ...] = Field(
        default=(),
        max_length=64,
        examples=[["services/orders", "libs/java", "pom.xml"]],
        description="Files and directories, from the repository's root: the context holds ONLY "
        "these, at their places, so nothing else can change the result. Unset: all of it.",
    )
    submodules: bool | None = Field(
        default=None,
        examples=[True],
        description="true: with its submodules, and theirs. Unset: their directories are empty.",
    )
    keep_git_dir: bool | None = Field(
        default=None,
        examples=[True],
        description="true: with a `.git` that knows this one commit, for `git describe` and the "
        "like. Unset: without.",
    )
    secret_ref: SecretRef | None = Field(
        default=None,
        examples=[{"name": "git-auth"}],
        description="A Secret to sign in with, for the repository and its submodules on the same "
        "host: `username` and `password` (kubernetes.io/basic-auth; a token is a password), "
        "`bearerToken`, or for ssh:// addresses `ssh-privatekey` (or `identity`) and "
        "`known_hosts`. One made for Flux serves as it is. Not beside an http:// address, over "
        "which anyone could read it. Unset: no credentials.",
    )


class ConfigMapItem(model.Model):
    """One key of a ConfigMap and the file that it becomes."""

    key: kinds.ConfigMapKey = Field(examples=["nginx"], description="Key in the ConfigMap.")
    path: kinds.FilePath = Field(
        examples=["etc/nginx.conf"],
        description="File that it becomes in the context. Relative; no name in it begins with "
        "`..`.",
    )


class ConfigMap(model.Model):
    """A ConfigMap in the same namespace whose keys become files."""

    name: kinds.ObjectName = Field(
        examples=["site"],
        description="Its name. While there is none the build waits (reason ContextNotFound).",
    )
    items: tuple[ConfigMapItem, ...] = Field(
        default=(),
        max_length=256,
        examples=[[{"key": "nginx", "path": "etc/nginx.conf"}]],
        description="Which keys become which files. Unset: every key becomes a file of its name.",
    )


class Http(model.Model):
    """A download: an archive (tar, also compressed, or zip) is unpacked, else it is a file."""

    url: kinds.HttpUrl = Field(
        examples=["https://example.com/hello-1.0.tar.gz"],
        description="https:// or http:// address, without a password.",
    )
    sha256: kinds.Sha256 = Field(
        examples=[_SHA256],
        description="SHA-256 sum of what is downloaded, the 64 hexadecimal digits that sha256sum "
        "prints. Anything else than that fails the build (reason ChecksumMismatch).",
    )


class Oci(model.Model):
    """An image or artifact in a registry: its files."""

    image: kinds.TaggedImage = Field(
        examples=["registry.example.com/team/assets:1.0"],
        description="With tag or digest. A tag is resolved when the build begins; a digest always "
        "means the same.",
    )


class PersistentVolumeClaim(model.Model):
    """A volume in the same namespace; it is only read."""

    claim_name: kinds.ObjectName = Field(
        examples=["datasets"], description="Name of the PersistentVolumeClaim."
    )
    sub_path: kinds.RelativePath | None = Field(
        default=None,
        examples=["2026/january"],
        description="Directory in the volume that becomes the context's root. Unset: all of it.",
    )


class ImageBuildReference(model.Model):
    """A stage that another ImageBuild in the same namespace publishes: the files of its image.

    The build waits until there is one (reason WaitingForImageBuild), and runs again whenever
    another one is published.
    """

    name: kinds.ObjectName = Field(examples=["base"], description="Name of the ImageBuild.")
    stage: kinds.AnyStageName | None = Field(
        default=None,
        examples=["runtime"],
        description="Which of its published stages; capitals do not count. Unset: the first "
        "one, that of `status.image`.",
    )


class Flux(model.Model):
    """What a source of Flux in the same namespace has fetched."""

    kind: Literal["GitRepository", "OCIRepository", "Bucket"] = Field(
        examples=["GitRepository"], description="Kind of the source."
    )
    name: kinds.ObjectName = Field(examples=["hello"], description="Its name.")


class Source(model.Model):
    """Where files come from: exactly one of the fields but `ignore`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.SOURCE
    KINDS: ClassVar[tuple[str, ...]] = rules.SOURCES

    git: Git | None = Field(
        default=None,
        examples=[{"url": "https://git.example.com/team/hello.git", "ref": "main"}],
        description="A git repository: the head of `ref`, or exactly `commit`.",
    )
    files: Mapping[str, kinds.Content] | None = Field(
        default=None,
        max_length=256,
        examples=[{"src/main.py": 'print("hello")\n'}],
        description="Small files written here: path -> content. Paths are relative; no name in "
        "them begins with `..`.",
    )
    config_map: ConfigMap | None = Field(
        default=None,
        examples=[{"name": "site"}],
        description="A ConfigMap in the same namespace, whose keys become files; another content "
        "starts a build.",
    )
    http: Http | None = Field(
        default=None,
        examples=[{"url": "https://example.com/hello-1.0.tar.gz", "sha256": _SHA256}],
        description="A download: an archive (tar, also compressed, or zip) is unpacked, else it is "
        "one file of the address's last part.",
    )
    oci: Oci | None = Field(
        default=None,
        examples=[{"image": "registry.example.com/team/assets:1.0"}],
        description="The files of an image, or of an artifact, in a registry.",
    )
    persistent_volume_claim: PersistentVolumeClaim | None = Field(
        default=None,
        examples=[{"claimName": "datasets"}],
        description="A volume in the same namespace; it is only read.",
    )
    image_build: ImageBuildReference | None = Field(
        default=None,
        examples=[{"name": "base"}],
        description="A stage that another ImageBuild in the same namespace publishes. The build "
        "waits until there is one (reason WaitingForImageBuild), and runs again whenever another "
        "one is published.",
    )
    flux: Flux | None = Field(
        default=None,
        examples=[{"kind": "GitRepository", "name": "hello"}],
        description="What a source of Flux in the same namespace has fetched. The build waits "
        "until there is something (reason ContextNotFound); anything new starts a build.",
    )
    ignore: tuple[kinds.IgnorePattern, ...] = Field(
        default=(),
        max_length=256,
        examples=[["**/node_modules", "docs"]],
        description="What the context is not to hold, in patterns as in a .dockerignore file; "
        "such a file in the context holds too. Unset: that file alone.",
    )


class Context(Source):
    """A source with a name, by which `from` means it."""

    name: kinds.ContextName = Field(
        examples=["assets"],
        description="Its name; no stage may have the same. Lower-case letters and digits, a letter "
        "first, and between them `.`, `_` or `-`.",
    )
