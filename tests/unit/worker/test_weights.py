"""What stages take unpacked, of recorded builds and what the daemon kept of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Context, Dockerfile, Order, Target
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.solve import records, trace
from imagebuild.worker.solve.manifests import Layers
from imagebuild.worker.solve.weights import Stock

TRACES = Path(__file__).parent / "traces"

Recorded = Callable[[str], Iterator[trace.Event]]

GOLANG = "sha256:bda504b6026a88cfb42e346d97b50a7617cbc6a63f79706181176d5d036d5291"
ALPINE = "sha256:2888e30ec9a44f2cc03262913638e4549e3f370d95e8172c59373eff631cf586"
PYTHON = "sha256:df7f6d76278bdd7d1ae31d45dc319a815e87bdccac235e06ea0138a5833933cf"
IMAGES = {GOLANG: (207533352, 156), ALPINE: (1098960,), PYTHON: (53280147, 353)}

# What the files of the image themselves take, without its compressed layers.
ON_ALPINE = 2_039_808
ON_GOLANG = 680_759_296
ON_PYTHON = 142_761_984

TWO = "FROM golang:1.19 AS builder\nRUN x\nFROM alpine:3.18 AS final\nRUN x\n"
KINDS = """
FROM python:3.13-slim AS base
RUN x
FROM base AS same
FROM base AS child
RUN x
FROM scratch AS empty
COPY --from=base / /
COPY --from=child / /
COPY --from=same / /
"""
SIBLINGS = """
FROM python:3.13-slim AS base
RUN x
FROM base AS a
RUN x
FROM base AS b
RUN x
FROM base AS c
RUN x
FROM base AS d
RUN x
FROM scratch AS all
COPY x /
"""
LINKS = "FROM python:3.13-slim AS links\nRUN x\nFROM python:3.13-slim AS lazy\nCOPY x /\n"
CROSSED = "FROM python:3.13-slim AS build\nRUN x\nFROM scratch AS out\nCOPY --from=build / /\n"
CONTEXTS = "FROM files AS f\nCOPY x /\nFROM img AS i\nRUN x\nFROM scratch\nCOPY --from=f / /\n"
NATIVE = """
FROM alpine:3.18 AS base
RUN x
FROM base AS child
RUN x
FROM scratch AS out
COPY --from=child / /
COPY --link --from=base / /
"""

KINDS_SIZES = {
    "base": ON_PYTHON + 376_832,
    "same": ON_PYTHON + 376_832,
    "child": ON_PYTHON + 385_024,
    "empty": 237_568,
}


def order(text: str, **fields: object) -> Order:
    return replace(ORDER, dockerfile=Dockerfile(text=text), **fields)  # type: ignore[arg-type]


def kept(name: str) -> tuple[records.Record, ...]:
    return records.read((TRACES / f"{name}.kept.json").read_text())


@pytest.fixture
def weighed(recorded: Recorded) -> Callable[..., Drawing]:
    """The drawing of a recorded build, weighed."""

    def weigh(name: str, of: Order, stock: Stock, published: Mapping[int, Layers]) -> Drawing:
        drawn = Drawing(of)
        drawn.read(of.dockerfile.text or "")
        for event in recorded(name):
            drawn.take(event, target=0)
        drawn.end_solve(0)
        drawn.weigh(stock, published)
        return drawn

    return weigh


@pytest.mark.parametrize(
    ("name", "of", "layers", "sizes"),
    [
        (
            "pulled",
            order(TWO),
            {"": (1098960, 5244739, 740979, 31467054)},
            {"builder": ON_GOLANG + 32_702_464, "final": ON_ALPINE + 37_945_344},
        ),
        ("kinds", order(KINDS), {"": (205040, 131, 104)}, KINDS_SIZES),
        (
            "reproducible",
            order(KINDS, reproducible=True),
            {"": (205030, 122, 95)},
            KINDS_SIZES,
        ),
        (
            "siblings",
            order(SIBLINGS),
            {"": (98, 97, 107, 128)},
            {
                "base": ON_PYTHON + 8_192,
                "a": ON_PYTHON + 20_480,
                "b": ON_PYTHON + 20_480,
                "c": ON_PYTHON + 28_672,
                "d": ON_PYTHON + 49_152,
                "all": 69_632,
            },
        ),
        (
            "links",
            order(LINKS),
            {"": (53280147, 353, 101)},
            {"links": ON_PYTHON + 73_728, "lazy": ON_PYTHON + 8_192},
        ),
        (
            "from-contexts",
            order(CONTEXTS, contexts=(Context("files"), Context("img"))),
            {"": (482, 105)},
            {"f": 24_576, "i": ON_PYTHON + 8_192, "stage-2": 28_672},
        ),
        (
            "remote-cached-partly",
            order(TWO),
            {"": (53280147, 353, 174, 104)},
            {"builder": 0, "final": ON_PYTHON + 28_672},
        ),
    ],
)
def test_a_stage_takes_what_its_files_and_those_below_take(
    weighed: Callable[..., Drawing],
    name: str,
    of: Order,
    layers: Layers,
    sizes: Mapping[str, int],
) -> None:
    drawn = weighed(name, of, Stock(kept(name), IMAGES), {0: layers})
    shown = {stage.name: stage.unpacked for stage in drawn.picture().stages if stage.name in sizes}
    assert shown == sizes


def test_of_several_platforms_each_has_its_own_size_and_what_is_alike_has_none(
    weighed: Callable[..., Drawing],
) -> None:
    platforms = ("linux/amd64", "linux/arm64")
    layers = {"linux/amd64": (30900,), "linux/arm64": (10392,)}
    of = order(CROSSED, platforms=platforms)
    drawn = weighed("crossed", of, Stock(kept("crossed"), IMAGES), {0: layers})
    sizes = {(s.name, s.platform): s.unpacked for s in drawn.picture().stages}
    assert {sizes["build", platform] for platform in platforms} == {0}
    assert [sizes["out", platform] for platform in platforms] == [36_864, 16_384]


def test_where_each_record_is_a_copy_its_size_is_the_stages(
    weighed: Callable[..., Drawing],
) -> None:
    stock = Stock(kept("native"), IMAGES, copies=True)
    drawn = weighed("native", order(NATIVE), stock, {0: {"": (229, 132)}})
    sizes = {stage.name: stage.unpacked for stage in drawn.picture().stages}
    # What `COPY --link` brought together are links, which tell no size.
    assert sizes == {"base": 2_060_288, "child": 2_060_288, "out": 0}


def test_with_a_size_come_the_targets_that_are_made_of_the_stage(
    weighed: Callable[..., Drawing],
) -> None:
    of = order(KINDS, targets=(Target("child"), Target("empty")))
    drawn = weighed("kinds", of, Stock(kept("kinds"), IMAGES), {1: {"": (205040, 131, 104)}})
    targets = {stage.name: stage.targets for stage in drawn.picture().stages}
    assert targets == {"base": (0, 1), "same": (1,), "child": (0, 1), "empty": (1,)}


@pytest.mark.parametrize(
    ("stock", "published"),
    [
        (Stock(), {0: {"": (1098960, 5244739, 740979, 31467054)}}),
        (Stock(kept("pulled")), {}),
        (Stock(kept("pulled"), {GOLANG: (207533352,), ALPINE: (1098961,)}), {}),
        (Stock(kept("kinds"), IMAGES), {}),
    ],
    ids=["nothing-kept", "images-unknown", "other-images", "another-build"],
)
def test_what_is_not_known_safely_has_no_size(
    weighed: Callable[..., Drawing], stock: Stock, published: Mapping[int, Layers]
) -> None:
    drawn = weighed("pulled", order(TWO), stock, published)
    assert {(stage.unpacked, stage.targets) for stage in drawn.picture().stages} == {(0, ())}


def test_a_layer_of_unknown_size_leaves_the_image_without_one(
    weighed: Callable[..., Drawing],
) -> None:
    drawn = weighed("pulled", order(TWO), Stock(kept("pulled"), IMAGES), {})
    sizes = {stage.name: stage.unpacked for stage in drawn.picture().stages}
    assert (sizes["builder"], sizes["final"]) == (ON_GOLANG + 32_702_464, 0)


def test_of_two_records_with_the_same_words_the_one_this_build_used_counts(
    weighed: Callable[..., Drawing],
) -> None:
    plain = json.loads((TRACES / "pulled.kept.json").read_text())
    copied = next(r for r in plain if r["description"] == "[builder 3/4] COPY main.go .")
    older = {"createdAt": "2026-11-24T10:00:00Z", "lastUsedAt": "2026-11-24T11:00:00Z"}
    before = copied | older | {"id": "before", "size": 4096 * 1000}
    built = next(
        r for r in plain if "go build" in r["description"] and "/ from" in r["description"]
    )
    after_it = built | older | {"id": "after", "size": 4096 * 2000, "parents": ["before"]}
    both = records.read(json.dumps([before, after_it, *plain]))
    drawn = weighed("pulled", order(TWO), Stock(both, IMAGES), {})
    sizes = {stage.name: stage.unpacked for stage in drawn.picture().stages}
    assert sizes["builder"] == ON_GOLANG + 32_702_464


def test_the_images_of_a_build_are_asked_for_by_digest_and_platform(
    weighed: Callable[..., Drawing],
) -> None:
    pulled = weighed("pulled", order(TWO), Stock(), {})
    assert pulled.images() == {(GOLANG, ""), (ALPINE, "")}
    crossed = weighed("crossed", order(CROSSED, platforms=("linux/arm64",)), Stock(), {})
    assert crossed.images() == {(PYTHON, "linux/amd64")}
    contexts = weighed("from-contexts", order(CONTEXTS, platforms=("linux/arm64",)), Stock(), {})
    assert contexts.images() == {(PYTHON, "linux/arm64")}
