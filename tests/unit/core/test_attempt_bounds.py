"""What bounds a build's daemon gets, by the settings and the limits of its pod."""

from dataclasses import replace

import pytest
from tests.builders import SETTINGS, made

from imagebuild.core.attempt import bounds
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Bounds

GIB = 1024**3
MANY = Bounds(processes=100, file_bytes=8 * GIB)


@pytest.mark.parametrize(
    ("setting", "limit", "state", "file"),
    [
        (None, None, None, 8 * GIB),
        (None, "20Gi", 20 * GIB, 8 * GIB),
        (None, "1Gi", GIB, GIB),
        (4 * GIB, None, 4 * GIB, 4 * GIB),
        (4 * GIB, "20Gi", 4 * GIB, 4 * GIB),
        (20 * GIB, "1G", 10**9, 10**9),
    ],
)
def test_the_lower_of_setting_and_limit_bounds_the_disk_and_each_file(setting, limit, state, file):
    resources = {"limits": {"ephemeral-storage": limit}} if limit else {}
    found = bounds.of(replace(MANY, state_bytes=setting), resources)
    assert found == Bounds(processes=100, file_bytes=file, state_bytes=state)


def pod(*, limit=None, **settings):
    resources = {"limits": {"ephemeral-storage": limit}} if limit else None
    _, job = made(resources=resources, settings=replace(SETTINGS, **settings))
    return job["spec"]["template"]["spec"]


def sizes(found):
    """Of the volumes that lie on the node's disk and are the daemon's and the worker's."""
    return {v["name"]: v["emptyDir"] for v in found["volumes"] if v["name"] in ("state", "work")}


def command(found):
    """The three parts of the daemon's command: outside, within its namespace, itself."""
    words = next(c for c in found["containers"] if c["name"] == "buildkitd")["command"]
    first = words.index("--")
    second = words.index("--", first + 1)
    return words[:first], words[first + 1 : second], words[second + 1 :]


def limited(state):
    return {"state": {"sizeLimit": str(state)}, "work": {"sizeLimit": str(2 * state)}}


def test_volumes_have_a_size_only_where_the_disk_is_bounded():
    assert sizes(pod()) == {"state": {}, "work": {}}
    assert sizes(pod(limit="1Gi")) == limited(GIB)


def test_the_setting_alone_bounds_contexts_and_images_too():
    assert sizes(pod(bounds=replace(MANY, state_bytes=3 * GIB))) == limited(3 * GIB)


def test_the_default_limits_bound_the_disk_too():
    found = pod(resources={"limits": {"ephemeral-storage": "2Gi"}})
    assert sizes(found) == limited(2 * GIB)
    assert f"--state-bytes={2 * GIB}" in command(found)[1]


def test_the_daemon_is_told_its_bounds_within_its_own_user_namespace():
    _, within, daemon = command(pod(bounds=MANY, limit="1Gi"))
    assert within[0] == "rootlesskit"
    assert within[-3:] == ["--processes=100", f"--file-bytes={GIB}", f"--state-bytes={GIB}"]
    assert daemon[0] == "buildkitd"


@pytest.mark.parametrize(
    ("kind", "expected"), [(Kind.USERNS, ["--processes=100"]), (Kind.UNCONFINED, [])]
)
def test_processes_are_bounded_outside_of_it_only_where_no_other_pod_is_counted(kind, expected):
    outside, within, _ = command(pod(bounds=MANY, profile=Profile(kind)))
    assert [word for word in outside if word.startswith("--")] == expected
    assert "--processes=100" in within
