"""Fixtures of the end-to-end tests: the registry, the names of the project's images."""

import os

import pytest
from tests.e2e.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Read the cluster's registry."""
    return Registry(os.environ["IMAGEBUILD_REGISTRY"])


@pytest.fixture(scope="session")
def builder_image() -> str:
    """Name the image that build pods run."""
    return os.environ["IMAGEBUILD_BUILDER_IMAGE"]
