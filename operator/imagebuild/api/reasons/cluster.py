"""Reasons that lie in the cluster, its nodes, or imagebuild itself."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Kind, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.NOT_ADMITTED: Entry(
        "The API server refuses the build's pod; the message says which rule.",
        "Most often it is the namespace's Pod Security level: ask the cluster's administrator, who "
        "may also set another security profile for builds.",
        kind=Kind.WAITING,
    ),
    Reason.QUOTA_EXCEEDED: Entry(
        "The namespace's ResourceQuota has no room for the build's pod. It starts as soon as it "
        "has.",
        "Wait, lower spec.resources, or have the quota raised.",
        kind=Kind.WAITING,
    ),
    Reason.UNSCHEDULABLE: Entry(
        "No node can take the build's pod. It starts as soon as one can.",
        "Lower spec.resources, or add a node that fits what the message names.",
        kind=Kind.WAITING,
    ),
    Reason.BUILDER_IMAGE_NOT_PULLED: Entry(
        "The node cannot pull the image that builds run in. The kubelet goes on trying.",
        "It is the operator's setting `builderImage`: ask the cluster's administrator to make it "
        "pullable, or for the Secrets that the setting `pullSecrets` names: they must lie in this "
        "namespace.",
        kind=Kind.WAITING,
    ),
    Reason.VOLUME_NOT_MOUNTED: Entry(
        "A PersistentVolumeClaim that the build's pod mounts is missing, or a volume cannot be "
        "mounted. The cluster goes on trying.",
        "Create what the message names, in the same namespace.",
        kind=Kind.WAITING,
    ),
    Reason.POD_NOT_STARTED: Entry(
        "The node cannot or will not start the build's pod. The kubelet goes on trying; a pod that "
        "it refused for good is made anew.",
        "Read the kubelet's words in the message.",
        kind=Kind.WAITING,
    ),
    Reason.NODE_UNSUPPORTED: Entry(
        "The node does not let BuildKit run without root.",
        "Ask the cluster's administrator: the node lacks what the security profile needs.",
        terminal=True,
    ),
    Reason.EVICTED: Entry(
        "The node ran out of memory, disk or process ids, and its kubelet ended the build's pod to "
        "free some; the build itself was within its limits.",
        "If it happens again and again, set spec.resources.requests to what the build needs, so "
        "that it is put on a node with room and is not among the first to go.",
    ),
    Reason.BUILDER_LOST: Entry(
        "The build's pod was taken away: deleted, drained, preempted, or gone with its node.",
        "If it happens again and again, see what becomes of the node.",
    ),
    Reason.DAEMON_FAILED: Entry(
        "BuildKit itself failed.",
        "Read the log of the container buildkitd.",
    ),
    Reason.SESSION_LOST: Entry(
        "BuildKit waited in vain for the program that gives it files and credentials: both run in "
        "the build's pod, and one of them got too little processor time or memory.",
        "If it happens again and again, raise spec.resources.requests.cpu, or see what keeps the "
        "node busy.",
    ),
    Reason.INTERNAL_ERROR: Entry(
        "A mistake in imagebuild itself.",
        "Please report it with the message and the operator's log.",
        terminal=True,
    ),
}
