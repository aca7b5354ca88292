"""The examples that need nothing but the cluster: what comes out of each."""

import json

import pytest
from tests import cluster
from tests.e2e import examples, volume

# How each file that zstd wrote begins (RFC 8878).
ZSTD = bytes.fromhex("28b52ffd")
FILES = ("test-gate", "shared-base", "files", "mounts", "chained", "secret")


@pytest.fixture(scope="module")
def built(shared, registry):
    """Begin all at once; asked for one, its image and status once it is published."""
    shared.apply(*(item for file in FILES for item in examples.objects(file, shared, registry)))
    return lambda name, **more: examples.published(shared, registry, name, **more)


def test_a_gate_is_run_and_no_image_holds_it(built):
    image, status = built("test-gate")
    assert list(image.texts(above=1)) == ["/app/greet.sh"]
    assert image.entry("/app/greet.sh").mode == 0o755
    assert image.config["config"]["Entrypoint"] == ["/app/greet.sh"]
    assert image.config["config"]["User"] == "65532"
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states == {"app": "Succeeded", "test": "Succeeded", "final": "Succeeded"}
    assert [entry["stage"] for entry in status["published"]] == ["final"]


def test_two_services_share_the_layers_of_their_base(built, shared, registry):
    image, status = built("shared-base")
    web, worker = (registry.pull(entry["image"]) for entry in status["published"])
    assert web.digest == image.digest
    # Alpine's, and the two steps of the base.
    assert web.manifest["layers"][:3] == worker.manifest["layers"][:3]
    assert web.config["config"]["ExposedPorts"] == {"8080/tcp": {}}
    assert "ExposedPorts" not in worker.config["config"]
    for service, name in ((web, "web"), (worker, "worker")):
        assert service.read("/etc/service").decode() == name
        assert service.config["config"]["Cmd"] == ["sh", f"/usr/local/bin/{name}.sh"]
        assert service.read("/etc/motd") == b"set up once\n"
    (described,) = [row for row in status["stages"] if "description" in row]
    assert (described["name"], described["description"]) == ("base", "What every service has.")
    assert cluster.output(shared, status["image"]) == "web: serving\n"


def test_a_file_is_written_as_it_stands(built, shared):
    image, status = built("files")
    assert image.texts(above=1) == {
        "/etc/motd": "Costs $5, not ${PRICE}.\n",
        "/srv/greet": '#!/bin/sh\necho "Hello, ${1:-$USER}"\n',
    }
    greet, motd = image.entry("/srv/greet"), image.entry("/etc/motd")
    assert (greet.uid, greet.gid, greet.mode) == (65532, 65532, 0o755)
    assert (motd.uid, motd.gid, motd.mode) == (0, 0, 0o644)
    assert cluster.output(shared, status["image"]) == "Hello, files\n"


def test_a_step_uses_its_secrets_and_no_layer_holds_them(built):
    image, status = built("secret")
    assert image.texts(above=1) == {"/fetched/answer": "{}", "/fetched/machines": "1\n"}
    assert "of-your-own-here" not in json.dumps([image.config, status])


def test_nothing_that_was_mounted_is_in_the_image(built):
    image, _ = built("mounts", warned=("CacheMountNotKept",))
    assert image.texts(above=1) == {"/result": "two\none\n"}
    assert image.config["config"]["Cmd"] == ["cat", "/result"]


def test_an_image_builds_upon_what_another_imagebuild_publishes(built):
    base, below = built("platform-base")
    image, status = built("service")
    assert image.read("/etc/service") == b"built upon release 1\n"
    layers = base.manifest["layers"]
    assert image.manifest["layers"][: len(layers)] == layers
    assert image.config["config"]["User"] == "65532"
    assert status["contexts"] == [{"name": "base", "digest": below["published"][0]["digest"]}]


def test_an_archive_in_a_volume_is_an_image_compressed_by_zstd(namespace, registry):
    claim, build = examples.objects("archive", namespace, registry)
    made = volume.make(namespace, claim["metadata"]["name"])
    namespace.apply(build)
    status = cluster.until(namespace, "archive", "Published", seconds=120)["status"]
    (entry,) = status["published"]
    assert entry["archive"] == "archives:files/archive-1.0.tar"
    assert "image" not in entry
    assert "image" not in status
    archive = made.archive("files/archive-1.0.tar")
    assert archive.digest == entry["digest"]
    *_, own = archive.manifest["layers"]
    assert own["mediaType"] == "application/vnd.oci.image.layer.v1.tar+zstd"
    assert archive.blobs[own["digest"]].startswith(ZSTD)
    assert archive.config["config"]["Cmd"] == ["cat", "/etc/motd"]
    assert archive.config["config"]["User"] == "65532"
