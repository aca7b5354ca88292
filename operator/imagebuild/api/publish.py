"""Where the image of a stage goes."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from imagebuild.api import kinds, model, rules
from imagebuild.api.rules import rule


class Compression(model.Model):
    """How layers are compressed that this build makes; those of base images stay as they are."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.COMPRESSION

    type: Literal["Gzip", "Zstd"] = Field(
        examples=["Zstd"],
        description="Gzip, which everything reads, or Zstd: smaller and faster to unpack. The "
        "layers of a base image stay as they are.",
    )
    level: int | None = Field(
        default=None,
        ge=0,
        le=22,
        examples=[12],
        description="Of Gzip 0 to 9, of Zstd 0 to 22; a higher one takes longer. Unset: the "
        "method's own.",
    )


class ArchiveClaim(model.Model):
    """A volume in the same namespace that the build may write to."""

    claim_name: kinds.ObjectName = Field(
        examples=["images"], description="Name of the PersistentVolumeClaim."
    )


class Archive(model.Model):
    """The image as a file in a volume: an OCI image layout in a tar archive."""

    persistent_volume_claim: ArchiveClaim = Field(
        examples=[{"claimName": "images"}], description="The volume."
    )
    path: kinds.FilePath = Field(
        examples=["hello/hello.tar"],
        description="The file in it, from its root; one that is there is replaced.",
    )


class Publish(model.Model):
    """A stage whose image is published, and to where: registries, an archive, or both."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.PUBLISH

    stage: kinds.AnyStageName | None = Field(
        default=None,
        examples=["final"],
        description="The stage; of a `dockerfile` capitals do not count. Unset: the last one.",
    )
    images: tuple[kinds.PublishedImage, ...] = Field(
        default=(),
        max_length=16,
        examples=[["registry.example.com/team/hello:$(time)-$(commit7)"]],
        description="Where to push it: registry host, repository and tag. In the tag facts are "
        "replaced: $(commit), $(commit7), $(branch), $(tag), $(time) (the commit's, as "
        "20260131120000, so that tags sort by age), $(date), $(name), $(namespace) and $(number) "
        "(the build's; it starts anew with the object). An image of which one is empty, as $(tag) "
        "where the commit has none, is left out. Unset: only the archive is written.",
    )
    labels: Mapping[str, kinds.FactLabel] = Field(
        default_factory=dict,
        max_length=32,
        examples=[{"org.opencontainers.image.version": "$(tag)"}],
        description="Further labels of the published image, beside the stage's own; values may "
        "hold facts. org.opencontainers.image.created is filled in, and of a git context source "
        "and revision. Unset: no further ones.",
    )
    annotations: Mapping[str, kinds.FactLabel] = Field(
        default_factory=dict,
        max_length=32,
        examples=[{"org.opencontainers.image.description": "says hello"}],
        description="Annotations of its manifest, and of the index where there is one; values may "
        "hold facts. The same three are filled in. Unset: only those.",
    )
    compression: Compression | None = Field(
        default=None,
        examples=[{"type": "Zstd", "level": 12}],
        description="How its layers are compressed. Unset: Gzip.",
    )
    archive: Archive | None = Field(
        default=None,
        examples=[{"persistentVolumeClaim": {"claimName": "images"}, "path": "hello/hello.tar"}],
        description="Write it to a file in a volume too, or only. Unset: it is only pushed.",
    )
