"""Fixtures of the worker's tests: recorded traces, a place to work in, limits."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests import registries

from imagebuild.worker import limits, workspace
from imagebuild.worker.solve import trace

TRACES = Path(__file__).parent / "traces"


@pytest.fixture
def recorded() -> Callable[[str], Iterator[trace.Event]]:
    """The events of a recorded trace, by its name."""

    def events(name: str) -> Iterator[trace.Event]:
        for line in (TRACES / f"{name}.jsonl").read_text().splitlines():
            yield from trace.read(line)

    return events


@pytest.fixture
def output() -> Callable[[str], str]:
    """The end of what buildctl printed when a trace was recorded, by its name."""
    return lambda name: (TRACES / f"{name}.output.txt").read_text()


@pytest.fixture
def within() -> limits.Limits:
    """Limits that no test reaches unless something hangs."""
    return limits.Limits(time.monotonic() + 30, threading.Event())


@pytest.fixture
def registry() -> Iterator[registries.Registry]:
    """An empty registry on this machine."""
    with registries.serving() as found:
        yield found


@pytest.fixture
def space(tmp_path: Path) -> workspace.Workspace:
    """A place to work in, for git repositories on this machine too."""
    root = tmp_path / "work"
    root.mkdir()
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    return workspace.Workspace(
        root=root,
        credentials=credentials,
        socket=tmp_path / "buildkitd.sock",
        environment={**os.environ, "HOME": str(root)},
        git_schemes=("https", "http", "ssh", "file"),
    )
