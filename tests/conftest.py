"""Fixtures for tests against the real cluster, which `hack/test` brings up."""

import os
import re
import uuid
from collections.abc import Iterator

import pytest
from tests import cluster

_OUTCOME = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep how the test ended, for fixtures that tell its story."""
    report = yield
    if report.when == "call" or report.failed:
        item.stash[_OUTCOME] = report
    return report


@pytest.fixture(scope="session")
def kubectl() -> cluster.Kubectl:
    """kubectl for the whole cluster."""
    if "IMAGEBUILD_KUBECONFIG" not in os.environ:
        pytest.fail("no cluster: run this by hack/test, which brings one up", pytrace=False)
    return cluster.connect()


@pytest.fixture
def namespace(
    kubectl: cluster.Kubectl, request: pytest.FixtureRequest
) -> Iterator[cluster.Kubectl]:
    """kubectl in a namespace of the test's own; when the test fails, its story is printed."""
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    name = f"t-{words[:40].strip('-')}-{uuid.uuid4().hex[:6]}"
    kubectl("create", "namespace", name)
    own = kubectl.within(name)
    yield own
    outcome = request.node.stash.get(_OUTCOME, None)
    if outcome is not None and outcome.failed:
        print(cluster.story(own))  # noqa: T201 - pytest shows it with the failure
    kubectl("delete", "namespace", name, "--wait=false")
