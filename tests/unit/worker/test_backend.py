"""What the daemon says of itself."""

import json
from pathlib import Path

import pytest

from imagebuild.worker.solve import backend

NATIVE = (Path(__file__).parent / "traces/native.workers.json").read_text()


def test_a_daemon_that_copies_layers_is_warned_of_with_what_to_mend() -> None:
    said = backend.read(NATIVE)
    assert (said.snapshotter, said.copies) == ("native", True)
    assert "kernel of 5.11" in said.warning
    assert "emptyDir" in said.warning


def test_of_a_daemon_with_an_overlay_nothing_is_warned() -> None:
    said = backend.read(NATIVE.replace('"native"', '"overlayfs"'))
    assert (said.snapshotter, said.copies, said.warning) == ("overlayfs", False, "")


def test_the_first_platform_is_the_nodes_own() -> None:
    platforms = ("linux/amd64", "linux/amd64/v2", "linux/amd64/v3", "linux/386")
    assert backend.read(NATIVE).platforms == platforms


@pytest.mark.parametrize("text", ["", "error: no daemon", "[]", "[{}]", "null", "3"])
def test_what_says_nothing_of_a_daemon_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        backend.read(text)


def test_labels_without_a_snapshotter_leave_it_open() -> None:
    assert backend.read(json.dumps([{"labels": {}, "platforms": []}])) == backend.Backend()
