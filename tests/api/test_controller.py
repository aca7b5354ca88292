"""The installed operator against the real API server, under its own ServiceAccount."""

import json

import pytest
from tests import cluster
from tests.api.conftest import DIGEST, IMAGE, SPEC, SUCCESS, container

from imagebuild.contract import report as reports

FAILED = reports.Report(
    failure=reports.Failure(
        reports.Cause.SOLVE,
        'process "/bin/sh -c go build" did not complete successfully: exit code: 2',
        stage="builder",
        step=0,
        path="spec.stages[0].steps[0]",
        exit_code=2,
        log_tail="no Go files",
    )
)
OTHER = {**SPEC, "stages": [SPEC["stages"][0], {**SPEC["stages"][1], "cmd": ["/main"]}]}


def test_an_imagebuild_becomes_a_job_with_its_order(stage):
    stage.apply()
    job, order = stage.job(), stage.kubectl.get("configmap", "hello-1-1")
    found = stage.until("Unschedulable")

    (owner,) = job["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"]) == (found["metadata"]["uid"], True)
    assert order["metadata"]["ownerReferences"] == job["metadata"]["ownerReferences"]
    assert order["immutable"] is True
    assert (job["spec"]["backoffLimit"], job["spec"]["completions"]) == (0, 1)
    pod = job["spec"]["template"]["spec"]
    assert [c["name"] for c in pod["containers"]] == ["build", "buildkitd", "progress"]
    assert "initContainers" not in pod
    assert pod["automountServiceAccountToken"] is False
    assert pod["restartPolicy"] == "Never"
    assert not any(c["securityContext"].get("privileged") for c in pod["containers"])
    assert stage.jobs() == ["hello-1-1"]
    # Shown as soon as it is begun: what is to be done, and why it is not.
    assert found["status"]["progress"] == "0/2"
    assert [row["state"] for row in found["status"]["stages"]] == ["Pending", "Pending"]
    ready = cluster.condition(found)
    assert ready["status"] == "Unknown"
    assert "nodes are available" in ready["message"]
    assert cluster.condition(found, "Reconciling")


@pytest.mark.parametrize("how", [(), ("--server-side",)], ids=["client-side", "server-side"])
def test_what_people_apply_is_theirs_alone(stage, how):
    stage.apply(None, *how)
    stage.job()
    stage.end(SUCCESS)
    found = stage.until("Published")
    assert found["spec"] == SPEC
    assert "finalizers" not in found["metadata"]
    kept = {"kubectl.kubernetes.io/last-applied-configuration"}
    assert set(found["metadata"].get("annotations", {})) <= kept
    assert "labels" not in found["metadata"]
    ours = [m for m in managed(stage) if not m["manager"].startswith("kubectl")]
    assert ours
    assert {m.get("subresource") for m in ours} == {"status"}

    stage.apply(None, *how)
    stage.settle()
    again = stage.imagebuild()
    assert again["metadata"]["resourceVersion"] == found["metadata"]["resourceVersion"]


def managed(stage):
    shown = stage.kubectl("get", "imgb", "hello", "-o", "json", "--show-managed-fields")
    return json.loads(shown)["metadata"]["managedFields"]


def test_a_report_of_success_publishes_though_no_picture_can_be_read(stage):
    stage.apply()
    stage.end(SUCCESS)
    stage.kubectl("wait", "--for=condition=Ready", "imagebuild/hello", "--timeout=20s")
    status = stage.imagebuild()["status"]
    assert status["image"] == f"registry.example.com/team/hello@{DIGEST}"
    assert status["published"] == [
        {
            "stage": "final",
            "image": status["image"],
            "digest": DIGEST,
            "tags": [IMAGE],
            "sizeBytes": 1000,
            "layers": 2,
        }
    ]
    assert status["progress"] == "2/2"
    assert {row["state"] for row in status["stages"]} == {"Succeeded"}
    assert [c["type"] for c in status["conditions"]] == ["Ready"]
    assert [(h["number"], h["result"]) for h in status["history"]] == [(1, "Succeeded")]


def test_a_report_of_failure_stalls_until_something_changes(stage):
    stage.apply()
    stage.end(FAILED)
    found = stage.until("StepFailed")
    failure = found["status"]["failure"]
    assert (failure["stage"], failure["step"], failure["exitCode"]) == ("builder", 0, 2)
    message = cluster.condition(found, "Stalled")["message"]
    assert message == cluster.condition(found)["message"]
    assert "spec.stages[0].steps[0]" in message
    assert "no Go files" in message
    assert f"Mend: {failure['mend']} More: {failure['command']}" in message
    stage.settle()
    assert stage.jobs() == ["hello-1-1"]

    # A mend need not change what is built.
    stage.apply({**SPEC, "timeoutSeconds": 99})
    stage.end(SUCCESS, job="hello-2-1")
    status = stage.until("Published")["status"]
    assert "failure" not in status
    assert status["build"]["number"] == 2


def test_an_edit_replaces_the_build_that_runs(stage):
    stage.apply()
    stage.job()
    stage.apply(OTHER)
    stage.job("hello-2-1")
    assert stage.jobs() == ["hello-2-1"]
    stage.end(SUCCESS, job="hello-2-1")
    status = stage.until("Published")["status"]
    assert (status["build"]["number"], status["build"]["reason"]) == (2, "SpecChanged")
    assert [(h["number"], h["result"]) for h in status["history"]] == [
        (2, "Succeeded"),
        (1, "Canceled"),
    ]


def test_an_edit_back_to_what_is_published_builds_nothing(stage):
    stage.apply()
    stage.end(SUCCESS)
    stage.until("Published")
    stage.apply(OTHER)
    stage.job("hello-2-1")
    stage.apply()
    status = stage.until("Published")["status"]
    assert status["image"].endswith(DIGEST)
    assert status["history"][0]["result"] == "Canceled"
    cluster.wait_until(lambda: stage.jobs() == ["hello-1-1"], what="the second Job is gone")


def test_a_suspended_object_starts_nothing_and_finishes_what_runs(stage):
    stage.apply({**SPEC, "suspend": True})
    found = stage.until("Suspended")
    assert cluster.condition(found)["status"] == "Unknown"
    assert stage.jobs() == []
    stage.apply()
    stage.job()
    stage.apply({**SPEC, "suspend": True})
    stage.end(SUCCESS)
    stage.until("Published")
    stage.apply({**OTHER, "suspend": True})
    stage.until("Suspended")
    assert stage.jobs() == ["hello-1-1"]


def test_a_build_that_is_asked_for_is_built_once_and_said_to_be(stage):
    stage.apply()
    stage.end(SUCCESS)
    stage.until("Published")
    for number, key in ((2, "imagebuild.dev/requestedAt"), (3, "reconcile.fluxcd.io/requestedAt")):
        note = f"{key}=at-{number}"
        stage.kubectl("annotate", "imgb", "hello", note)
        stage.end(SUCCESS, job=f"hello-{number}-1")
        status = stage.until("Published", build=number)["status"]
        assert status["build"]["reason"] == "Requested"
        assert status["lastHandledReconcileAt"] == f"at-{number}"
        stage.kubectl("annotate", "imgb", "hello", note, "--overwrite")
        stage.kubectl("label", "imgb", "hello", f"touched=at-{number}", "--overwrite")
        stage.settle()
        assert stage.imagebuild()["status"]["build"]["number"] == number


def test_a_job_deleted_by_hand_is_followed_by_another_attempt(stage):
    stage.apply()
    stage.job()
    stage.until("Unschedulable")
    stage.kubectl("delete", "job", "hello-1-1")
    stage.end(SUCCESS, job="hello-1-2")
    status = stage.until("Published")["status"]
    assert (status["build"]["number"], status["build"]["attempt"]) == (1, 2)


def test_all_that_a_build_is_made_of_goes_with_its_imagebuild(stage):
    stage.apply()
    stage.pod()
    stage.kubectl("delete", "imgb", "hello")

    def gone():
        left = stage.kubectl("get", "jobs,pods,configmaps", "-o", "name").split()
        return set(left) <= {"configmap/kube-root-ca.crt"}

    cluster.wait_until(gone, what="Job, pod and order are collected", seconds=30)


def test_an_imagebuild_made_anew_waits_for_the_job_of_the_one_before(stage):
    stage.apply()
    before = stage.job()
    held = json.dumps({"metadata": {"finalizers": ["example.com/held"]}})
    stage.kubectl("patch", "job", "hello-1-1", "--type=merge", "--patch", held)
    stage.kubectl("delete", "imgb", "hello")
    stage.apply()
    uid = stage.imagebuild()["metadata"]["uid"]
    stage.settle()
    assert stage.job()["metadata"]["uid"] == before["metadata"]["uid"]
    free = json.dumps({"metadata": {"finalizers": None}})
    stage.kubectl("patch", "job", "hello-1-1", "--type=merge", "--patch", free)

    def made_anew():
        job = stage.kubectl.get("job", "hello-1-1")
        return job and job["metadata"]["ownerReferences"][0]["uid"] == uid

    cluster.wait_until(made_anew, what="a Job of the new ImageBuild", seconds=60)


def test_a_job_of_that_name_that_is_somebody_elses_is_told_of_and_left_alone(stage):
    stage.kubectl("create", "job", "hello-1-1", "--image=nothing")
    stage.apply()
    found = stage.until("NotAdmitted")
    said = "there is a Job hello-1-1 already that is no ImageBuild's; delete it"
    assert said in cluster.condition(found)["message"]
    assert not cluster.condition(found, "Stalled")
    assert "ownerReferences" not in stage.job()["metadata"]
    stage.kubectl("delete", "job", "hello-1-1")
    stage.end(SUCCESS)
    stage.until("Published")


def test_a_builder_image_that_is_not_pulled_is_told_in_the_kubelets_words(stage):
    stage.apply()
    stage.bind()
    words = 'Back-off pulling image "imagebuild.dev/builder:0": not found'
    stage.report("Pending", waiting("build", "ImagePullBackOff", words))
    message = cluster.condition(stage.until("BuilderImageNotPulled"))["message"]
    assert message.startswith(f"container build: {words}. Mend: It is the operator's setting")
    # A kubelet goes on trying, and so does the build.
    stage.end(SUCCESS)
    stage.until("Published")


def waiting(name, reason, message):
    return container(name, {"waiting": {"reason": reason, "message": message}})


def test_a_pod_that_its_node_evicts_is_followed_by_another_attempt(stage):
    stage.apply()
    stage.bind()
    evicted = {"reason": "Evicted", "message": "The node was low on resource: memory."}
    stage.report("Failed", **evicted)
    stage.end(SUCCESS, job="hello-1-2")
    status = stage.until("Published")["status"]
    assert (status["build"]["number"], status["build"]["attempt"]) == (1, 2)


def test_a_spec_that_only_the_operator_can_refuse_stalls_and_stops_nobody(stage):
    bad = {"stages": [{"name": "a", "from": "alpine:$VERSION"}]}
    stage.apply(bad, name="bad")
    stage.apply(name="good")
    found = stage.until("InvalidSpec", name="bad")
    assert cluster.condition(found, "Stalled")
    assert found["status"]["failure"]["path"] == "spec.stages[0].from"
    assert "spec.args" in found["status"]["failure"]["mend"]
    stage.job("good-1-1")
    stage.end(SUCCESS, job="good-1-1")
    stage.until("Published", name="good")
    assert stage.jobs() == ["good-1-1"]
    mended = {**bad, "args": [{"name": "VERSION", "value": "3.18"}]}
    stage.apply(mended, name="bad")
    stage.job("bad-1-1")


def test_events_tell_the_way_of_a_build(stage):
    stage.apply()
    stage.until("Unschedulable")
    stage.end(SUCCESS)
    stage.until("Published")

    def told():
        about = "involvedObject.kind=ImageBuild,involvedObject.name=hello"
        events = stage.kubectl.items("events", "--field-selector", about)
        said = {(event["type"], event["reason"]) for event in events}
        wanted = {("Normal", "Building"), ("Warning", "Unschedulable"), ("Normal", "Published")}
        return said == wanted

    cluster.wait_until(told, what="one Event for each turn", seconds=10)


def test_the_columns_tell_people_where_it_stands(stage):
    stage.apply()
    stage.end(SUCCESS)
    stage.until("Published")
    head, row = stage.kubectl("get", "imgb").splitlines()
    assert head.split() == ["NAME", "READY", "REASON", "STAGES", "CURRENT", "IMAGE", "AGE"]
    assert row.split()[:5] == [
        "hello",
        "True",
        "Published",
        "2/2",
        "registry.example.com/team/hello:1.0",
    ]
    head, _ = stage.kubectl("get", "imgb", "-o", "wide").splitlines()
    assert {"DIGEST", "DURATION", "CACHED"} <= set(head.split())


def test_the_operators_log_is_json_and_silent_about_probes(kubectl):
    log = kubectl("-n", "imagebuild-system", "logs", "deployment/imagebuild-operator")
    assert log
    for line in log.splitlines():
        assert json.loads(line)["message"]
    assert "healthz" not in log
