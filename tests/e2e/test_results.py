"""What a build gives: all or nothing, to several places, for several platforms, reproducibly."""

import itertools
import json

import pytest
from tests import cluster
from tests.e2e import volume
from tests.e2e.builds import published
from tests.e2e.specs import ALPINE, one, stage, stages
from tests.e2e.test_failures import fail

ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd"
ARM64 = 183  # e_machine in an ELF header
STAGES = 100


def test_a_gate_that_fails_keeps_everything_from_being_published(namespace, registry):
    where = f"{registry.name}/{namespace.namespace}"
    spec = stages(
        stage({"run": "echo app > /app"}, name="app"),
        stage({"run": "echo not as expected; exit 3"}, name="test", base="app"),
        stage({"copy": ["/app"], "from": "app", "to": "/"}, name="final", base="scratch"),
        gates=["test"],
        publish=[
            {"stage": "final", "images": [f"{where}/final:1"]},
            {"stage": "app", "images": [f"{where}/app:1"]},
        ],
    )
    failure = fail(namespace, spec, "StepFailed")
    assert failure["stage"] == "test"
    assert failure["logTail"] == "not as expected"
    assert not registry.has(f"{where}/final:1")
    assert not registry.has(f"{where}/app:1")


def test_a_stage_that_fails_keeps_the_others_from_being_published(namespace, registry):
    where = f"{registry.name}/{namespace.namespace}"
    spec = stages(
        stage({"run": "echo good > /good"}, name="good"),
        stage({"run": "exit 1"}, name="bad"),
        publish=[
            {"stage": "good", "images": [f"{where}/good:1"]},
            {"stage": "bad", "images": [f"{where}/bad:1"]},
        ],
    )
    assert fail(namespace, spec, "StepFailed")["stage"] == "bad"
    assert not registry.has(f"{where}/good:1")


def test_facts_labels_and_annotations_come_out_in_every_image(namespace, registry, outside):
    files = {"files": {"a": "a\n"}}
    git = outside.repository(
        "results", {"name": "head", "at": "2026-01-31T12:00:00Z", "tag": "v1.0", **files}
    )
    where = f"{registry.name}/{namespace.namespace}"
    copying = {"copy": ["."], "to": "/"}
    own = {"org.opencontainers.image.source": "https://example.com/own", "org.example.a": "stage"}
    spec = stages(
        stage(copying, name="one", base="scratch", labels=own),
        stage(copying, name="two", base="scratch"),
        context={"git": {"url": git.url, "ref": "v1.0"}},
        publish=[
            {
                "stage": "one",
                "images": [f"{where}/one:$(time)-$(commit7)", f"{where}/one:$(branch)"],
                "labels": {"org.example.a": "$(name) $$(name) $(number)"},
                "annotations": {"org.example.note": "$(date)"},
            },
            {"stage": "two", "images": [f"{where}/two:$(tag)", f"{where}/two:n-$(number)"]},
        ],
    )
    namespace.apply(cluster.imagebuild("results", spec))
    status = cluster.until(namespace, "results", "Published")["status"]
    commit = git.commits["head"]
    one_, two = status["published"]
    # A tag is no branch, so there is no image that is named by one.
    assert one_["tags"] == [f"{where}/one:20260131120000-{commit[:7]}"]
    assert two["tags"] == [f"{where}/two:v1.0", f"{where}/two:n-1"]
    first, second = (registry.pull(entry["image"]) for entry in (one_, two))
    labels, plain = (image.config["config"]["Labels"] for image in (first, second))
    assert labels["org.example.a"] == "results $(name) 1"
    assert labels["org.opencontainers.image.source"] == "https://example.com/own"
    assert plain["org.opencontainers.image.source"] == git.url
    assert first.manifest["annotations"]["org.example.note"] == "2026-01-31"
    assert "org.example.note" not in second.manifest["annotations"]
    for found in (labels, plain, first.manifest["annotations"], second.manifest["annotations"]):
        assert found["org.opencontainers.image.revision"] == commit
        assert found["org.opencontainers.image.created"]


def test_layers_compressed_by_zstd_are_run_by_the_node(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/zstd:1"
    archive = {"persistentVolumeClaim": {"claimName": "archives"}, "path": "zstd.tar"}
    publish = {"images": [image], "archive": archive, "compression": {"type": "Zstd"}}
    making = stage({"run": "echo from zstd > /made"}, name="make")
    copying = {"copy": ["/bin/busybox", "/made"], "from": "make", "to": "/bin/"}
    command = ["/bin/busybox", "cat", "/bin/made"]
    spec = stages(
        making, stage(copying, name="final", base="scratch", cmd=command), publish=[publish]
    )
    archives = volume.make(namespace, "archives")
    namespace.apply(cluster.imagebuild("zstd", spec))
    status = cluster.until(namespace, "zstd", "Published", seconds=120)["status"]
    (entry,) = status["published"]
    assert {layer["mediaType"] for layer in registry.pull(image).manifest["layers"]} == {ZSTD}
    assert archives.archive("zstd.tar").digest == entry["digest"]
    assert cluster.output(namespace, status["image"]) == "from zstd\n"


def test_an_archive_that_cannot_be_written_is_told_and_nothing_is_pushed(namespace, registry):
    volume.make(namespace, "archives").write("in-the-way", "a file\n")
    image = f"{registry.name}/{namespace.namespace}/both:1"
    archive = {"persistentVolumeClaim": {"claimName": "archives"}, "path": "in-the-way/a.tar"}
    spec = one({"run": "true"}, publish=[{"images": [image], "archive": archive}])
    failure = fail(namespace, spec, "ArchiveFailed")
    assert "in-the-way" in failure["message"]
    assert not registry.has(image)


def test_without_a_commit_the_times_of_a_reproducible_image_are_the_epochs(namespace, registry):
    spec = one({"run": "echo a > /a"}, timestamps="Source")
    first, _ = published(namespace, registry, spec, name="first")
    second, _ = published(namespace, registry, spec, name="second")
    assert first.digest == second.digest
    assert first.config["created"] == "1970-01-01T00:00:00Z"
    assert {item.mtime for item in first.layers()[-1]} == {0}


def test_without_a_network_a_step_sees_none(namespace, registry):
    seen = "tail -n +3 /proc/net/dev | cut -d: -f1 > /seen"
    image, _ = published(namespace, registry, one({"run": seen}, network="None"), name="alone")
    assert image.read("/seen").split() == [b"lo"]


def program(machine):
    """The smallest program for a kind of processor: nothing but a header of ELF."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += (2).to_bytes(2, "little") + machine.to_bytes(2, "little") + (1).to_bytes(4, "little")
    entry = (0x400078).to_bytes(8, "little")
    offset = (64).to_bytes(8, "little")
    sizes = b"".join(n.to_bytes(2, "little") for n in (64, 56, 1, 64, 0, 0))
    segment = (1).to_bytes(4, "little") + (5).to_bytes(4, "little")
    segment += b"".join(n.to_bytes(8, "little") for n in (0, 0x400000, 0x400000, 120, 120, 4096))
    return header + entry + offset + bytes(12) + sizes + segment


def test_a_step_of_a_foreign_platform_fails_with_that_very_reason(namespace, outside):
    file = outside.file("program-arm64", program(ARM64))
    fetched = {"url": file.url, "checksum": f"sha256:{file.sha256}"}
    spec = stages(
        stage(
            {"add": fetched, "to": "/program", "chmod": "0755"},
            {"exec": ["/program"]},
            base="scratch",
        ),
        platforms=["linux/arm64"],
    )
    failure = fail(namespace, spec, "PlatformMismatch")
    assert failure["path"] == "spec.stages[0].steps[1]"
    assert "exec format error" in failure["message"]


def test_a_hundred_chained_stages_fit_into_the_status(namespace, registry):
    names = [f"a-stage-with-a-name-of-some-length-{number:03}" for number in range(STAGES)]
    text = f"FROM {ALPINE} AS {names[0]}\n"
    for below, name in itertools.pairwise(names):
        text += f"FROM {below} AS {name}\nCOPY a /{name}\n"
    spec = {"dockerfile": {"inline": text}, "context": {"files": {"a": "a\n"}}}
    image, status = published(namespace, registry, spec, seconds=180, name="long")
    assert len(image.texts(above=1)) == STAGES - 1
    assert [row["name"] for row in status["stages"]] == names
    assert {row["state"] for row in status["stages"]} == {"Succeeded"}
    assert status["progress"] == f"{STAGES}/{STAGES}"
    assert len(json.dumps(status).encode()) < 64 * 1024
    (pod,) = namespace.items("pods")
    lines = namespace("logs", pod["metadata"]["name"], "-c", "progress").splitlines()
    assert lines
    assert max(len(line.encode()) for line in lines) <= 12 * 1024


@pytest.mark.parametrize("fields", [True, False], ids=["stages", "dockerfile"])
def test_a_stage_that_nobody_needs_never_resolves_its_base(namespace, fields):
    absent = "absent.invalid/never:1"
    if fields:
        spec = stages(
            stage({"run": "false"}, name="unneeded", base=absent),
            stage({"run": "true"}, name="final"),
        )
    else:
        text = f"FROM {absent} AS unneeded\nRUN false\nFROM {ALPINE} AS final\nRUN true\n"
        spec = {"dockerfile": {"inline": text}}
    namespace.apply(cluster.imagebuild("lean", spec))
    status = cluster.until(namespace, "lean", "Built")["status"]
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states == {"unneeded": "Skipped", "final": "Succeeded"}
