"""What a reason is, and what the tables say of each."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an ImageBuild is in the state that it is in."""

    BUILDING = "Building"
    PUBLISHED = "Published"
    BUILT = "Built"
    SUSPENDED = "Suspended"
    SUPERSEDED = "Superseded"
    CANCELED = "Canceled"

    INVALID_SPEC = "InvalidSpec"
    STEP_FAILED = "StepFailed"
    STEP_KILLED = "StepKilled"
    LEAKED_PROCESS = "LeakedProcess"
    SOURCE_NOT_FOUND = "SourceNotFound"
    DOCKERFILE_INVALID = "DockerfileInvalid"
    DOCKERFILE_NOT_FOUND = "DockerfileNotFound"
    STAGE_NOT_FOUND = "StageNotFound"
    LINT_FAILED = "LintFailed"
    PLATFORM_MISMATCH = "PlatformMismatch"
    TIMEOUT = "Timeout"
    NO_PROGRESS = "NoProgress"
    OUT_OF_MEMORY = "OutOfMemory"
    DISK_FULL = "DiskFull"
    TOO_MANY_PROCESSES = "TooManyProcesses"
    TOO_MANY_LAYERS = "TooManyLayers"
    SECRET_LEAKED = "SecretLeaked"  # noqa: S105 - a reason
    POLICY_DENIED = "PolicyDenied"
    BUILD_FAILED = "BuildFailed"

    WAITING_FOR_SECRET = "WaitingForSecret"  # noqa: S105 - a reason
    CREDENTIAL_INVALID = "CredentialInvalid"
    CONTEXT_NOT_FOUND = "ContextNotFound"
    WAITING_FOR_IMAGEBUILD = "WaitingForImageBuild"
    CONTEXT_INVALID = "ContextInvalid"
    CONTEXT_TOO_LARGE = "ContextTooLarge"
    CHECKSUM_MISMATCH = "ChecksumMismatch"
    DOWNLOAD_FAILED = "DownloadFailed"
    REF_NOT_FOUND = "RefNotFound"
    COMMIT_NOT_FOUND = "CommitNotFound"
    COMMIT_NOT_ON_REF = "CommitNotOnRef"
    PATH_NOT_FOUND = "PathNotFound"
    GIT_AUTH = "GitAuth"
    GIT_UNREACHABLE = "GitUnreachable"

    IMAGE_NOT_FOUND = "ImageNotFound"
    REGISTRY_AUTH = "RegistryAuth"
    RATE_LIMITED = "RateLimited"
    REGISTRY_TLS = "RegistryTLS"
    REGISTRY_UNREACHABLE = "RegistryUnreachable"
    NAME_NOT_RESOLVED = "NameNotResolved"
    PUSH_DENIED = "PushDenied"
    TAG_IMMUTABLE = "TagImmutable"
    PUSH_FAILED = "PushFailed"
    ARCHIVE_FAILED = "ArchiveFailed"

    NOT_ADMITTED = "NotAdmitted"
    QUOTA_EXCEEDED = "QuotaExceeded"
    UNSCHEDULABLE = "Unschedulable"
    BUILDER_IMAGE_NOT_PULLED = "BuilderImageNotPulled"
    VOLUME_NOT_MOUNTED = "VolumeNotMounted"
    POD_NOT_STARTED = "PodNotStarted"
    NODE_UNSUPPORTED = "NodeUnsupported"
    EVICTED = "Evicted"
    BUILDER_LOST = "BuilderLost"
    DAEMON_FAILED = "DaemonFailed"
    SESSION_LOST = "SessionLost"
    INTERNAL_ERROR = "InternalError"


class Kind(StrEnum):
    """What a reason says of its ImageBuild.

    - ``Ready``: what the spec asks for is there
    - ``Pending``: it is not, and nothing is wrong
    - ``Waiting``: something is in the way, and the build goes on by itself when that is gone
    - ``Failed``: a build, or an attempt of it, failed
    - ``Past``: a build that nobody waits for any more; in ``status.history`` alone
    """

    READY = "Ready"
    PENDING = "Pending"
    WAITING = "Waiting"
    FAILED = "Failed"
    PAST = "Past"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a reason means and what to do about it.

    ``mend`` is empty where nothing is wrong. ``terminal``: the build has failed and only a change
    by someone starts the next one; otherwise it goes on, is tried again or waits by itself. The
    user's mistakes are terminal, since each attempt would end in the same way, and so is what a
    further attempt would make worse (memory, disk, time); what others did is not.
    """

    meaning: str
    mend: str = ""
    kind: Kind = Kind.FAILED
    terminal: bool = False
