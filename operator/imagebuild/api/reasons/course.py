"""Reasons of a build that takes its course."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Kind, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.BUILDING: Entry(
        "A build is under way; status.stages shows how far each stage is.", kind=Kind.PENDING
    ),
    Reason.PUBLISHED: Entry("The images of the present spec are in the registry.", kind=Kind.READY),
    Reason.BUILT: Entry(
        "The build succeeded, and nothing was published: spec.publish is unset, or every image was "
        "left out because a fact in its tag is empty.",
        kind=Kind.READY,
    ),
    Reason.SUSPENDED: Entry(
        "spec.suspend is true: nothing new is started, what runs is finished.",
        "Set spec.suspend to false to build again.",
        kind=Kind.PENDING,
    ),
    Reason.SUPERSEDED: Entry(
        "The build was ended before it was done, since a newer one took its place: the spec or "
        "what it names changed, or a build was requested.",
        kind=Kind.PAST,
    ),
    Reason.CANCELED: Entry(
        "The build was ended before it was done, and none took its place: what it builds cannot be "
        "built any more, or is not asked for any more.",
        kind=Kind.PAST,
    ),
}
