"""Builds that fail: one reason each, what to do about it, and a command that shows more."""

from tests import cluster
from tests.e2e.specs import one, stage, stages, to


def fail(namespace, spec, reason, *, name="bad"):
    """The failure in the status of a build of this spec, by which all conditions must agree."""
    namespace.apply(cluster.imagebuild(name, spec))
    found = cluster.until(namespace, name, reason)
    failure = found["status"]["failure"]
    ready = cluster.condition(found)
    assert failure["reason"] == ready["reason"]
    assert ready["status"] == "False"
    assert cluster.condition(found, "Stalled")
    assert not cluster.condition(found, "Reconciling")
    assert failure["mend"]
    assert f"Mend: {failure['mend']}" in ready["message"]
    assert f"More: {failure['command']}" in ready["message"]
    assert "Traceback" not in ready["message"] + failure.get("logTail", "")
    assert shown(namespace, failure).strip()
    said(namespace, name, reason)
    return failure


def shown(namespace, failure):
    """What the failure's command shows: one that a person can run as it stands."""
    program, *words = failure["command"].split()
    assert program == "kubectl"
    assert ["-n", namespace.namespace] == words[1:3]
    return namespace(*words)


def said(namespace, name, reason):
    """Waits for the Event of this reason, which the condition has too; all Warnings' reasons."""

    def ask():
        reasons = [event["reason"] for event in warnings(namespace, name)]
        return reasons if reason in reasons else None

    return cluster.wait_until(ask, what=f"an Event of {name} is {reason}")


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
    assert said(namespace, "bad", "StepFailed") == ["StepFailed"]
    assert "logTail" in failure["mend"]
    assert "no such symbol: main" in shown(namespace, failure)


def warnings(namespace, name):
    about = f"involvedObject.kind=ImageBuild,involvedObject.name={name},type=Warning"
    return namespace.items("events", "--field-selector", about)


def test_a_failed_step_of_a_wrong_command_says_which_was_not_found(namespace):
    failure = fail(namespace, one({"run": "cd /tmp\nmaek all"}), "StepFailed")
    assert failure["path"] == "spec.stages[0].steps[0]"
    assert failure["exitCode"] == 127
    assert "maek: not found" in failure["message"]


def test_a_step_that_is_killed_is_told_from_one_that_fails(namespace):
    # The first process of a step can't be killed from within it, and a shell's last command is it.
    failure = fail(namespace, one({"run": "echo begun\nsh -c 'kill -9 $$'\ntrue"}), "StepKilled")
    assert failure["path"] == "spec.stages[0].steps[0]"
    assert failure["exitCode"] == 137
    assert failure["logTail"].splitlines()[0] == "begun"
    assert "spec.resources.limits.memory" in failure["mend"]


def test_a_base_image_that_is_not_there_comes_with_the_tag_that_is(namespace):
    failure = fail(namespace, stages(stage({"run": "true"}, base="alpine:3.81")), "ImageNotFound")
    assert failure["stage"] == "only"
    assert failure["path"] == "spec.stages[0].from"
    assert "alpine:3.81" in failure["message"]
    assert "did you mean alpine:3.18?" in failure["message"]


def test_a_registry_that_speaks_no_tls_is_told_from_one_that_is_away(namespace):
    # The settings know this registry by another name only.
    host = "registry.demo.svc.cluster.local:5000"
    base = f"{host}/library/alpine:3.18"
    failure = fail(namespace, stages(stage({"run": "true"}, base=base)), "RegistryTLS")
    assert host in failure["message"]
    assert "http: true" in failure["mend"]


def test_a_file_to_copy_that_is_not_there_is_named_with_its_step(namespace):
    spec = stages(
        stage({"run": "touch /main"}, name="builder"),
        stage(
            {"workdir": "/app"},
            {"copy": ["/main", "/mian"], "from": "builder", "to": "./"},
            name="final",
        ),
    )
    failure = fail(namespace, spec, "SourceNotFound")
    assert (failure["stage"], failure["step"]) == ("final", 1)
    assert failure["path"] == "spec.stages[1].steps[1]"
    assert "/mian" in failure["message"]


def test_a_file_to_copy_comes_with_what_the_context_has_in_its_place(namespace):
    context = {"files": {"cmd/main.go": "x", "README.md": "x"}}
    copying = one({"copy": ["cmd/mian.go"], "to": "/"}, context=context)
    failure = fail(namespace, copying, "SourceNotFound")
    assert "/cmd/mian.go" in failure["message"]
    assert "did you mean cmd/main.go?" in failure["message"]

    copying = one({"copy": ["readme.md"], "to": "/"}, context=context)
    message = fail(namespace, copying, "SourceNotFound", name="case")["message"]
    assert "did you mean README.md?" in message


def test_a_file_to_copy_that_is_ignored_says_so(namespace):
    context = {"files": {"app.log": "x", ".dockerignore": "*.log\n"}}
    copying = one({"copy": ["app.log"], "to": "/"}, context=context)
    message = fail(namespace, copying, "SourceNotFound")["message"]
    assert ".dockerignore excludes it from the context" in message


def test_a_dockerfile_that_cannot_be_read_names_the_line(namespace):
    text = "FROM alpine:3.18\nRUN true\nRNU false\n"
    failure = fail(namespace, {"dockerfile": {"inline": text}}, "DockerfileInvalid")
    assert failure["line"] == 3
    assert failure["path"] == "spec.dockerfile.inline"
    assert "RNU" in failure["message"]


def test_a_dockerfile_that_is_not_in_the_context_is_named(namespace):
    spec = {"context": {"files": {"a": "b"}}, "dockerfile": {"path": "deploy/Dockerfile"}}
    failure = fail(namespace, spec, "DockerfileNotFound")
    assert "spec.dockerfile.path" in failure["mend"]
    assert "deploy/Dockerfile" in failure["message"]


def test_a_stage_to_publish_that_the_dockerfile_does_not_have_is_named(namespace, registry):
    spec = {
        "dockerfile": {"inline": "FROM alpine:3.18 AS final\n"},
        "publish": [{"stage": "fianl", "images": [f"{registry.name}/never/pushed:1"]}],
    }
    failure = fail(namespace, spec, "StageNotFound")
    assert failure["path"] == "spec.publish[0].stage"
    assert "fianl" in failure["message"]
    assert "did you mean final?" in failure["message"]
    assert not registry.has(f"{registry.name}/never/pushed:1")


def test_a_step_of_a_dockerfile_that_fails_names_its_stage_and_line(namespace):
    text = "FROM alpine:3.18 AS builder\nRUN echo fine\nRUN echo woe && \\\n  exit 7\n"
    failure = fail(namespace, {"dockerfile": {"inline": text}}, "StepFailed")
    assert (failure["stage"], failure["exitCode"]) == ("builder", 7)
    assert failure["line"] in (3, 4)
    assert failure["logTail"] == "woe"


def test_a_build_that_takes_too_long_is_ended_and_names_the_step_that_hung(namespace):
    failure = fail(namespace, one({"run": "echo begun; sleep 300"}, timeoutSeconds=4), "Timeout")
    assert failure["path"] == "spec.stages[0].steps[0]"
    assert "4 s" in failure["message"]
    assert failure["logTail"] == "begun"
    assert "timeoutSeconds" in failure["mend"]


def test_a_process_that_a_step_leaves_behind_does_not_hold_up_the_build(namespace):
    spec = one({"run": "sleep 1000 & echo begun"}, {"run": "! pidof sleep"}, timeoutSeconds=30)
    namespace.apply(cluster.imagebuild("left", spec))
    found = cluster.until(namespace, "left", "Built")
    assert found["status"]["stages"][0]["stepsDone"] == 3


def test_a_build_that_needs_more_memory_than_it_may_use_says_so(namespace):
    # Without a newline there is nothing that tail could let go of.
    spec = one(
        {"run": "head -c 1000m /dev/zero | tail > /dev/null"},
        resources={"limits": {"memory": "256Mi"}},
    )
    failure = fail(namespace, spec, "OutOfMemory")
    assert "memory" in failure["message"]
    assert failure["mend"].startswith("Raise spec.resources.limits.memory")


def test_a_push_to_a_registry_that_is_nowhere_is_tried_again_and_says_so(namespace):
    image = "nowhere.invalid:5000/a:1"
    namespace.apply(cluster.imagebuild("lost", one({"run": "true"}, publish=to(image))))
    found = cluster.until(namespace, "lost", "NameNotResolved")
    message = cluster.condition(found)["message"]
    assert message.startswith("Attempt 1 of 3 failed; another follows")
    assert "nowhere.invalid:5000" in message
    assert "Mend: " in message
    assert "NameNotResolved" in said(namespace, "lost", "NameNotResolved")
    assert cluster.condition(found, "Reconciling")
    assert not cluster.condition(found, "Stalled")
