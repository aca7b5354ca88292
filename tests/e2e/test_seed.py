"""The example that it all began with: a Go program from two stages, as fields and as Dockerfile."""

import hashlib
from pathlib import Path

import yaml
from tests import cluster

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = {"hello-go.yaml": "hello", "hello-go-dockerfile.yaml": "hello-dockerfile"}


def example(file, kubectl, registry):
    """The example in the test's namespace, published below that namespace's name."""
    found = yaml.safe_load((EXAMPLES / file).read_text())
    name = found["metadata"]["name"]
    found["metadata"]["namespace"] = kubectl.namespace
    found["spec"]["publish"][0]["images"] = [f"{registry.name}/{kubectl.namespace}/{name}:1.0"]
    return found


def contents(image):
    """What each path of an image holds, times apart."""
    found = {}
    for layer in image.layers():
        for entry in layer:
            data = layer.extractfile(entry).read() if entry.isfile() else b""
            owner = (entry.uid, entry.gid, oct(entry.mode), entry.type, entry.linkname)
            found[entry.name] = (*owner, hashlib.sha256(data).hexdigest())
    return found


def runner(image):
    container = {"name": "run", "image": image}
    spec = {"restartPolicy": "Never", "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "run"}, "spec": spec}


def test_the_seed_as_stages_and_as_dockerfile_gives_the_same_image_and_the_node_runs_it(
    namespace, registry
):
    namespace.apply(*(example(file, namespace, registry) for file in NAMES))
    found = {
        name: cluster.until(namespace, name, "Published", seconds=180)["status"]
        for name in NAMES.values()
    }

    images = {name: registry.pull(status["image"]) for name, status in found.items()}
    for name, status in found.items():
        assert registry.pull(f"{namespace.namespace}/{name}:1.0").digest == images[name].digest
        (row,) = status["published"]
        expected = published(images[name], status, name)
        assert {key: row[key] for key in row.keys() & expected.keys()} == expected
        weighs_less_than_its_builder(row, images[name])
        says_what_it_took(status["build"], namespace)
        assert "its builder stage" in cluster.condition({"status": status})["message"]
        assert "current" not in status
        assert status["progress"] == "2/2"
        assert status["build"]["attempt"] == 1
        assert [s["state"] for s in status["stages"]] == ["Succeeded", "Succeeded"]
        assert all(s["stepsDone"] == s["steps"] for s in status["stages"])
        assert all(s["durationMs"] > 0 and s["startedAt"] for s in status["stages"])
        assert images[name].config["config"]["Cmd"] == ["main"]
        left_behind = [p for p in images[name].files() if p.endswith((".go", "/bin/go"))]
        assert not left_behind, "the compiler and the source stay in the builder stage"
    # FROM, WORKDIR, COPY and RUN; FROM and COPY.
    assert [(s["name"], s["steps"]) for s in found["hello"]["stages"]] == [
        ("builder", 4),
        ("final", 2),
    ]
    assert contents(images["hello"]) == contents(images["hello-dockerfile"])

    namespace.apply(runner(found["hello"]["image"]))
    assert cluster.ended(namespace, "run", "run") == 0
    assert namespace("logs", "run").strip() == "Hello, multi-stage"


def published(image, status, name):
    """What status.published says of an image, by the registry's own account of it."""
    layers = image.manifest["layers"]
    stage = {"stage": "final"} if name == "hello" else {}
    return {
        **stage,
        "image": f"{status['image'].partition('@')[0]}@{image.digest}",
        "digest": image.digest,
        "tags": [f"{status['image'].partition('@')[0]}:1.0"],
        "sizeBytes": sum(layer["size"] for layer in layers),
        "layers": len(layers),
    }


def weighs_less_than_its_builder(row, image):
    """What stages are for, in numbers; the layers themselves say how large they are unpacked."""
    config = image.config
    assert row["platforms"] == [f"{config['os']}/{config['architecture']}"]
    files = sum(entry.size for layer in image.layers() for entry in layer if entry.isfile())
    assert files / 2 < row["unpackedBytes"] < files * 2, "blocks are larger than their files"
    assert row["largestStage"]["name"] == "builder"
    assert row["largestStage"]["unpackedBytes"] > 20 * row["unpackedBytes"]
    bases = {base["image"]: base["digest"] for base in row["bases"]}
    assert set(bases) == {"golang:1.19", "alpine:3.18"}
    assert all(digest.startswith("sha256:") for digest in bases.values())


def says_what_it_took(build, kubectl):
    """Where its pod ran and how, and what came over the network."""
    nodes = {node["metadata"]["name"] for node in kubectl.items("nodes")}
    assert build["node"] in nodes
    assert build["profile"] in ("userns", "unconfined")
    assert build["snapshotter"] in ("overlayfs", "native")
    assert build["startedAt"] <= build["workerStartedAt"] <= build["finishedAt"]
    assert (build["steps"], build["stepsCached"]) == (6, 0)
    assert build["pulledBytes"] > build["pushedBytes"] > 0
