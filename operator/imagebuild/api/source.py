"""Where the files of a build come from."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from imagebuild.api import kinds, model, rule, rules


class Git(model.Model):
    """A git repository: the head of `ref`, or exactly `commit`."""

    url: kinds.GitUrl = Field(
        description="https:// or http:// address. It must hold no password: who can read "
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
    paths: tuple[kinds.RelativePath, ...] = Field(
        default=(),
        max_length=64,
        description="Files and directories, from the repository's root: the context holds only "
        "these, at their places. Unset: all of it.",
    )
    submodules: bool | None = Field(
        default=None,
        description="true: with its submodules, and theirs. Unset: their directories are empty.",
    )
    keep_git_dir: bool | None = Field(
        default=None,
        description="true: with a `.git` that knows this one commit. Unset: without.",
    )


class ConfigMapItem(model.Model):
    """One key of a ConfigMap and the file that it becomes."""

    key: kinds.ConfigMapKey = Field(description="Key in the ConfigMap.")
    path: kinds.FilePath = Field(
        description="File that it becomes in the context. Relative; no name in it begins with `..`."
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


class Http(model.Model):
    """A download: an archive (tar, also compressed, or zip) is unpacked, else it is a file."""

    url: kinds.HttpUrl = Field(description="https:// or http:// address, without a password.")
    sha256: kinds.Sha256 = Field(
        description="SHA-256 sum of what is downloaded, 64 hexadecimal digits. Anything else than "
        "that fails the build (reason ChecksumMismatch)."
    )


class Oci(model.Model):
    """An image or artifact in a registry: its files."""

    image: kinds.TaggedImage = Field(
        description="With tag or digest, as registry.example.com/team/assets:1.0. A tag is "
        "resolved when the build begins; a digest always means the same."
    )


class PersistentVolumeClaim(model.Model):
    """A volume in the same namespace; it is only read."""

    claim_name: kinds.ObjectName = Field(description="Name of the PersistentVolumeClaim.")
    sub_path: kinds.RelativePath | None = Field(
        default=None,
        description="Directory in the volume that becomes the context's root. Unset: all of it.",
    )


class ImageBuildReference(model.Model):
    """A stage that another ImageBuild in the same namespace publishes: the files of its image.

    The build waits until there is one (reason WaitingForImageBuild), and runs again whenever
    another one is published.
    """

    name: kinds.ObjectName = Field(description="Name of the ImageBuild.")
    stage: kinds.StageName | None = Field(
        default=None,
        description="Which of its published stages. Unset: the first one, that of `status.image`.",
    )


class Flux(model.Model):
    """What a source of Flux in the same namespace has fetched."""

    kind: Literal["GitRepository", "OCIRepository", "Bucket"] = Field(
        description="Kind of the source."
    )
    name: kinds.ObjectName = Field(description="Its name.")


class Source(model.Model):
    """Where files come from: exactly one of the fields but `ignore`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.SOURCE

    git: Git | None = Field(default=None, description="A git repository.")
    files: Mapping[str, kinds.Content] | None = Field(
        default=None,
        max_length=256,
        description="Small files written here: path -> content. Paths are relative; no name in "
        "them begins with `..`.",
    )
    config_map: ConfigMap | None = Field(
        default=None, description="A ConfigMap whose keys become files."
    )
    http: Http | None = Field(default=None, description="A download.")
    oci: Oci | None = Field(default=None, description="An image or artifact in a registry.")
    persistent_volume_claim: PersistentVolumeClaim | None = Field(
        default=None, description="A volume."
    )
    image_build: ImageBuildReference | None = Field(
        default=None, description="What another ImageBuild publishes."
    )
    flux: Flux | None = Field(default=None, description="A source of Flux.")
    ignore: tuple[kinds.IgnorePattern, ...] = Field(
        default=(),
        max_length=256,
        description="What the context is not to hold, in patterns as in a .dockerignore file; "
        "such a file in the context holds too.",
    )

    KINDS: ClassVar[tuple[str, ...]] = (
        "git",
        "files",
        "config_map",
        "http",
        "oci",
        "persistent_volume_claim",
        "image_build",
        "flux",
    )


class Context(Source):
    """A source with a name, by which `from` means it."""

    name: kinds.ContextName = Field(
        description="Its name; no stage may have the same. Lower-case letters, digits, `.`, `_` "
        "and `-`, a letter first."
    )
