"""The reasons in conditions and failures: words that programs may rely on.

``TABLE`` says of each what it means and what to do; docs/reference/reasons.md is made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an ImageBuild is in the state that it is in."""

    BUILDING = "Building"
    PUBLISHED = "Published"
    BUILT = "Built"
    SUSPENDED = "Suspended"

    INVALID_SPEC = "InvalidSpec"
    STEP_FAILED = "StepFailed"
    SOURCE_NOT_FOUND = "SourceNotFound"
    DOCKERFILE_INVALID = "DockerfileInvalid"
    DOCKERFILE_NOT_FOUND = "DockerfileNotFound"
    STAGE_NOT_FOUND = "StageNotFound"
    LINT_FAILED = "LintFailed"
    PLATFORM_MISMATCH = "PlatformMismatch"
    TIMEOUT = "Timeout"
    OUT_OF_MEMORY = "OutOfMemory"
    DISK_FULL = "DiskFull"
    BUILD_FAILED = "BuildFailed"

    CONTEXT_NOT_FOUND = "ContextNotFound"
    WAITING_FOR_IMAGEBUILD = "WaitingForImageBuild"
    CONTEXT_INVALID = "ContextInvalid"
    CHECKSUM_MISMATCH = "ChecksumMismatch"
    DOWNLOAD_FAILED = "DownloadFailed"
    CONTEXT_TOO_LARGE = "ContextTooLarge"
    REF_NOT_FOUND = "RefNotFound"
    COMMIT_NOT_FOUND = "CommitNotFound"
    COMMIT_NOT_ON_REF = "CommitNotOnRef"
    PATH_NOT_FOUND = "PathNotFound"
    GIT_UNREACHABLE = "GitUnreachable"

    IMAGE_NOT_FOUND = "ImageNotFound"
    REGISTRY_AUTH = "RegistryAuth"
    REGISTRY_UNREACHABLE = "RegistryUnreachable"
    NAME_NOT_RESOLVED = "NameNotResolved"
    PUSH_DENIED = "PushDenied"
    PUSH_FAILED = "PushFailed"
    ARCHIVE_FAILED = "ArchiveFailed"

    NOT_ADMITTED = "NotAdmitted"
    QUOTA_EXCEEDED = "QuotaExceeded"
    UNSCHEDULABLE = "Unschedulable"
    BUILDER_IMAGE_NOT_PULLED = "BuilderImageNotPulled"
    VOLUME_NOT_MOUNTED = "VolumeNotMounted"
    POD_NOT_STARTED = "PodNotStarted"
    NODE_UNSUPPORTED = "NodeUnsupported"
    BUILDER_LOST = "BuilderLost"
    DAEMON_FAILED = "DaemonFailed"
    INTERNAL_ERROR = "InternalError"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a reason means and what to do about it.

    ``mend`` is empty where nothing is wrong. ``terminal``: the build has failed and only a change
    by someone starts the next one; otherwise it goes on, is tried again or waits by itself.
    """

    meaning: str
    mend: str = ""
    terminal: bool = False


TABLE: Mapping[Reason, Entry] = {
    Reason.BUILDING: Entry("A build is under way; status.stages shows how far each stage is."),
    Reason.PUBLISHED: Entry("The images of the present spec are in the registry."),
    Reason.BUILT: Entry(
        "The build succeeded, and nothing was published: spec.publish is unset, or every image was "
        "left out because a fact in its tag is empty."
    ),
    Reason.SUSPENDED: Entry(
        "spec.suspend is true: nothing new is started, what runs is finished.",
        "Set spec.suspend to false to build again.",
    ),
    Reason.INVALID_SPEC: Entry(
        "The spec says something that cannot be built; the message names the field.",
        "Change the field that the message names.",
        terminal=True,
    ),
    Reason.STEP_FAILED: Entry(
        "A command of a `run` step ended with an exit code other than 0.",
        "Change the step that the message names, by what it printed: its end is in "
        "status.failure.logTail, all of it in the log that status.failure.command shows.",
        terminal=True,
    ),
    Reason.SOURCE_NOT_FOUND: Entry(
        "A `copy` names a file that is not in its stage or context.",
        "Check the path: from the context's root (after subPath), or as it is in the stage that "
        "`from` names; a .dockerignore may hide it.",
        terminal=True,
    ),
    Reason.DOCKERFILE_INVALID: Entry(
        "BuildKit cannot read the Dockerfile.",
        "Change the line that the message names.",
        terminal=True,
    ),
    Reason.DOCKERFILE_NOT_FOUND: Entry(
        "There is no file at spec.dockerfile.path in the context.",
        "Correct spec.dockerfile.path; it begins at the context's root (after subPath).",
        terminal=True,
    ),
    Reason.STAGE_NOT_FOUND: Entry(
        "spec.publish or spec.gates names a stage that the Dockerfile does not have, or that has "
        "no name in it.",
        "Name one of the Dockerfile's stages (FROM ... AS name); an entry of spec.publish without "
        "`stage` is the last one.",
        terminal=True,
    ),
    Reason.LINT_FAILED: Entry(
        "status.warnings is not empty, and spec.lint is Fail, or the Dockerfile says "
        "`# check=error=true`; nothing was published.",
        "Change what the warnings name, or set spec.lint to Warn.",
        terminal=True,
    ),
    Reason.PLATFORM_MISMATCH: Entry(
        "A program was made for another processor than the node's.",
        "Use a base image for the node's architecture. For other `platforms` set `platform: "
        "$BUILDPLATFORM` on the stages that compile, and have the compiler make programs for "
        "$TARGETARCH; what must run as one of these needs emulation on the node.",
        terminal=True,
    ),
    Reason.TIMEOUT: Entry(
        "The build took longer than spec.timeoutSeconds.",
        "Raise spec.timeoutSeconds, or look for the step that hangs.",
        terminal=True,
    ),
    Reason.OUT_OF_MEMORY: Entry(
        "The build needed more memory than its pod may use.",
        "Raise spec.resources.limits.memory, or make the step need less.",
        terminal=True,
    ),
    Reason.DISK_FULL: Entry(
        "The build filled the disk that it may use.",
        "Raise spec.resources.limits.ephemeral-storage, free the node's disk, or copy less.",
        terminal=True,
    ),
    Reason.BUILD_FAILED: Entry(
        "The build failed in a way that has no word of its own; the message is BuildKit's.",
        "Read the message and the log.",
        terminal=True,
    ),
    Reason.CONTEXT_NOT_FOUND: Entry(
        "A ConfigMap, a key of one, or a source of Flux that the spec names does not exist or has "
        "nothing yet. The build starts by itself as soon as it does.",
        "Create what the message names in the same namespace, or correct its name.",
    ),
    Reason.WAITING_FOR_IMAGEBUILD: Entry(
        "Another ImageBuild, whose published image the spec takes files from, has published "
        "nothing yet. The build starts by itself as soon as it has.",
        "See how far the other one is, or correct its name and stage.",
    ),
    Reason.CONTEXT_INVALID: Entry(
        "What was fetched cannot be used as files: a broken archive, an artifact of an unknown "
        "kind, or names that lead out of it.",
        "Correct the context that the message names.",
        terminal=True,
    ),
    Reason.CHECKSUM_MISMATCH: Entry(
        "What was downloaded has another SHA-256 sum than the spec says; it was not used.",
        "Find out why it changed; then correct the sum, or the address.",
        terminal=True,
    ),
    Reason.DOWNLOAD_FAILED: Entry(
        "A download could not be had: its server is not there or refuses. It is tried again a few "
        "times.",
        "Check the address, and that pods of this namespace may reach it.",
    ),
    Reason.CONTEXT_TOO_LARGE: Entry(
        "A context holds more than 2 GiB or 250,000 files; the message says which of the two.",
        "Take a part: `subPath` and `paths` of a git context, `subPath` and `ignore` of a volume. "
        "A download or an artifact counts whole: make it smaller, or several contexts of it.",
        terminal=True,
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
    Reason.GIT_UNREACHABLE: Entry(
        "The git server cannot be reached or refuses to answer. It is tried again a few times.",
        "Check the address that the message names, and that pods of this namespace may reach the "
        "server.",
    ),
    Reason.IMAGE_NOT_FOUND: Entry(
        "The registry has no image that a `from` names, or wants credentials to say so.",
        "Correct the name and tag; for a private image add its credentials to "
        "spec.registrySecrets.",
        terminal=True,
    ),
    Reason.REGISTRY_AUTH: Entry(
        "A registry refuses the credentials, or wants some, to pull.",
        "Add a Secret of type kubernetes.io/dockerconfigjson with that registry's host to "
        "spec.registrySecrets.",
        terminal=True,
    ),
    Reason.REGISTRY_UNREACHABLE: Entry(
        "A registry cannot be reached, or its certificate is not trusted. It is tried again a few "
        "times.",
        "Check the registry's host and port, and that pods of this namespace may reach it. One "
        "that speaks plain HTTP needs `http: true` in the operator's setting `registries`.",
    ),
    Reason.NAME_NOT_RESOLVED: Entry(
        "The name of a server cannot be resolved. It is tried again a few times.",
        "Check the name for a slip, then the cluster's DNS.",
    ),
    Reason.PUSH_DENIED: Entry(
        "A registry refuses the push.",
        "Add a Secret of type kubernetes.io/dockerconfigjson that may push to this repository to "
        "spec.registrySecrets.",
        terminal=True,
    ),
    Reason.PUSH_FAILED: Entry(
        "The image was built, but the registry did not take it. It is tried again a few times.",
        "Read the registry's words in the message.",
    ),
    Reason.ARCHIVE_FAILED: Entry(
        "The archive of an image cannot be written to its volume: found before the build, or when "
        "the image was built.",
        "Check that the volume of spec.publish[].archive is writable for group 1000, and has room.",
        terminal=True,
    ),
    Reason.NOT_ADMITTED: Entry(
        "The API server refuses the build's pod; the message says which rule.",
        "Most often it is the namespace's Pod Security level: ask the cluster's administrator, who "
        "may also set another security profile for builds.",
    ),
    Reason.QUOTA_EXCEEDED: Entry(
        "The namespace's ResourceQuota has no room for the build's pod. It starts as soon as it "
        "has.",
        "Wait, lower spec.resources, or have the quota raised.",
    ),
    Reason.UNSCHEDULABLE: Entry(
        "No node can take the build's pod. It starts as soon as one can.",
        "Lower spec.resources, or add a node that fits what the message names.",
    ),
    Reason.BUILDER_IMAGE_NOT_PULLED: Entry(
        "The node cannot pull the image that builds run in. The kubelet goes on trying.",
        "It is the operator's setting: ask the cluster's administrator to make it pullable.",
    ),
    Reason.VOLUME_NOT_MOUNTED: Entry(
        "A Secret or a PersistentVolumeClaim that the build's pod mounts is missing, or the volume "
        "cannot be mounted. The cluster goes on trying.",
        "Create what the message names, in the same namespace.",
    ),
    Reason.POD_NOT_STARTED: Entry(
        "The node cannot start the build's pod. The kubelet goes on trying.",
        "Read the kubelet's words in the message.",
    ),
    Reason.NODE_UNSUPPORTED: Entry(
        "The node does not let BuildKit run without root.",
        "Ask the cluster's administrator: the node lacks what the security profile needs.",
        terminal=True,
    ),
    Reason.BUILDER_LOST: Entry(
        "The build's pod was taken away: evicted, drained or deleted. It is tried again a few "
        "times.",
        "If it happens again and again, see what becomes of the node.",
    ),
    Reason.DAEMON_FAILED: Entry(
        "BuildKit itself failed. It is tried again a few times.",
        "Read the log of the container buildkitd.",
    ),
    Reason.INTERNAL_ERROR: Entry(
        "A mistake in imagebuild itself.",
        "Please report it with the message and the operator's log.",
        terminal=True,
    ),
}


def mend(reason: str) -> str:
    """What to do about a reason; empty for one of another version, or where nothing is wrong."""
    try:
        return TABLE[Reason(reason)].mend
    except ValueError:
        return ""


def terminal(reason: str) -> bool:
    """Whether only a change by someone starts the next build."""
    try:
        return TABLE[Reason(reason)].terminal
    except ValueError:
        return False
