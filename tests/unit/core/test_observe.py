"""What is told of a pod by its log before the kubelet tells it."""

import pytest
from tests.builders import a_picture

from imagebuild.contract import picture as pictures
from imagebuild.core import observe


def a_pod(state, *, node="node-1"):
    statuses = [{"name": "progress", "state": state}] if state is not None else []
    return {
        "metadata": {"name": "hello-1-1-x", "uid": "pod", "ownerReferences": [{"uid": "job"}]},
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": "Pending", "containerStatuses": statuses},
    }


@pytest.mark.parametrize(
    ("state", "node", "asked"),
    [
        ({"running": {}}, "node-1", True),
        ({"terminated": {}}, "node-1", True),
        ({"waiting": {"reason": "ContainerCreating"}}, "node-1", True),
        ({"waiting": {"reason": "PodInitializing"}}, "node-1", True),
        (None, "node-1", True),
        (None, None, False),
        ({"waiting": {"reason": "ImagePullBackOff"}}, "node-1", False),
        ({"waiting": {"reason": "CreateContainerError"}}, "node-1", False),
    ],
)
def test_a_log_is_asked_for_as_soon_as_there_may_be_one(state, node, asked):
    assert observe.may_have_picture(a_pod(state, node=node)) is asked


@pytest.mark.parametrize("there", [False, True])
def test_a_worker_that_shows_a_picture_runs_whatever_the_kubelet_says(there):
    labels = {"imagebuild.dev/build": "1", "imagebuild.dev/attempt": "1"}
    notes = {f"imagebuild.dev/{name}": "1" for name in ("generation", "inputs", "spec", "reason")}
    job = {"metadata": {"name": "hello-1-1", "uid": "job", "labels": labels, "annotations": notes}}
    pod = a_pod({"waiting": {"reason": "ContainerCreating"}})
    shown = a_picture(pictures.Phase.BUILD, builder="Running")
    lines = {"hello-1-1-x": pictures.to_line(shown)} if there else {}
    (found,) = observe.attempts([job], [pod], events={}, lines=lines)
    assert found.begun is there
    assert found.phase is (observe.Phase.RUNNING if there else observe.Phase.WAITING)
    assert found.picture == (shown if there else None)
