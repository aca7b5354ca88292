"""Fixtures for tests against the real cluster, which `hack/test` brings up."""

import collections
import contextlib
import os
import re
import uuid
from collections.abc import Iterator

import pytest
from tests import cluster

# How often a namespace's story is told: that of many tests grows with each.
_OFTEN = 2
_TOLD = pytest.StashKey[collections.Counter[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a failed test tell the story of its namespaces."""
    report = yield
    if report.failed:
        told = item.config.stash.setdefault(_TOLD, collections.Counter())
        for found in getattr(item, "funcargs", {}).values():
            if isinstance(found, cluster.Kubectl) and found.namespace:
                told[found.namespace] += 1
                if told[found.namespace] <= _OFTEN:
                    report.sections.append((f"story of {found.namespace}", cluster.story(found)))
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
    with _own(kubectl, request.node.name) as own:
        yield own


@pytest.fixture(scope="module")
def shared(kubectl: cluster.Kubectl, request: pytest.FixtureRequest) -> Iterator[cluster.Kubectl]:
    """kubectl in a namespace that the tests of a module share; it too tells its story."""
    with _own(kubectl, request.node.path.stem) as own:
        yield own


@contextlib.contextmanager
def _own(kubectl: cluster.Kubectl, of: str) -> Iterator[cluster.Kubectl]:
    words = re.sub(r"[^a-z0-9]+", "-", of.removeprefix("test_").lower())
    name = f"t-{words[:40].strip('-')}-{uuid.uuid4().hex[:6]}"
    kubectl("create", "namespace", name)
    yield kubectl.within(name)
    kubectl("delete", "namespace", name, "--wait=false")
