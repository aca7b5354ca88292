"""Fixtures of the end-to-end tests: the registry, servers, the names of the project's images."""

import os
import uuid
from collections.abc import Iterator

import pytest
from tests import cluster
from tests.e2e import authority as authorities
from tests.e2e import gitserver as gitservers
from tests.e2e import outside as servers
from tests.e2e import secured as registries
from tests.e2e.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Read the cluster's registry."""
    return Registry(os.environ["IMAGEBUILD_REGISTRY"])


@pytest.fixture(scope="session")
def builder_image() -> str:
    """Name the image that build pods run."""
    return os.environ["IMAGEBUILD_BUILDER_IMAGE"]


@pytest.fixture(scope="session")
def outside(kubectl: cluster.Kubectl, builder_image: str) -> Iterator[servers.Outside]:
    """Start the server of repositories and files, which only this fixture's methods write to."""
    own = kubectl.within(f"t-outside-{uuid.uuid4().hex[:6]}")
    kubectl("create", "namespace", own.namespace)
    try:
        with cluster.telling(own):
            made = servers.start(own, builder_image)
        yield made
    finally:
        kubectl("delete", "namespace", own.namespace, "--wait=false")


@pytest.fixture(scope="session")
def authority(kubectl: cluster.Kubectl, registry: Registry) -> Iterator[authorities.Authority]:
    """Make an authority, and the namespace of the servers that it vouches for."""
    own = kubectl.within(f"t-secured-{uuid.uuid4().hex[:6]}")
    kubectl("create", "namespace", own.namespace)
    try:
        digest = registry.pull(authorities.IMAGE).digest
        repository = authorities.IMAGE.partition(":")[0]
        with cluster.telling(own):
            made = authorities.found(own, f"{registry.name}/{repository}@{digest}")
        yield made
    finally:
        kubectl("delete", "namespace", own.namespace, "--wait=false")


@pytest.fixture(scope="session")
def secured(authority: authorities.Authority) -> registries.Secured:
    """Start the registry that has TLS and a password."""
    with cluster.telling(authority.kubectl):
        return registries.start(authority)


@pytest.fixture(scope="session")
def gitserver(authority: authorities.Authority) -> gitservers.GitServer:
    """Start the git server that has TLS, passwords, tokens and ssh."""
    with cluster.telling(authority.kubectl):
        return gitservers.start(authority)
