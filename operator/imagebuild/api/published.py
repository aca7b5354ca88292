"""What was published, in the status of an ImageBuild."""

from pydantic import Field

from imagebuild.api import model

_DIGEST = f"sha256:{'9f86d081884c7d65' * 4}"
_IMAGE = f"registry.example.com/team/hello@{_DIGEST}"


class BaseImage(model.Model):
    """An image that a stage is from."""

    image: str = Field(
        examples=["golang:1.19"], description="Its name with the tag, as the stage gives it."
    )
    digest: str = Field(examples=[_DIGEST], description="The digest that it had then.")


class LargestStage(model.Model):
    """The largest of the stages that an image was made from."""

    name: str = Field(examples=["builder"], description="Its name.")
    unpacked_bytes: int = Field(examples=[640123456], description="What its files take.")


class PublishedImage(model.Model):
    """One published stage."""

    stage: str | None = Field(
        default=None,
        examples=["final"],
        description="The stage. Unset where a Dockerfile leaves its last one unnamed.",
    )
    image: str | None = Field(
        default=None,
        examples=[_IMAGE],
        description="Repository and digest: pull exactly this. Unset where it went to an archive "
        "alone.",
    )
    digest: str = Field(examples=[_DIGEST], description="sha256 digest of the manifest or index.")
    tags: tuple[str, ...] = Field(
        default=(),
        examples=[["registry.example.com/team/hello:1.0"]],
        description="Every repo:tag that was made to point at it, facts filled in.",
    )
    tags_omitted: int | None = Field(
        default=None,
        examples=[12],
        description="How many more there are, which have no room here: a status stays under 64 "
        "KiB. Unset where there are none.",
    )
    archive: str | None = Field(
        default=None,
        examples=["images:hello/hello.tar"],
        description="The file that it was written to: claim name, colon, path. Unset where it was "
        "only pushed.",
    )
    size_bytes: int | None = Field(
        default=None,
        examples=[4012345],
        description="Compressed size of its layers in bytes, as in the registry. Unset where it is "
        "not known.",
    )
    layers: int | None = Field(
        default=None,
        examples=[2],
        description="How many layers it has. Unset where it is not known.",
    )
    platforms: tuple[str, ...] = Field(
        default=(),
        examples=[["linux/amd64", "linux/arm64"]],
        description="os/arch[/variant] that it is for.",
    )
    unpacked_bytes: int | None = Field(
        default=None,
        examples=[7340032],
        description="What its files take once it is unpacked; of several platforms the first. "
        "Unset where it is not known.",
    )
    largest_stage: LargestStage | None = Field(
        default=None,
        description="What the image would be without stages: the largest of the others that it was "
        "made from, of those whose size is known. Unset where there are none.",
    )
    bases: tuple[BaseImage, ...] = Field(
        default=(),
        description="The images that its stages are from, with the digests they resolved to.",
    )
    bases_omitted: int | None = Field(
        default=None,
        examples=[3],
        description="How many more there are, which have no room here. Unset where there are none.",
    )
