"""Builds go on whatever becomes of the operator, of their spec and of their neighbours."""

import dataclasses
from datetime import UTC, datetime

from tests import cluster
from tests.e2e.specs import one, stage, stages, to

OPERATOR = "app.kubernetes.io/name=imagebuild-operator"


@dataclasses.dataclass
class Deployment:
    """The operator's own Deployment, and its pods."""

    kubectl: cluster.Kubectl

    def pods(self):
        return [pod["metadata"]["name"] for pod in self.kubectl.items("pods", "-l", OPERATOR)]

    def kill(self):
        self.kubectl("delete", "pod", "-l", OPERATOR, "--force", "--grace-period=0")

    def scale(self, replicas):
        self.kubectl("scale", "deployment/imagebuild-operator", f"--replicas={replicas}")

    def wait(self):
        self.kubectl("rollout", "status", "deployment/imagebuild-operator", "--timeout=60s")


def running_stage(namespace, name):
    """The ImageBuild once one of its stages is shown as Running."""

    def ask():
        found = namespace.get("imagebuild", name)
        rows = found.get("status", {}).get("stages", [])
        return any(row["state"] == "Running" for row in rows) and found

    return cluster.wait_until(ask, what=f"a stage of {name} runs")


def worker(namespace, job):
    """The state of the build container of a Job's pod."""
    (pod,) = namespace.items("pods", "-l", f"batch.kubernetes.io/job-name={job}")
    (state,) = [s["state"] for s in pod["status"]["containerStatuses"] if s["name"] == "build"]
    return state


def slow(image, seconds=6):
    """A spec whose build takes a while, with something to show for it."""
    return one({"run": f"sleep {seconds}; echo done > /done"}, publish=to(image))


def assert_built_once(namespace, registry, found, image):
    assert [job["metadata"]["name"] for job in namespace.items("jobs")] == ["slow-1-1"]
    assert found["status"]["build"]["number"] == found["status"]["build"]["attempt"] == 1
    assert found["status"]["stages"][0]["state"] == "Succeeded"
    assert registry.pull(image).digest == found["status"]["published"][0]["digest"]
    assert registry.pull(image).read("/done") == b"done\n"


def test_an_operator_that_is_killed_in_mid_build_changes_nothing_in_the_outcome(
    kubectl, namespace, registry
):
    operator = Deployment(kubectl.within("imagebuild-system"))
    image = f"{registry.name}/{namespace.namespace}/slow:1"
    namespace.apply(cluster.imagebuild("slow", slow(image)))
    running_stage(namespace, "slow")
    before = operator.pods()

    operator.kill()

    assert "running" in worker(namespace, "slow-1-1"), "it was to be killed in mid-build"
    found = cluster.until(namespace, "slow", "Published")
    assert not set(before) & set(operator.pods())
    assert_built_once(namespace, registry, found, image)


def test_a_build_that_ends_while_no_operator_is_there_is_reported_by_the_next(
    kubectl, namespace, registry
):
    operator = Deployment(kubectl.within("imagebuild-system"))
    image = f"{registry.name}/{namespace.namespace}/slow:1"
    namespace.apply(cluster.imagebuild("slow", slow(image, seconds=4)))
    running_stage(namespace, "slow")
    try:
        operator.scale(0)
        operator.kill()
        cluster.wait_until(lambda: not operator.pods(), what="the operator is gone")
        assert "running" in worker(namespace, "slow-1-1"), "it was to be gone in mid-build"
        cluster.wait_until(
            lambda: "terminated" in worker(namespace, "slow-1-1"), what="the build has ended"
        )
        assert namespace.get("imagebuild", "slow")["status"]["conditions"][0]["status"] == "Unknown"
    finally:
        operator.scale(1)
        operator.wait()
    found = cluster.until(namespace, "slow", "Published")
    assert_built_once(namespace, registry, found, image)


def test_a_spec_that_changes_in_mid_build_is_what_gets_published(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/changed:1"
    steps = [{"run": "echo one > /which"}, {"run": "sleep 60"}]
    namespace.apply(cluster.imagebuild("changed", one(*steps, publish=to(image))))
    running_stage(namespace, "changed")

    changed = one({"run": "echo two > /which"}, publish=to(image))
    begun = datetime.now(UTC)
    namespace.apply(cluster.imagebuild("changed", changed))

    status = cluster.until(namespace, "changed", "Published")["status"]
    assert (datetime.now(UTC) - begun).total_seconds() < 30, "the old build is not waited for"
    assert registry.pull(image).read("/which") == b"two\n"
    assert status["build"]["number"] == 2
    assert status["build"]["reason"] == "SpecChanged"
    assert [entry["result"] for entry in status["history"]] == ["Succeeded", "Canceled"]
    (canceled,) = [entry for entry in status["history"] if entry["result"] == "Canceled"]
    assert "digest" not in canceled
    assert status["image"].endswith(registry.pull(image).digest)


def test_a_failing_build_leaves_the_one_beside_it_alone(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/good:1"
    namespace.apply(
        cluster.imagebuild("bad", one({"run": "exit 3"})),
        cluster.imagebuild("good", one({"run": "sleep 2; echo fine > /fine"}, publish=to(image))),
    )
    cluster.until(namespace, "bad", "StepFailed")
    status = cluster.until(namespace, "good", "Published")["status"]
    assert status["build"]["attempt"] == 1
    assert registry.pull(image).read("/fine") == b"fine\n"


def test_a_build_whose_pod_is_deleted_is_begun_again(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/slow:1"
    namespace.apply(cluster.imagebuild("slow", slow(image, seconds=3)))
    running_stage(namespace, "slow")
    namespace("delete", "pod", "-l", "batch.kubernetes.io/job-name=slow-1-1", "--wait=false")
    status = cluster.until(namespace, "slow", "Published")["status"]
    assert (status["build"]["number"], status["build"]["attempt"]) == (1, 2)
    assert registry.has(image)


def test_stages_that_do_not_need_each_other_run_at_the_same_time(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/both:1"
    span = "date +%s > /{0}; sleep 3; date +%s >> /{0}"
    both = stages(
        stage({"run": span.format("a")}, name="a"),
        stage({"run": span.format("b")}, name="b"),
        stage(
            {"copy": ["/a"], "from": "a", "to": "/"},
            {"copy": ["/b"], "from": "b", "to": "/"},
            name="both",
            base="scratch",
        ),
        publish=to(image),
    )
    namespace.apply(cluster.imagebuild("both", both))
    cluster.until(namespace, "both", "Published")
    (a_start, a_end), (b_start, b_end) = (
        map(int, registry.pull(image).read(path).split()) for path in ("/a", "/b")
    )
    assert max(a_start, b_start) < min(a_end, b_end), "one ended before the other began"
