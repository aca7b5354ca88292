"""How Kubernetes ended a pod, in its own words, and what goes before what."""

import pytest
from tests.builders import World, a_failure, terminated

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause
from imagebuild.core.failures import taken
from imagebuild.core.observe import endings

LOW = (
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi. Container "
    "buildkitd was using 3Gi, request is 0, has larger consumption of memory. "
)

# Kubernetes 1.36.3, at the place that the last column names: (reason, message, what it is, place).
ENDED = [
    ("DeadlineExceeded", "Job was active longer than specified deadline", Reason.TIMEOUT, "job"),
    *(
        ("Evicted", message, Reason.DISK_FULL, "pkg/kubelet/eviction/helpers.go")
        for message in (
            'Usage of EmptyDir volume "daemon" exceeds the limit "10Gi". ',
            "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
            'Container build exceeded its local ephemeral storage limit "1Gi". ',
        )
    ),
    ("Evicted", LOW, Reason.EVICTED, "pkg/kubelet/eviction/helpers.go"),
    (
        "Evicted",
        "The node had condition: [DiskPressure]. ",
        Reason.EVICTED,
        "pkg/kubelet/eviction/eviction_manager.go",
    ),
    ("TerminationByKubelet", LOW, Reason.EVICTED, "pkg/kubelet/eviction/eviction_manager.go"),
    *(
        (reason, message, Reason.BUILDER_LOST, place)
        for reason, message, place in (
            (endings.POD_DELETED, "the build pod was deleted", "kubectl delete pod"),
            ("EvictionByEvictionAPI", "Eviction API: evicting", "kubectl drain"),
            ("DeletionByPodGC", "PodGC: node no longer exists", "podgc/gc_controller.go"),
            ("DeletionByTaintManager", "Taint manager: deleting", "tainteviction/"),
            ("DeletionByDeviceTaintManager", "Device Taint", "devicetainteviction/"),
            ("PreemptionByScheduler", "preempting to accommodate", "preemption/executor.go"),
            ("Preempting", "Preempted in order to admit critical pod", "kubelet/preemption"),
            ("TerminationByKubelet", "Pod was preempted by Kubelet", "kubelet/preemption"),
            (
                "Terminated",
                "Pod was terminated in response to imminent node shutdown.",
                "pkg/kubelet/nodeshutdown/nodeshutdown_manager.go",
            ),
            ("NodeShutdown", "Pod was rejected as the node is shutting down.", "nodeshutdown/"),
            ("NodeLost", "Node n which was running pod p is unresponsive", "util/node/node.go"),
        )
    ),
    *(
        (reason, "Pod was rejected: no", Reason.NODE_UNSUPPORTED, "pkg/kubelet/lifecycle")
        for reason in ("AppArmor", "SysctlForbidden", "PodOSNotSupported")
    ),
    *(
        (reason, "Pod was rejected: no", Reason.POD_NOT_STARTED, "pkg/kubelet/lifecycle")
        for reason in (
            "OutOfcpu",
            "OutOfmemory",
            "OutOfephemeral-storage",
            "OutOfpods",
            "OutOfexample.com/gpu",
            "NodeAffinity",
            "TaintToleration",
            "UnexpectedAdmissionError",
            "UnknownReason",
            "UnexpectedPredicateFailureType",
            "InvalidNodeInfo",
            "PodOSSelectorNodeLabelDoesNotMatch",
            "SupplementalGroupsPolicyNotSupported",
            "InitContainerRestartPolicyForbidden",
            "PodLevelResourcesNotSupported",
            "TopologyAffinityError",
        )
    ),
]


@pytest.mark.parametrize(("reason", "message", "expected", "place"), ENDED)
def test_an_end_in_kubernetes_words_has_its_reason(reason, message, expected, place):
    row = taken.find(endings.Ending(reason=reason, message=message))
    assert row is not None, place
    assert row.reason is expected


def test_every_row_has_its_words():
    hit = [taken.find(endings.Ending(reason=r, message=m)) for r, m, *_ in ENDED]
    assert [row for row in taken.TABLE if not any(row is other for other in hit)] == []


def test_an_end_that_only_says_that_it_failed_explains_nothing():
    backoff = endings.Ending(reason="BackoffLimitExceeded", message="Job has reached the limit")
    assert taken.find(backoff) is None
    assert taken.find(None) is None


def evicted(world, message, *, condition=False):
    pod = world.pod()
    pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": message}
    if condition:
        target = {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}
        pod["status"]["conditions"] = [{**target, "message": message}]


FULL = 'Usage of EmptyDir volume "daemon" exceeds the limit "1Gi". '
GONE = (
    "failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF"
)


@pytest.mark.parametrize(
    "report",
    [
        a_failure(Cause.CANCELED, error="the build was told to end"),
        a_failure(Cause.SOLVE, error=GONE),
        a_failure(Cause.SOLVE, error="no active session for x: context deadline exceeded"),
        a_failure(Cause.SOLVE, error="exit code: 137", exit_code=137),
        None,
    ],
)
def test_a_full_disk_is_told_whatever_its_end_looked_like_to_the_worker(report):
    """The kubelet marks the pod only when its containers have ended."""
    world = World()
    world.look()
    world.end(report, exit_code=1, daemon=terminated(137))
    if report is None or report.failure.exit_code is None:
        world.look()
        assert world.ready[1] == "Building", "the pod's own end is waited for"
    evicted(world, FULL)
    world.look()
    assert world.ready == ("False", "DiskFull", ["Stalled"])
    assert FULL.strip() in world.message()
    assert "ephemeral-storage" in world.message()


def test_the_pods_end_is_not_waited_for_for_ever():
    world = World()
    world.look()
    world.end(a_failure(Cause.SOLVE, error=GONE), daemon=terminated(1))
    world.wait(6)
    world.look()
    assert world.ready[1] == "DaemonFailed"


def test_a_mistake_of_the_users_is_told_though_its_pod_was_evicted_after_it():
    world = World()
    world.look()
    world.end(a_failure(error="exit code: 1", exit_code=1))
    evicted(world, LOW, condition=True)
    world.look()
    assert world.ready == ("False", "StepFailed", ["Stalled"])


def test_an_eviction_by_the_node_is_tried_again_and_says_so():
    world = World()
    world.look()
    world.run()
    evicted(world, LOW, condition=True)
    world.wait(6)
    assert world.look().create == ()
    assert world.ready == ("Unknown", "Evicted", ["Reconciling"])
    assert "low on resource: memory" in world.message()
    world.wait(5)
    assert world.look().create[1]["metadata"]["name"] == "hello-1-2"


def test_a_pod_that_its_node_refuses_is_made_anew_and_the_node_told():
    world = World()
    world.look()
    words = "Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000"
    pod = world.pod()
    pod["status"] = {"phase": "Failed", "reason": "OutOfcpu", "message": words}
    world.wait(6)
    world.look()
    assert world.ready == ("Unknown", "PodNotStarted", ["Reconciling"])
    assert f"OutOfcpu: {words}" in world.message()
    assert "less room than the scheduler believed" in world.message()
    assert "kubectl describe -n team-a pod/hello-1-1-x" in world.message()
    world.wait(5)
    assert world.look().create[1]["metadata"]["name"] == "hello-1-2"


def test_memory_goes_before_the_pods_end():
    world = World()
    world.look()
    world.end(a_failure(Cause.SOLVE, error=GONE), daemon=terminated(137, reason="OOMKilled"))
    world.look()
    assert world.ready == ("False", "OutOfMemory", ["Stalled"])


def test_what_kept_a_pod_from_starting_keeps_its_own_mend_when_the_time_is_up():
    world = World()
    world.look()
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
    world.pod()["status"] = {"phase": "Pending", "conditions": [{**gated, "message": "gates"}]}
    world.look()
    assert world.ready == ("Unknown", "Unschedulable", ["Reconciling"])
    assert "Kueue" in world.message()
    late = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}
    world.jobs["hello-1-1"]["status"] = {"conditions": [late]}
    world.wait(6)
    world.look()
    assert world.ready == ("False", "Unschedulable", ["Stalled"])
    assert "Kueue" in world.message()
