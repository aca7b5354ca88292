import csv
import dataclasses
import itertools
import socket
import threading
import time
from pathlib import Path

import pytest

from imagebuild.contract.order import Dockerfile, Order, Target
from imagebuild.contract.report import Cause
from imagebuild.worker import buildctl
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.workspace import Workspace

ORDER = Order(
    namespace="n",
    name="n",
    number=1,
    attempt=1,
    dockerfile=Dockerfile(text="FROM scratch"),
    targets=(Target(),),
    timeout_seconds=60,
    args={"A": "x,y=z", "B": ""},
)
ROOTS = {"context": Path("/w/contexts/context"), "base": Path("/w/contexts/base")}


def command(
    space: Workspace,
    order: Order = ORDER,
    *,
    stage: str | None = None,
    images: tuple[str, ...] = (),
) -> list[str]:
    solve = buildctl.Solve(stage, images, trace=Path("/w/t"), metadata=Path("/w/m"))
    return buildctl.command(order, solve, workspace=space, roots=ROOTS)


def values(argv: list[str], flag: str) -> list[str]:
    return [value for name, value in itertools.pairwise(argv) if name == flag]


def test_the_frontend_never_looks_for_a_syntax_line(space: Workspace) -> None:
    argv = command(space)
    assert values(argv, "--frontend") == ["dockerfile.v0"]
    assert "cmdline=dockerfile.v0" in values(argv, "--opt")


def test_arguments_reach_buildkit_as_they_stand(space: Workspace) -> None:
    options = values(command(space), "--opt")
    assert {"build-arg:A=x,y=z", "build-arg:B="} <= set(options)


def test_a_dockerfile_of_the_order_lies_apart_from_the_context(space: Workspace) -> None:
    argv = command(space)
    assert values(argv, "--local")[:2] == [
        "context=/w/contexts/context",
        f"dockerfile={space.dockerfile}",
    ]
    assert "filename=Dockerfile" in values(argv, "--opt")


def test_a_dockerfile_of_the_context_is_read_from_there(space: Workspace) -> None:
    order = dataclasses.replace(ORDER, dockerfile=Dockerfile(path="services/a/Dockerfile"))
    argv = command(space, order)
    assert "dockerfile=/w/contexts/context" in values(argv, "--local")
    assert "filename=services/a/Dockerfile" in values(argv, "--opt")


def test_another_context_can_be_named_in_the_dockerfile(space: Workspace) -> None:
    argv = command(space)
    assert "base=/w/contexts/base" in values(argv, "--local")
    assert "context:base=local:base" in values(argv, "--opt")


@pytest.mark.parametrize(
    ("stage", "platforms", "expected"),
    [
        (None, (), set()),
        ("final", (), {"target=final"}),
        (None, ("linux/amd64", "linux/arm64"), {"platform=linux/amd64,linux/arm64"}),
    ],
)
def test_target_and_platforms_are_said_where_the_order_says_them(
    space: Workspace, stage: str | None, platforms: tuple[str, ...], expected: set[str]
) -> None:
    options = values(
        command(space, dataclasses.replace(ORDER, platforms=platforms), stage=stage), "--opt"
    )
    said = {option for option in options if option.startswith(("target=", "platform="))}
    assert said == expected


@pytest.mark.parametrize(
    "images", [("r.example/a:1",), ("r.example/a:1", "r.example/a:2"), ('odd"name', "b")]
)
def test_the_output_reads_back_as_csv(space: Workspace, images: tuple[str, ...]) -> None:
    (output,) = values(command(space, images=images), "--output")
    (fields,) = csv.reader([output])
    assert fields == ["type=image", f"name={','.join(images)}", "push=true"]


def test_without_images_nothing_is_exported(space: Workspace) -> None:
    assert "--output" not in command(space)


def test_the_wait_ends_when_the_daemon_listens(space: Workspace, within: Limits) -> None:
    def listen() -> None:
        time.sleep(0.1)
        server.bind(str(space.socket))
        server.listen()

    with socket.socket(socket.AF_UNIX) as server:
        thread = threading.Thread(target=listen)
        thread.start()
        buildctl.wait_for_daemon(space, within)
        thread.join()


def test_a_daemon_that_never_listens_is_a_failure(
    space: Workspace, within: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildctl, "_DAEMON_SECONDS", 0.1)
    with pytest.raises(FailedError, match="no buildkitd listens at ") as raised:
        buildctl.wait_for_daemon(space, within)
    assert raised.value.failure.cause is Cause.DAEMON


def test_the_wait_keeps_the_limits(space: Workspace) -> None:
    stop = threading.Event()
    with pytest.raises(TimedOutError):
        buildctl.wait_for_daemon(space, Limits(time.monotonic() + 0.1, stop))
    stop.set()
    with pytest.raises(StoppedError):
        buildctl.wait_for_daemon(space, Limits(time.monotonic() + 30, stop))
