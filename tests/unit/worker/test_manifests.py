"""The layers of images, as a daemon gives out their manifests."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from imagebuild.contract.report import Image
from imagebuild.worker.limits import Limits, TimedOutError
from imagebuild.worker.solve import buildctl, manifests
from imagebuild.worker.workspace import Workspace

ONE = {"layers": [{"size": 10}, {"size": 5}]}
OTHER = {"layers": [{"size": 7}]}


def entry(digest: str, **platform: str) -> dict[str, Any]:
    return {"digest": digest, "platform": platform}


INDEX = {
    "manifests": [
        entry("arm", os="linux", architecture="arm64", variant="v8"),
        entry("amd", os="linux", architecture="amd64"),
        entry("absent", os="linux", architecture="s390x"),
        entry("attested", os="unknown", architecture="unknown"),
    ]
}
STORE = {"one": ONE, "index": INDEX, "arm": ONE, "amd": OTHER, "attested": OTHER, "odd": [1]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests that the daemon was asked for; it has what is in STORE."""
    digests: list[str] = []

    def ask(*words: str, **_: object) -> str:
        digests.append(words[-1])
        return json.dumps(STORE[words[-1]]) if words[-1] in STORE else "error: not found"

    monkeypatch.setattr(buildctl, "ask", ask)
    return digests


@pytest.mark.parametrize(
    ("digest", "platform", "layers"),
    [
        ("one", "", {"": (10, 5)}),
        ("one", "linux/arm64", {"": (10, 5)}),
        ("index", "", {"linux/arm64/v8": (10, 5), "linux/amd64": (7,)}),
        ("index", "linux/arm64", {"linux/arm64/v8": (10, 5)}),
        ("index", "linux/arm", {}),
        ("index", "linux/s390x", {}),
        ("absent", "", {}),
        ("odd", "", {}),
    ],
)
@pytest.mark.usefixtures("asked")
def test_an_image_has_layers_by_platform(
    space: Workspace, within: Limits, digest: str, platform: str, layers: manifests.Layers
) -> None:
    assert manifests.layers(digest, platform, workspace=space, limits=within) == layers


def test_of_an_index_only_the_platform_in_question_is_asked_for(
    space: Workspace, within: Limits, asked: list[str]
) -> None:
    manifests.layers("index", "linux/amd64", workspace=space, limits=within)
    assert asked == ["index", "amd"]


def test_a_daemon_that_takes_too_long_tells_of_no_layers(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: str, **__: object) -> str:
        raise TimedOutError

    monkeypatch.setattr(buildctl, "ask", ask)
    limits = Limits(time.monotonic(), threading.Event())
    assert manifests.layers("one", workspace=space, limits=limits) == {}


@pytest.mark.parametrize(
    ("layers", "image"),
    [
        ({"": (10, 5)}, Image(3, "d", size=15, layers=2)),
        ({"linux/arm64": (7,), "linux/amd64": (1, 1)}, Image(3, "d", size=7, layers=1)),
        ({}, Image(3, "d")),
    ],
)
def test_an_image_is_as_large_as_its_first_platform(
    layers: Mapping[str, tuple[int, ...]], image: Image
) -> None:
    assert manifests.image(3, "d", layers) == image
