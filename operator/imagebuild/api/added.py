"""What a step adds that is no file of a context: downloads, repositories, small files."""

from typing import ClassVar

from pydantic import Field

from imagebuild.api import kinds, model
from imagebuild.api.rules import rule, steprules


class AddGit(model.Model):
    """A repository whose files are added; BuildKit itself fetches it, without credentials."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = steprules.ADD_GIT

    url: kinds.AddedGitUrl = Field(
        examples=["https://git.example.com/team/hello.git"],
        description="https:// or http:// address that ends in .git, without a password. After the "
        "host, in `ref` and in `subPath` $NAME is replaced.",
    )
    ref: kinds.GitRef | None = Field(
        default=None,
        examples=["v1.0"],
        description="Branch or tag. Unset: the repository's default branch, or `commit`.",
    )
    commit: kinds.Commit | None = Field(
        default=None,
        examples=["4f1c3b7d9e0a2c5f8b6d1e4a7c0f3b6d9e2a5c8f"],
        description="Full id of a commit, instead of `ref`. Unset: the head of `ref`.",
    )
    sub_path: kinds.RelativePath | None = Field(
        default=None,
        examples=["assets"],
        description="Directory in it whose contents are added. Unset: all of it.",
    )


class Add(model.Model):
    """What is fetched and added: exactly one of `url` and `git`."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = steprules.ADD

    url: kinds.AddedUrl | None = Field(
        default=None,
        examples=["https://example.com/tool-$VERSION.tar.gz"],
        description="https:// or http:// address of a file, without a password. After the host "
        "$NAME is replaced.",
    )
    checksum: kinds.Checksum | None = Field(
        default=None,
        examples=["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        description="Beside `url`, and required there: sha256: and the 64 hexadecimal digits that "
        "sha256sum prints. Another content fails the build. Unset: only beside `git`.",
    )
    unpack: bool | None = Field(
        default=None,
        examples=[True],
        description="Beside `url`. true: a tar archive, compressed or not, is unpacked into `to`. "
        "Unset: false, the file itself is added.",
    )
    git: AddGit | None = Field(
        default=None,
        examples=[{"url": "https://git.example.com/team/hello.git", "ref": "v1.0"}],
        description="A git repository.",
    )


class File(model.Model):
    """A small file, written here."""

    path: kinds.FileTarget = Field(
        examples=["/etc/app.conf"],
        description="Where it goes: an absolute path, or one from the working directory. It names "
        "the file itself, never a directory that is already there. $NAME is replaced as in a "
        "Dockerfile's COPY.",
    )
    content: kinds.Content = Field(
        examples=["listen: 8080\n"],
        description="All that is in it, as it stands: no $ is replaced.",
    )
