"""Builds that take more of their node than they may, all at once, and a neighbour of theirs.

The settings of the tests bound processes and files more tightly in namespaces of this module.
"""

import io
import tarfile

import pytest
from tests import cluster
from tests.e2e.specs import one, stage, stages, to

GIB = 1024**3


def storage(size):
    return {"resources": {"limits": {"ephemeral-storage": size}}}


# name -> (what its only step does, further fields of the spec, reason, what is said, and to do)
ENEMIES = {
    "bomb": (
        "b() { b | b & }\nb\nsleep 600",
        {},
        "TooManyProcesses",
        r"may have 384|can't fork",
        "bounds.processes",
    ),
    "one-file": (
        "yes > /file",
        storage("200Mi"),
        "DiskFull",
        "it may fill 200 MiB|a file grew larger",
        "spec.resources.limits.ephemeral-storage",
    ),
    "many-files": (
        "mkdir /d\ni=0\nwhile :; do i=$((i+1)); echo > /d/$i; done",
        storage("64Mi"),
        "DiskFull",
        "it may fill 64 MiB",
        "spec.resources.limits.ephemeral-storage",
    ),
    "deleted-files": (
        "for i in 1 2 3; do\n  exec 3> /file\n  rm /file\n  (yes | head -c 150m >&3; sleep 600) &\n"
        "done\nwait",
        storage("200Mi"),
        "DiskFull",
        "it may fill 200 MiB",
        "spec.resources.limits.ephemeral-storage",
    ),
    "large-file": (
        "dd if=/dev/zero of=/file bs=1M count=1000",
        {},
        "DiskFull",
        "a file grew larger than one may be (exit code 1: dd: error writing",
        "bounds.fileSize",
    ),
}


@pytest.fixture(scope="module")
def beset(shared, outside, registry):
    """A namespace in which all of them build, and a neighbour that began after them."""
    enemies = [
        cluster.imagebuild(name, one({"run": script}, **fields))
        for name, (script, fields, *_) in ENEMIES.items()
    ]
    file = outside.file("huge.tar.gz", huge_archive())
    huge = {"http": {"url": file.url, "sha256": file.sha256}}
    copying = stage({"copy": ["."], "to": "/"}, base="scratch")
    enemies.append(cluster.imagebuild("huge-context", stages(copying, context=huge)))
    shared.apply(*enemies)
    for name in ENEMIES:
        cluster.wait_until(lambda name=name: shared.get("job", f"{name}-1-1"), what=f"{name} began")
    image = f"{registry.name}/{shared.namespace}/neighbour:1"
    neighbour = one({"run": "sleep 1\necho built > /here"}, publish=to(image))
    shared.apply(cluster.imagebuild("neighbour", neighbour))
    return shared


def huge_archive():
    """An archive whose only file is said to be of 3 GiB."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        member = tarfile.TarInfo("zeros")
        member.size = 3 * GIB
        archive.addfile(tarfile.TarInfo("first"))
        archive.fileobj.write(member.tobuf())
    return content.getvalue()


def test_a_neighbour_is_built_and_published_meanwhile(beset, registry):
    status = cluster.until(beset, "neighbour", "Published")["status"]
    assert status["build"]["attempt"] == 1
    assert registry.pull(status["image"]).read("/here") == b"built\n"


@pytest.mark.parametrize("name", ENEMIES)
def test_a_build_that_takes_too_much_is_ended_with_what_and_where(beset, name):
    _, _, reason, said, mend = ENEMIES[name]
    found = cluster.until(beset, name, reason)
    failure = found["status"]["failure"]
    assert failure["path"] == "spec.stages[0].steps[0]"
    assert any(words in failure["message"] for words in said.split("|")), failure["message"]
    # The kubelet would have come a minute later.
    assert "vict" not in failure["message"]
    assert mend in failure["mend"]
    assert found["status"]["build"]["attempt"] == 1


def test_a_context_that_is_too_large_is_refused_before_it_is_written(beset):
    failure = cluster.until(beset, "huge-context", "ContextTooLarge")["status"]["failure"]
    assert "more than 2 GiB" in failure["message"]
    assert failure["path"].startswith("spec.context")


def test_an_image_of_more_layers_than_runtimes_unpack_is_refused_at_once(beset, registry):
    text = "FROM alpine:3.18 AS deep\n" + "RUN true\n" * 127
    image = f"{registry.name}/{beset.namespace}/deep:1"
    beset.apply(cluster.imagebuild("deep", {"dockerfile": {"inline": text}, "publish": to(image)}))
    failure = cluster.until(beset, "deep", "TooManyLayers")["status"]["failure"]
    assert "128 layers" in failure["message"]
    assert failure["stage"] == "deep"
    assert not registry.has(image)
