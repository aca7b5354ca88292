"""Where the files of a build come from."""

from collections.abc import Mapping
from typing import ClassVar

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


class Source(model.Model):
    """Where files come from: exactly one of the fields."""

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
