"""Builds that fail: one reason each, what to do about it, and a command that shows more."""

from tests import cluster
from tests.e2e.specs import one, stage, stages, to


def fail(namespace, spec, reason, *, name="bad", stalled=True):
    """The failure in the status of a build of this spec, by which all conditions must agree."""
    namespace.apply(cluster.imagebuild(name, spec))
    found = cluster.until(namespace, name, reason)
    failure = found["status"]["failure"]
    ready = cluster.condition(found)
    assert failure["reason"] == ready["reason"]
    assert ready["status"] == ("False" if stalled else "Unknown")
    assert bool(cluster.condition(found, "Stalled")) == stalled
    assert bool(cluster.condition(found, "Reconciling")) != stalled
    assert f"Mend: {failure['mend']}" in ready["message"]
    assert f"More: {failure['command']}" in ready["message"]
    assert "Traceback" not in ready["message"] + failure.get("logTail", "")
    # The command is one that a person can run as it stands, and it does show more.
    words = failure["command"].split()
    assert words[:4] == ["kubectl", "logs", "-n", namespace.namespace]
    assert namespace("logs", *words[4:]).strip()
    return failure


def test_a_failed_step_names_its_stage_step_and_path(namespace):
    spec = stages(
        stage({"run": "echo fine"}, {"workdir": "/app"}, name="base"),
        stage(
            {"env": [{"name": "A", "value": "b"}]},
            {"run": "echo begins"},
            {"run": "echo the compiler says >&2\necho no such symbol: main >&2\nexit 42"},
            name="builder",
            base="base",
        ),
        stage({"copy": ["/app"], "from": "builder", "to": "/"}, name="final", base="scratch"),
    )
    failure = fail(namespace, spec, "StepFailed")
    assert failure["stage"] == "builder"
    assert failure["step"] == 2
    assert failure["path"] == "spec.stages[1].steps[2]"
    assert failure["exitCode"] == 42
    assert failure["logTail"].splitlines() == ["the compiler says", "no such symbol: main"]
    assert "no such symbol: main" in failure["message"]
    assert "exit code 42" in failure["message"]
    status = namespace.get("imagebuild", "bad")["status"]
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states == {"base": "Succeeded", "builder": "Failed", "final": "Canceled"}
    assert status["build"]["result"] == "Failed"
    assert "image" not in status
    assert [event["reason"] for event in warnings(namespace, "bad")] == ["StepFailed"]


def warnings(namespace, name):
    about = f"involvedObject.kind=ImageBuild,involvedObject.name={name},type=Warning"
    return namespace.items("events", "--field-selector", about)
