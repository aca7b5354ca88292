"""What is better done otherwise: BuildKit's checks and ours, told or made a failure."""

from tests import cluster
from tests.e2e.specs import ALPINE, stage, stages, to
from tests.e2e.test_failures import fail

# A pipe in a shell without pipefail is ours, an undefined variable BuildKit's.
SPEC = stages(
    stage({"copy": ["/etc/passwd"], "from": ALPINE, "to": "/$UNDEFINED"}, name="first"),
    stage({"run": "false | true"}, {"user": 1000}, name="final", base="first"),
)
DOCKERFILE = f"FROM {ALPINE} AS first\nENV A $UNDEFINED\nFROM first\nRUN false | true\nUSER 1000\n"


def warnings(status):
    return {warning["rule"]: warning for warning in status.get("warnings", [])}


def test_warnings_name_the_place_in_the_spec_and_where_more_is_said(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/warned:1"
    namespace.apply(cluster.imagebuild("warned", {**SPEC, "publish": to(image)}))
    status = cluster.until(namespace, "warned", "Published")["status"]
    found = warnings(status)
    assert set(found) == {"UndefinedVar", "PipeWithoutPipefail"}
    theirs, ours = found["UndefinedVar"], found["PipeWithoutPipefail"]
    assert theirs["path"] == "spec.stages[0].steps[0]"
    assert "UNDEFINED" in theirs["message"]
    assert theirs["url"].startswith("https://docs.docker.com/")
    assert ours["path"] == "spec.stages[1].steps[0]"
    assert ours["stage"] == "final"


def test_warnings_name_the_line_of_a_dockerfile(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/warned:1"
    spec = {"dockerfile": {"inline": DOCKERFILE}, "publish": to(image)}
    namespace.apply(cluster.imagebuild("warned", spec))
    found = warnings(cluster.until(namespace, "warned", "Published")["status"])
    lines = {rule: warning["line"] for rule, warning in found.items()}
    assert lines == {
        "LegacyKeyValueFormat": 2,
        "UndefinedVar": 2,
        "UnnamedStage": 3,
        "PipeWithoutPipefail": 4,
    }


def test_a_build_that_is_warned_of_fails_where_that_is_asked_for(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/warned:1"
    failure = fail(namespace, {**SPEC, "lint": "Fail", "publish": to(image)}, "LintFailed")
    assert "UndefinedVar" in failure["message"]
    assert "PipeWithoutPipefail" in failure["message"]
    assert not registry.has(image)
    status = namespace.get("imagebuild", "bad")["status"]
    assert set(warnings(status)) == {"UndefinedVar", "PipeWithoutPipefail"}


def test_nothing_is_said_where_that_is_asked_for(namespace):
    namespace.apply(cluster.imagebuild("calm", {**SPEC, "lint": "Ignore"}))
    status = cluster.until(namespace, "calm", "Built")["status"]
    assert "warnings" not in status
