"""How Kubernetes ended a pod, in its own words, and what goes before what."""

import pytest
from tests.builders import NOW, World, a_failure, a_picture, stamp, terminated

from imagebuild.api.reasons import Reason
from imagebuild.contract.picture import Phase
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


def disrupted(reason):
    return {"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": reason}]}


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


def evicted_while(*states, report=None):
    """Stages a, b and so on were in these states when the kubelet evicted the pod for its disk."""
    world = World()
    world.edit(stages=None, dockerfile={"path": "Dockerfile"}, publish=None)
    world.look()
    picture = a_picture(Phase.BUILD, **dict(zip("abc", states, strict=False)))
    world.run(picture)
    world.look()
    if report:
        world.end(report, picture=picture)
    world.wait(40)
    evicted(world, FULL)
    target = {"type": "Ready", "status": "False", "lastTransitionTime": stamp(world.now)}
    world.pod()["status"]["conditions"] = [target]
    world.wait(6)
    world.look()
    assert world.ready == ("False", "DiskFull", ["Stalled"])
    return world


def test_a_full_disk_is_told_of_the_only_stage_that_ran_until_the_end():
    world = evicted_while("Running", "Pending")
    assert world.status["failure"]["stage"] == "a"
    assert world.message().startswith('stage a: Evicted: Usage of EmptyDir volume "daemon"')
    assert '"1Gi". Mend: ' in world.message()
    a, b = world.status["stages"]
    assert (a["state"], a["durationMs"]) == ("Failed", 40_000), "not what was drawn at the last"
    assert b["state"] == "Canceled"


def test_of_several_stages_that_ran_none_is_blamed_for_a_full_disk():
    world = evicted_while("Running", "Running")
    assert "stage" not in world.status["failure"]
    assert [row["state"] for row in world.status["stages"]] == ["Canceled", "Canceled"]


def test_a_full_disk_is_told_of_what_the_worker_was_at_when_it_was_told_to_end():
    at = {"stage": "b", "step": 1, "path": "spec.dockerfile", "line": 7, "log_tail": "dd"}
    report = a_failure(Cause.CANCELED, error="the build was told to end", **at)
    failure = evicted_while("Running", "Running", report=report).status["failure"]
    assert (failure["stage"], failure["step"], failure["line"]) == ("b", 1, 7)
    assert failure["logTail"] == "dd"


@pytest.mark.parametrize(
    ("happens", "command"),
    [
        (lambda pod: pod["metadata"].update(deletionTimestamp=stamp(NOW)), "job/hello-1-1"),
        (lambda pod: pod["status"].update(disrupted("EvictionByEvictionAPI")), "job/hello-1-1"),
        (lambda pod: pod["status"].update(reason="NodeLost", message=""), "job/hello-1-1"),
        (lambda pod: pod["status"].update(reason="Evicted", message=FULL), "pod/hello-1-1-x"),
        (lambda pod: pod["status"].update(reason="Evicted", message=LOW), "pod/hello-1-1-x"),
    ],
)
def test_the_command_for_more_asks_for_no_log_of_a_pod_that_was_taken_away(happens, command):
    world = World()
    world.look()
    world.end(a_failure(Cause.CANCELED, error="the build was told to end"))
    world.pod()["status"]["phase"] = "Failed"
    happens(world.pod())
    world.look()
    assert world.status["failure"]["command"] == f"kubectl describe -n team-a {command}"


def test_the_command_for_more_asks_for_no_log_of_a_pod_that_is_gone():
    world = World()
    world.look()
    world.run()
    world.look()
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": ""}
    world.jobs["hello-1-1"]["status"] = {"conditions": [failed]}
    world.pods.clear()
    world.wait(6)
    world.look()
    told = world.status["failure"]
    assert told["reason"] == "BuilderLost"
    assert told["command"] == "kubectl describe -n team-a job/hello-1-1"


def test_the_command_for_more_after_the_jobs_deadline_asks_for_no_log():
    """The Job's controller deletes the pod then."""
    world = World()
    world.look()
    world.run()
    failed = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": ""}
    world.jobs["hello-1-1"]["status"] = {"conditions": [failed]}
    world.look()
    assert world.ready[1] == "Timeout"
    assert world.status["failure"]["command"] == "kubectl describe -n team-a job/hello-1-1"


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
    command = "kubectl describe -n team-a pod/hello-1-1-x"
    assert world.status["failure"]["command"] == command, "no log has a word of memory"


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
