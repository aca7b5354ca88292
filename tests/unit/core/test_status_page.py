"""The page on the status shows what the plan says: its examples are compared with it."""

import dataclasses
import re
from pathlib import Path

import yaml
from tests.builders import DIGEST, World, a_success

from imagebuild.api import crd
from imagebuild.contract.picture import Base, Phase, Picture, Stage, State

PAGE = Path(__file__).parents[3] / "docs/explanation/status.md"
STARTED = 1_769_860_803_000
BASES = (
    Base("golang:1.19", f"sha256:{'3f' * 32}", targets=(0,)),
    Base("alpine:3.18", DIGEST, targets=(0,)),
)
SHOWN = {"bases": BASES, "snapshotter": "overlayfs", "platforms": ("linux/amd64",)}


def examples():
    found = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [yaml.safe_load(text) for text in found]


def mid_build():
    world = World()
    world.look()
    world.wait(2)
    stages = (
        Stage(
            "builder",
            State.RUNNING,
            steps=3,
            done=2,
            started=STARTED,
            duration=6200,
            text="RUN go build -o main main.go",
        ),
        Stage("final", State.RUNNING, steps=2, done=1, started=STARTED, duration=900),
    )
    world.run(Picture(phase=Phase.BUILD, stages=stages, pulled=210_598_000, **SHOWN))
    world.look()
    return world


def done(world):
    world.wait(20)
    stages = (
        Stage("builder", State.SUCCEEDED, steps=3, done=3, unpacked=888_123_456, targets=(0,)),
        Stage("final", State.SUCCEEDED, steps=2, done=2, unpacked=9_123_456, targets=(0,)),
    )
    report = a_success()
    image = dataclasses.replace(report.images[0], size=4_562_100)
    picture = Picture(phase=Phase.DONE, stages=stages, pushed=4_562_000, **SHOWN)
    world.end(dataclasses.replace(report, images=(image,)), picture=picture)
    world.look()
    return world


def holds(shown, real, where="status"):
    """Asserts that all that is shown is there; the page cuts long texts by … and leaves out."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert key in real, f"{where}.{key}"
            holds(value, real[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert len(shown) == len(real), where
        for index, (one, other) in enumerate(zip(shown, real, strict=True)):
            holds(one, other, f"{where}[{index}]")
    else:
        pattern = ".*".join(map(re.escape, str(shown).split("…")))
        assert re.fullmatch(pattern, str(real)), f"{where}: {shown} is {real}"


def test_the_examples_are_what_the_plan_says():
    running, ended = examples()
    world = mid_build()
    holds(running, world.status)
    holds(ended, done(world).status)


def test_the_columns_of_the_page_are_those_of_the_crd():
    columns = crd.crd()["spec"]["versions"][0]["additionalPrinterColumns"]
    plain = [column["name"].upper() for column in columns if "priority" not in column]
    header = next(line for line in PAGE.read_text().splitlines() if line.startswith("NAME "))
    assert header.split() == ["NAME", *plain]
