"""What an image takes unpacked, and what it would take without stages."""

from tests import cluster
from tests.e2e.specs import stage, stages

BLOCK = 4096


def at_most(tree):
    """What the files of a tree can take on a disk: whole blocks, and one for each name."""
    return sum(len(entry.content) + 2 * BLOCK for entry in tree.values())


def test_an_image_says_what_it_takes_and_what_the_largest_stage_before_it_did(namespace, registry):
    where = f"{registry.name}/{namespace.namespace}"
    spec = stages(
        stage(
            {"run": "head -c 3000000 /dev/urandom > /large; head -c 400000 /dev/urandom > /small"},
            name="builder",
        ),
        stage({"copy": ["/small"], "from": "builder", "to": "/"}, name="final", base="scratch"),
        publish=[
            {"stage": "final", "images": [f"{where}/final:1"]},
            {"stage": "builder", "images": [f"{where}/builder:1"]},
        ],
    )
    namespace.apply(cluster.imagebuild("weighed", spec))
    status = cluster.until(namespace, "weighed", "Published", seconds=60)["status"]
    final, builder = status["published"]
    for image, least in ((final, 400_000), (builder, 3_400_000)):
        tree = registry.pull(image["image"]).tree()
        assert least <= image["unpackedBytes"] <= at_most(tree)
    assert final["largestStage"] == {"name": "builder", "unpackedBytes": builder["unpackedBytes"]}
    assert "largestStage" not in builder
    assert [image["platforms"] for image in status["published"]] == [["linux/amd64"]] * 2
    sizes = {found["name"]: found.get("unpackedBytes") for found in status["stages"]}
    assert sizes == {
        name: image["unpackedBytes"]
        for name, image in zip(("builder", "final"), (builder, final), strict=True)
    }


def test_a_node_with_an_overlay_is_said_and_not_warned_of(namespace):
    spec = stages(stage({"run": "true"}))
    namespace.apply(cluster.imagebuild("kept", spec))
    status = cluster.until(namespace, "kept", "Built", seconds=60)["status"]
    assert status["build"]["snapshotter"] == "overlayfs"
    assert "NativeSnapshotter" not in {found["rule"] for found in status.get("warnings", [])}
