"""What the administrator allows in a namespace holds, whatever a Dockerfile makes of a name."""

import pytest
from tests import cluster
from tests.e2e import administrator as administrators
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import fail

GOLANG = "docker.io/library/golang:1.19"


@pytest.fixture(scope="module")
def administrator(kubectl):
    return administrators.Administrator(kubectl.within("imagebuild-system"))


@pytest.fixture(scope="module")
def policy(registry, shared):
    """What the tests' namespace allows."""
    return {
        "pullFrom": ["docker.io/library/alpine", "docker.io/library/busybox"],
        "pushTo": [f"{registry.name}/{shared.namespace}/*"],
        "maxTimeoutSeconds": 120,
        "maxResources": {"memory": "2Gi"},
        "lint": "Warn",
    }


@pytest.fixture(scope="module")
def override(administrator, shared, policy):
    with administrator.override(shared.namespace) as own:
        own.hold({"policy": policy})
        yield own


def denied(kubectl, spec, name):
    """The failure of an ImageBuild that begins no build."""
    kubectl.apply(cluster.imagebuild(name, spec))
    found = cluster.until(kubectl, name, "PolicyDenied")
    assert cluster.condition(found, "Stalled")
    assert "build" not in found["status"]
    return found["status"]["failure"]


def reason_of(kubectl, name):
    return cluster.condition(kubectl.get("imagebuild", name))["reason"]


@pytest.mark.usefixtures("override")
def test_what_the_spec_asks_for_beyond_the_policy_begins_no_pod(shared, registry):
    asked = {
        "pull": (stages(stage(base="golang:1.19")), "spec.stages[0].from", "policy.pullFrom"),
        "push": (
            one(publish=to(f"{registry.name}/elsewhere/a:1")),
            "spec.publish[0].images[0]",
            "policy.pushTo",
        ),
        "slow": (one(timeoutSeconds=121), "spec.timeoutSeconds", "policy.maxTimeoutSeconds"),
        "large": (
            one(resources={"limits": {"memory": "3Gi"}}),
            "spec.resources.limits.memory",
            "policy.maxResources",
        ),
        "careless": (one(lint="Ignore"), "spec.lint", "policy.lint"),
    }
    for name, (spec, path, rule) in asked.items():
        failure = denied(shared, spec, name)
        assert failure["path"] == path
        assert rule in failure["message"]
    assert [pod["metadata"]["name"] for pod in shared.items("pods")] == []


TRICKS = {
    "by-argument": {
        "dockerfile": {"inline": "ARG BASE=alpine:3.18\nFROM $BASE\nRUN true\n"},
        "args": [{"name": "BASE", "value": "golang:1.19"}],
    },
    "by-copy": {
        "dockerfile": {"inline": f"FROM alpine:3.18\nCOPY --from={GOLANG} /etc/passwd /stolen\n"}
    },
    "by-mount": {
        "dockerfile": {
            "inline": "FROM alpine:3.18 AS a\nFROM a\n"
            "RUN --mount=type=bind,from=golang:1.19,target=/g cp /g/etc/passwd /stolen\n"
        }
    },
}


FINE = "ARG BASE=golang:1.19\nFROM $BASE\nRUN echo fine > /fine\n"
KEPT = {"dockerfile": {"inline": FINE}, "args": [{"name": "BASE", "value": "alpine:3.18"}]}


@pytest.fixture(scope="module")
def tried(shared, registry, override):
    """The namespace in which the tricks build all at once, and what keeps to the policy."""
    assert override.namespace == shared.namespace
    kept = {**KEPT, "publish": to(f"{registry.name}/{shared.namespace}/kept:1")}
    before = one({"run": "true"}, publish=to(f"{registry.name}/{shared.namespace}/before:1"))
    specs = {**TRICKS, "kept": kept, "before": before}
    shared.apply(*(cluster.imagebuild(name, spec) for name, spec in specs.items()))
    return shared


@pytest.mark.parametrize("trick", TRICKS)
def test_buildkit_pulls_nothing_that_the_policy_does_not_allow(tried, trick):
    failure = fail(tried, TRICKS[trick], "PolicyDenied", name=trick)
    assert GOLANG in failure["message"]
    assert "policy.pullFrom" in failure["mend"]


def test_what_keeps_to_the_policy_is_published_within_its_bounds(tried, registry):
    status = cluster.until(tried, "kept", "Published")["status"]
    assert registry.pull(status["image"]).read("/fine") == b"fine\n"
    pod = tried.items("pods", "-l", f"batch.kubernetes.io/job-name={status['build']['job']}")[0]
    limits = {c["name"]: c["resources"].get("limits") for c in pod["spec"]["containers"]}
    assert limits["buildkitd"] == {"memory": "2Gi"}


def test_a_change_holds_without_a_restart_and_builds_nothing_anew(
    tried, registry, administrator, override, policy
):
    cluster.until(tried, "before", "Published")
    elsewhere = f"{registry.name}/elsewhere-{tried.namespace}/a:1"
    denied(tried, one({"run": "true"}, publish=to(elsewhere)), "waits")
    operator = administrator.pod()

    override.hold(
        {"policy": {**policy, "pushTo": ["*"], "lnt": "Fail"}}, until=administrators.MISTAKE
    )
    said = administrator.log().splitlines()[-1]
    assert "there is no setting lnt here; known are " in said
    assert reason_of(tried, "waits") == "PolicyDenied", "the settings of before hold"

    override.hold({"policy": {**policy, "pushTo": ["*"]}, "timeoutSeconds": 60})
    cluster.wait_until(
        lambda: reason_of(tried, "waits") != "PolicyDenied", what="it begins by itself", seconds=10
    )
    cluster.until(tried, "waits", "Published")
    assert administrator.pod()["metadata"]["uid"] == operator["metadata"]["uid"]
    restarts = [s["restartCount"] for s in administrator.pod()["status"]["containerStatuses"]]
    assert restarts == [s["restartCount"] for s in operator["status"]["containerStatuses"]]
    assert reason_of(tried, "before") == "Published"
    assert tried.get("imagebuild", "before")["status"]["build"]["number"] == 1
