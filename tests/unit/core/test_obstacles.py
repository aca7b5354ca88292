"""What keeps a pod from running, in the words that the cluster has for it."""

import pytest

from imagebuild.api.reasons import Reason
from imagebuild.core.observe import obstacles


def warning(reason, message, at="2026-01-31T12:00:00Z"):
    return {
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
        "metadata": {},
    }


def pod(*, conditions=(), waiting=None):
    statuses = [{"name": "build", "state": {"waiting": waiting}}] if waiting else []
    return {"status": {"conditions": list(conditions), "containerStatuses": statuses}}


# Said by Kubernetes 1.36.
OF_JOBS = [
    (
        "FailedCreate",
        'Error creating: pods "hello-1-1-x" is forbidden: violates PodSecurity "baseline:latest": '
        "seccompProfile",
        Reason.NOT_ADMITTED,
    ),
    (
        "FailedCreate",
        'Error creating: pods "hello-1-1-x" is forbidden: exceeded quota: q, requested: pods=1, '
        "used: pods=3, limited: pods=3",
        Reason.QUOTA_EXCEEDED,
    ),
    (
        "FailedCreate",
        'Error creating: pods "hello-1-1-x" is forbidden: failed quota: q: must specify '
        "limits.cpu for: build",
        Reason.QUOTA_EXCEEDED,
    ),
]
OF_PODS = [
    (
        "FailedMount",
        'MountVolume.SetUp failed for volume "registry-secret-0" : secret "push" not found',
        Reason.VOLUME_NOT_MOUNTED,
    ),
    (
        "Failed",
        'Failed to pull image "builder:1": rpc error: code = NotFound',
        Reason.BUILDER_IMAGE_NOT_PULLED,
    ),
    ("FailedCreatePodSandBox", "Failed to create pod sandbox: no IP", Reason.POD_NOT_STARTED),
]


@pytest.mark.parametrize(("reason", "message", "expected"), OF_JOBS)
def test_a_job_without_a_pod_says_why(reason, message, expected):
    found = obstacles.of_job([warning(reason, message)])
    assert found == obstacles.Obstacle(expected, message)


@pytest.mark.parametrize(("reason", "message", "expected"), OF_PODS)
def test_a_pod_that_does_not_start_says_why(reason, message, expected):
    found = obstacles.of_pod(pod(), [warning(reason, message)])
    assert found == obstacles.Obstacle(expected, message)


def test_a_pod_that_is_on_its_way_has_no_obstacle():
    on_its_way = pod(
        conditions=[{"type": "PodScheduled", "status": "True"}],
        waiting={"reason": "ContainerCreating"},
    )
    scheduled_late = warning("FailedScheduling", "0/1 nodes are available")
    assert obstacles.of_pod(on_its_way, [scheduled_late]) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("0/1 nodes are available: 1 Insufficient cpu.", Reason.UNSCHEDULABLE),
        (
            '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
            Reason.VOLUME_NOT_MOUNTED,
        ),
        (
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            Reason.VOLUME_NOT_MOUNTED,
        ),
    ],
)
def test_what_keeps_a_pod_from_a_node_may_be_its_volume(words, expected):
    unscheduled = {"type": "PodScheduled", "status": "False", "message": words}
    assert obstacles.of_pod(pod(conditions=[unscheduled]), []).reason is expected
    assert obstacles.of_pod(pod(), [warning("FailedScheduling", words)]).reason is expected


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull"])
def test_a_builder_image_that_cannot_be_pulled_is_named(reason):
    stuck = pod(waiting={"reason": reason, "message": 'Back-off pulling image "builder:1"'})
    found = obstacles.of_pod(stuck, [])
    assert found.reason is Reason.BUILDER_IMAGE_NOT_PULLED
    assert "builder:1" in found.message


def test_a_container_that_the_kubelet_cannot_make_says_why():
    stuck = pod(waiting={"reason": "CreateContainerConfigError", "message": "no such key"})
    found = obstacles.of_pod(stuck, [])
    assert found == obstacles.Obstacle(Reason.POD_NOT_STARTED, "container build: no such key")


def test_the_newest_event_holds():
    old = warning("FailedMount", "old", at="2026-01-31T12:00:00Z")
    new = warning("FailedMount", "new", at="2026-01-31T12:00:09Z")
    assert obstacles.of_pod(pod(), [new, old]).message == "new"


def test_normal_events_are_no_obstacle():
    pulling = {**warning("Pulling", "Pulling image"), "type": "Normal"}
    assert obstacles.of_pod(pod(), [pulling]) is None
