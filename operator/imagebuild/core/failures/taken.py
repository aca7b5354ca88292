"""Why an attempt ended, by what Kubernetes knows of its pod: where the worker knows nothing.

The words are those of Kubernetes 1.36: of the kubelet (pkg/kubelet: eviction, nodeshutdown,
preemption, lifecycle), of the controllers of Jobs and taints, and of the scheduler.
"""

import re
from dataclasses import dataclass

from imagebuild.api.reasons import Reason
from imagebuild.core.observe import endings
from imagebuild.core.observe.endings import Ending

_ADMISSION = (
    "The node has less room than the scheduler believed, or changed since. Where the next attempt "
    "fails so too, see what the message says of the node."
)
_OF_THE_NODE = (
    "Ask the cluster's administrator: the node's kubelet forbids what the operator's setting "
    "`securityProfile` needs."
)


@dataclass(frozen=True, slots=True)
class Row:
    """Fits a pod or Job that ended for ``reason`` with a message like ``pattern``."""

    ending: str
    pattern: str
    reason: Reason
    mend: str = ""


TABLE: tuple[Row, ...] = (
    Row(endings.DEADLINE, r"", Reason.TIMEOUT),
    Row(r"Evicted", endings.OWN_USAGE, Reason.DISK_FULL),
    Row(r"Evicted", r"", Reason.EVICTED),
    Row(r"TerminationByKubelet", r"low on resource|had condition", Reason.EVICTED),
    Row(
        rf"{endings.POD_DELETED}|EvictionByEvictionAPI|DeletionByPodGC|DeletionByTaintManager|"
        r"DeletionByDeviceTaintManager|PreemptionByScheduler|Preempting|Terminated|NodeShutdown|"
        r"NodeLost|TerminationByKubelet",
        r"",
        Reason.BUILDER_LOST,
    ),
    Row(r"AppArmor|SysctlForbidden|PodOSNotSupported", r"", Reason.NODE_UNSUPPORTED, _OF_THE_NODE),
    Row(
        r"OutOf[\w./-]+|NodeAffinity|NodeName|NodePorts|TaintToleration|UnexpectedAdmissionError|"
        r"UnknownReason|UnexpectedPredicateFailureType|InvalidNodeInfo|TopologyAffinityError|"
        r"PodOSSelectorNodeLabelDoesNotMatch|SupplementalGroupsPolicyNotSupported|"
        r"InitContainerRestartPolicyForbidden|PodLevelResourcesNotSupported|PodFeatureUnsupported",
        r"",
        Reason.POD_NOT_STARTED,
        _ADMISSION,
    ),
)


def find(ending: Ending | None) -> Row | None:
    """The row that says what an end means; None for one that says nothing more than that it was."""
    if ending is None:
        return None
    fits = (
        row
        for row in TABLE
        if re.fullmatch(row.ending, ending.reason) and re.search(row.pattern, ending.message)
    )
    return next(fits, None)
