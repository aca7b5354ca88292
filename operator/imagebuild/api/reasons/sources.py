"""Reasons that lie in the files a build is made from."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Kind, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.CONTEXT_NOT_FOUND: Entry(
        "A ConfigMap, a key of one, or a source of Flux that the spec names does not exist or has "
        "nothing yet. The build starts by itself as soon as it does.",
        "Create what the message names in the same namespace, or correct its name.",
        kind=Kind.WAITING,
    ),
    Reason.WAITING_FOR_IMAGEBUILD: Entry(
        "Another ImageBuild, whose published image the spec takes files from, has published "
        "nothing yet. The build starts by itself as soon as it has.",
        "See how far the other one is, or correct its name and stage.",
        kind=Kind.WAITING,
    ),
    Reason.CONTEXT_INVALID: Entry(
        "What was fetched cannot be used as files: a broken archive, an artifact of an unknown "
        "kind, or names that lead out of it.",
        "Correct the context that the message names.",
        terminal=True,
    ),
    Reason.CONTEXT_TOO_LARGE: Entry(
        "A context holds more than 2 GiB or 250,000 files; the message says which of the two.",
        "Take a part: `subPath` and `paths` of a git context, `subPath` and `ignore` of a volume. "
        "A download or an artifact counts whole: make it smaller, or several contexts of it.",
        terminal=True,
    ),
    Reason.CHECKSUM_MISMATCH: Entry(
        "What was downloaded has another SHA-256 sum than the spec says; it was not used.",
        "Find out why it changed; then correct the sum, or the address.",
        terminal=True,
    ),
    Reason.DOWNLOAD_FAILED: Entry(
        "A download could not be had: its server is not there or refuses.",
        "Check the address, and that pods of this namespace may reach it.",
    ),
    Reason.REF_NOT_FOUND: Entry(
        "The repository has no branch or tag of that name.",
        "Correct `ref` where status.failure.path points, or push the branch or tag and request a "
        "build.",
        terminal=True,
    ),
    Reason.COMMIT_NOT_FOUND: Entry(
        "The repository does not give out that commit.",
        "Correct `commit` where status.failure.path points, or push a branch that holds it and "
        "request a build.",
        terminal=True,
    ),
    Reason.COMMIT_NOT_ON_REF: Entry(
        "The commit exists, but not on the branch or tag that is named beside it.",
        "Correct `commit` or `ref` where status.failure.path points, or leave `ref` out.",
        terminal=True,
    ),
    Reason.PATH_NOT_FOUND: Entry(
        "The repository or volume has nothing at a `subPath` or one of the `paths`.",
        "Correct the path; it begins at the root of the repository or volume.",
        terminal=True,
    ),
    Reason.GIT_AUTH: Entry(
        "The git server wants other credentials than it was given, or some where it was given "
        "none.",
        "Name a Secret that may read the repository in `git.secretRef`, or correct what it holds "
        "and request a build.",
        terminal=True,
    ),
    Reason.GIT_UNREACHABLE: Entry(
        "The git server cannot be reached or refuses to answer.",
        "Check the address that the message names, and that pods of this namespace may reach the "
        "server.",
    ),
}
