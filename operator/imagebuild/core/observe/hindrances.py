"""What the cluster says of a pod that does not come or does not start, as one ordered table.

The words are those of Kubernetes 1.36: of the API server and its admission plugins, of the Job
controller and the scheduler, and of the kubelet (pkg/kubelet: images, kuberuntime, events, userns).
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from imagebuild.api.reasons import Reason


class Source(Enum):
    """Who says it."""

    REFUSAL = auto()  # the API server, of an object that it did not take
    JOB = auto()  # an Event of the Job, whose pod the API server did not take
    SCHEDULING = auto()  # the pod's condition PodScheduled, or the scheduler's Event
    CONTAINER = auto()  # a container's state ``waiting``
    EVENT = auto()  # any other Event of the pod


@dataclass(frozen=True, slots=True)
class Row:
    """Fits what one of ``sources`` says under the word ``about`` with a message like ``pattern``.

    ``mend`` is what to do, where this row knows better than its reason.
    """

    sources: frozenset[Source]
    about: str
    pattern: str
    reason: Reason
    mend: str = ""

    def fits(self, source: Source, about: str, message: str) -> bool:
        """Whether this is it."""
        said = re.fullmatch(self.about, about) and re.search(self.pattern, message)
        return source in self.sources and said is not None


def _admission(pattern: str, reason: Reason, mend: str = "") -> Row:
    return Row(frozenset({Source.REFUSAL, Source.JOB}), r".*", pattern, reason, mend)


def _scheduling(about: str, pattern: str, reason: Reason, mend: str = "") -> Row:
    return Row(frozenset({Source.SCHEDULING}), about, pattern, reason, mend)


def _kubelet(about: str, pattern: str, reason: Reason, mend: str = "") -> Row:
    return Row(frozenset({Source.CONTAINER, Source.EVENT}), about, pattern, reason, mend)


_ADMIN = "Ask the cluster's administrator: "
_IMAGE = r"ErrImagePull|ImagePullBackOff|ErrImageNeverPull|ImageInspectError|InvalidImageName"
# The kubelet's words for a volume that it could not mount.
VOLUME = r"FailedMount|FailedAttachVolume|FailedMapVolume|FailedMountOnFilesystemMismatch"
# The volumes of what a build is trusted with (core.attempt.credentials), while it is not there.
_ABSENT = (
    r'volume "(?:(?:secret|ssh|git-secret|registry-secret)-\d+|ca)" : '
    r".*(?:not found|non-existent (?:secret|config) key)"
)
_STARTING = r"ContainerCreating|PodInitializing"

TABLE: tuple[Row, ...] = (
    _admission(
        r"failed quota: .*must specify",
        Reason.QUOTA_EXCEEDED,
        "The namespace's ResourceQuota wants every pod to say what it takes: set in spec.resources "
        "what the message names.",
    ),
    _admission(r"(?:exceeded|failed) quota", Reason.QUOTA_EXCEEDED),
    Row(frozenset({Source.REFUSAL}), r".*", r'"[^"]*" is invalid: ', Reason.INVALID_SPEC),
    _admission(r"violates PodSecurity", Reason.NOT_ADMITTED),
    _admission(
        r"(?:minimum|maximum) \S+ usage per \w+ is |request ratio",
        Reason.NOT_ADMITTED,
        "The namespace's LimitRange bounds what a pod may take: set spec.resources within what the "
        "message names.",
    ),
    _admission(
        r"must be less than or equal to \S+ limit of ",
        Reason.NOT_ADMITTED,
        "What the build requests is more than its limit, which the namespace's LimitRange gives it "
        "where spec.resources has none: set in spec.resources.limits as much as is requested, or "
        "more, or request less.",
    ),
    _admission(
        r"admission webhook|ValidatingAdmissionPolicy",
        Reason.NOT_ADMITTED,
        "A policy of the cluster refuses it, in the words of the message: keep to it in the spec, "
        "or ask the cluster's administrator for an exception for pods of builds.",
    ),
    _admission(
        r"is forbidden because it is being terminated|namespaces .* not found",
        Reason.NOT_ADMITTED,
        "The namespace is being deleted; nothing can be built in it any more.",
    ),
    _admission(r"", Reason.NOT_ADMITTED),
    _scheduling(
        r"SchedulingGated",
        r"",
        Reason.UNSCHEDULABLE,
        "Another controller, a queue such as Kueue, holds the pod back and lets it go on when it "
        "is its turn: ask there what it waits for.",
    ),
    _scheduling(
        r".*",
        r"(?i)persistentvolumeclaim|volume node affinity|unbound immediate",
        Reason.VOLUME_NOT_MOUNTED,
    ),
    _scheduling(
        r".*",
        r"^(?!.*Insufficient).*didn't match Pod's node affinity",
        Reason.UNSCHEDULABLE,
        f"{_ADMIN}no node has what the operator's setting `securityProfile` asks for (for `userns` "
        "user namespaces, as containerd 2.0 and CRI-O offer them).",
    ),
    _scheduling(r".*", r"", Reason.UNSCHEDULABLE),
    _kubelet(
        r".*",
        r"MOUNT_ATTR_IDMAP",
        Reason.VOLUME_NOT_MOUNTED,
        f"{_ADMIN}a volume lies on a file system that cannot be mounted in a user namespace, as "
        "NFS; take another storage class, or `unconfined` as the operator's setting "
        "`securityProfile`.",
    ),
    _kubelet(
        r".*",
        r"does not support user namespaces",
        Reason.POD_NOT_STARTED,
        f"{_ADMIN}the node's runtime offers no user namespaces (containerd 2.0 and CRI-O do): "
        "`auto` or `unconfined` as the operator's setting `securityProfile` does without, or keep "
        "builds off such nodes.",
    ),
    _kubelet(
        r"FailedAttachVolume",
        r"Multi-Attach error",
        Reason.VOLUME_NOT_MOUNTED,
        "The volume may be mounted on one node at a time, and another pod has it on another: wait "
        "until that has ended, or use a volume of access mode ReadWriteMany.",
    ),
    _kubelet(r"FailedMount", _ABSENT, Reason.WAITING_FOR_SECRET),
    _kubelet(rf"{VOLUME}|ImageVolumeMountFailed", r"", Reason.VOLUME_NOT_MOUNTED),
    _kubelet(
        r"SignatureValidationFailed",
        r"",
        Reason.BUILDER_IMAGE_NOT_PULLED,
        f"{_ADMIN}the node trusts no signature of the image that builds run in.",
    ),
    _kubelet(rf"{_IMAGE}|RegistryUnavailable|InspectFailed", r"", Reason.BUILDER_IMAGE_NOT_PULLED),
    _kubelet(r"Failed|BackOff", rf"(?i)\bimage\b|{_IMAGE}", Reason.BUILDER_IMAGE_NOT_PULLED),
    _kubelet(
        r"CreateContainerConfigError|PreCreateHookError|CreateContainerError|PreStartHookError|"
        r"PostStartHookError|RunContainerError|CrashLoopBackOff",
        r"",
        Reason.POD_NOT_STARTED,
    ),
    _kubelet(
        r"FailedCreatePodSandBox|FailedPodSandBoxStatus|FailedCreatePodContainer|Failed|"
        r"NetworkNotReady|FailedSync|FailedPrepareDynamicResources|FailedValidation|"
        r"FailedNodeDeclaredFeaturesCheck",
        r"",
        Reason.POD_NOT_STARTED,
    ),
    # Of a kubelet of another version: the pod's own status says of nothing but trouble.
    Row(frozenset({Source.CONTAINER}), rf"(?!(?:{_STARTING})$).+", r"", Reason.POD_NOT_STARTED),
)


def find(source: Source, about: str, message: str) -> Row | None:
    """The first row that fits; None for what is no hindrance."""
    return next((row for row in TABLE if row.fits(source, about, message)), None)
