from collections.abc import Callable, Iterator, Sequence

import pytest

from imagebuild.contract.picture import Base
from imagebuild.worker import dockerfile
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.solve import trace
from imagebuild.worker.solve.bases import Bases

Recorded = Callable[[str], Iterator[trace.Event]]

DIGEST = "sha256:" + "7e" * 32

FOUR = """\
FROM golang:1.19 AS builder
RUN x
FROM node:20-slim AS n
RUN x
FROM alpine:3.18
COPY --from=builder /a /a
COPY --from=n /hi /hi
RUN --mount=from=python:3.13-slim,target=/py ls /py | head -3
"""


def read(text: str) -> Dockerfile:
    return dockerfile.read(text, {}, platforms=())


def shown(names: Sequence[str], text: str = "", *, target: int = 0) -> tuple[Base, ...]:
    bases = Bases()
    for name in names:
        bases.take(trace.Vertex(name, name), read(text), target=target)
    return bases.shown


def test_every_image_of_a_recorded_build_is_shown_with_its_digest(recorded: Recorded) -> None:
    bases = Bases()
    for event in recorded("bases"):
        if isinstance(event, trace.Vertex):
            bases.take(event, read(FOUR), target=0)
    assert [(base.image, base.digest[:15], base.targets) for base in bases.shown] == [
        ("golang:1.19", "sha256:bda504b6", (0,)),
        ("node:20-slim", "sha256:e8db6db5", (0,)),
        ("alpine:3.18", "sha256:2888e30e", (0,)),
        ("python:3.13-slim", "sha256:df7f6d76", (0,)),
    ]


def test_a_base_is_that_of_the_targets_whose_solves_need_it(recorded: Recorded) -> None:
    bases = Bases()
    for target, name in enumerate(["targets-test", "targets-app", "cold"]):
        for event in recorded(name):
            if isinstance(event, trace.Vertex):
                bases.take(event, Dockerfile(), target=target)
    assert [(base.image, base.targets) for base in bases.shown] == [
        ("127.0.0.1:5555/base:1", (0, 1, 2))
    ]
    assert shown([f"[a 1/2] FROM b:1@{DIGEST}"], target=3)[0].targets == (3,)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("golang:1.19", f"docker.io/library/golang:1.19@{DIGEST}"),
        ("golang", f"docker.io/library/golang:latest@{DIGEST}"),
        (f"golang@{DIGEST}", f"docker.io/library/golang@{DIGEST}"),
        (f"golang:1.19@{DIGEST}", f"docker.io/library/golang:1.19@{DIGEST}"),
        ("docker.io/library/golang:1.19", f"docker.io/library/golang:1.19@{DIGEST}"),
        ("team/tool", f"docker.io/team/tool:latest@{DIGEST}"),
        ("localhost/tool:1", f"localhost/tool:1@{DIGEST}"),
    ],
)
def test_a_base_bears_the_name_that_its_user_wrote(written: str, said: str) -> None:
    known = f"FROM {written} AS a\nRUN x\n"
    assert shown([f"[a 1/2] FROM {said}"], known) == (Base(written, DIGEST, (0,)),)
    copied = f"FROM scratch AS a\nCOPY --from={written} / /\n"
    assert shown([f"FROM {said}"], copied) == (Base(written, DIGEST, (0,)),)


def test_arguments_in_a_base_have_their_values() -> None:
    text = "ARG VERSION=1.19\nFROM golang:$VERSION\n"
    said = f"[1/1] FROM docker.io/library/golang:1.19@{DIGEST}"
    assert shown([said], text) == (Base("golang:1.19", DIGEST, (0,)),)


def test_an_image_that_the_file_does_not_name_comes_last_by_buildkits_name() -> None:
    names = ["docker.io/library/a:1", "docker.io/team/b:1", "alpine:3"]
    found = shown([f"[x 1/1] FROM {name}@{DIGEST}" for name in names], "FROM alpine:3")
    assert [base.image for base in found] == ["alpine:3", "a:1", "docker.io/team/b:1"]


@pytest.mark.parametrize(
    "name",
    [
        f"[context base] docker.io/library/golang:1.19@{DIGEST}",
        f"[internal] load metadata for docker.io/library/golang:1.19@{DIGEST}",
        f"[a 2/3] RUN echo FROM golang:1.19@{DIGEST}",
        f"[a 2/3] COPY --from=golang:1.19@{DIGEST} / /",
        "[a 1/3] FROM docker.io/library/golang:1.19",
        "[a 1/3] FROM scratch",
    ],
)
def test_contexts_and_other_steps_are_no_bases(name: str) -> None:
    assert shown([name], "FROM golang:1.19") == ()
