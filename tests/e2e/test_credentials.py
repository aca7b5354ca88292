"""Registries that ask for a password, and the password that nobody gets to read."""

import base64
import json

import pytest
from tests import cluster
from tests.e2e import private
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import fail

GOOD = [{"name": "good"}]


@pytest.fixture(scope="session", autouse=True)
def registry_with_password(kubectl):
    """The registry that asks for a password, while these tests run."""
    kubectl.apply(*private.objects())
    kubectl("-n", "demo", "rollout", "status", "deployment/private", "--timeout=180s")
    yield
    for item in private.objects():
        kubectl("-n", "demo", "delete", item["kind"], private.NAME, "--wait=false")


def test_a_push_without_its_password_is_denied_and_with_it_published_and_pulled(namespace):
    image = f"{private.HOST}/{namespace.namespace}/secretive:1"
    spec = one({"run": "echo kept > /kept"}, publish=to(image))
    failure = fail(namespace, spec, "PushDenied", name="secretive")
    assert private.HOST in failure["message"]
    assert "no Secret of spec.registrySecrets names that host" in failure["message"]
    assert "registrySecrets" in failure["mend"]

    # The mend that the failure names: nothing of what is built changes.
    namespace.apply(private.secret("good"))
    namespace.apply(cluster.imagebuild("secretive", {**spec, "registrySecrets": GOOD}))
    status = cluster.until(namespace, "secretive", "Published")["status"]
    digest = status["published"][0]["digest"]
    assert status["image"] == f"{private.HOST}/{namespace.namespace}/secretive@{digest}"

    reading = stages(stage({"run": "grep kept /kept"}, base=image))
    namespace.apply(
        cluster.imagebuild("stranger", reading),
        cluster.imagebuild("friend", {**reading, "registrySecrets": GOOD}),
    )
    cluster.until(namespace, "friend", "Built")
    found = cluster.until(namespace, "stranger", "RegistryAuth")
    assert private.HOST in found["status"]["failure"]["message"]
    assert "registrySecrets" in found["status"]["failure"]["mend"]
    assert_nobody_reads_the_password(namespace)


def test_a_wrong_password_is_denied_and_shown_to_nobody(namespace):
    wrong = "a-password-that-nobody-has"
    namespace.apply(private.secret("wrong", password=wrong))
    spec = one(
        {"run": "true"},
        publish=to(f"{private.HOST}/{namespace.namespace}/secretive:1"),
        registrySecrets=[{"name": "wrong"}],
    )
    failure = fail(namespace, spec, "PushDenied")
    assert private.HOST in failure["message"]
    assert "Secret wrong" in failure["message"]
    assert_nobody_reads_the_password(namespace, wrong)


def test_a_build_whose_registry_secret_is_absent_says_so_and_starts_when_it_is_there(namespace):
    image = f"{private.HOST}/{namespace.namespace}/late:1"
    spec = one({"run": "true"}, publish=to(image), registrySecrets=GOOD)
    namespace.apply(cluster.imagebuild("late", spec))
    found = cluster.until(namespace, "late", "WaitingForSecret")
    assert "there is no Secret good" in cluster.condition(found)["message"]
    assert not cluster.condition(found, "Stalled")
    namespace.apply(private.secret("good"))
    status = cluster.until(namespace, "late", "Published")["status"]
    assert status["build"]["attempt"] == 1


def test_a_registry_secret_that_holds_no_credentials_is_named(namespace):
    broken = {**private.secret("broken"), "type": "Opaque"}
    broken["stringData"] = {".dockerconfigjson": "no JSON"}
    namespace.apply(broken)
    failure = fail(
        namespace, one({"run": "true"}, registrySecrets=[{"name": "broken"}]), "CredentialInvalid"
    )
    assert "broken" in failure["message"]
    assert "no JSON" not in failure["message"]


def assert_nobody_reads_the_password(namespace, password=private.PASSWORD):
    """It stands in no object but its Secret, in no log, and in no form of it."""
    forms = [password, base64.b64encode(f"{private.USER}:{password}".encode()).decode()]
    kinds = "imagebuilds.imagebuild.dev,jobs,pods,configmaps,events"
    read = {"objects": namespace("get", kinds, "-o", "yaml")}
    pods = namespace.items("pods")
    assert pods
    for pod in pods:
        name = pod["metadata"]["name"]
        read[name] = namespace("logs", name, "--all-containers", "--ignore-errors")
    assert all(read.values())
    told = {(place, form) for place, text in read.items() for form in forms if form in text}
    assert not told, json.dumps(sorted(told))
