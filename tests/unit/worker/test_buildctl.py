import csv
import itertools
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Lint, Order, Target
from imagebuild.contract.report import Cause
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.solve import buildctl, exporter
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

INPUTS = Inputs(
    main=Path("/w/contexts/context"),
    directories={"base": Path("/w/contexts/base"), "dockerfile": Path("/w/contexts/dockerfile")},
    references={"other": "r.example/other@sha256:" + "1" * 64},
    dockerfile="services/a/Dockerfile",
    text="",
)


def command(
    space: Workspace,
    order: Order = ORDER,
    target: Target | None = None,
    *,
    no_cache: tuple[str, ...] = (),
) -> list[str]:
    solve = buildctl.Solve(
        target or Target(),
        trace=Path("/w/t"),
        metadata=Path("/w/m"),
        ref=Path("/w/r"),
        no_cache=no_cache,
    )
    return buildctl.command(order, solve, workspace=space, inputs=INPUTS)


def values(argv: list[str], flag: str) -> list[str]:
    return [value for name, value in itertools.pairwise(argv) if name == flag]


def test_the_frontend_never_looks_for_a_syntax_line(space: Workspace) -> None:
    argv = command(space)
    assert values(argv, "--frontend") == ["dockerfile.v0"]
    assert "cmdline=dockerfile.v0" in values(argv, "--opt")


def test_the_dockerfile_lies_apart_from_the_contexts_under_its_own_name(space: Workspace) -> None:
    argv = command(space)
    assert values(argv, "--local")[:2] == [
        "context=/w/contexts/context",
        f"dockerfile={space.dockerfile}",
    ]
    assert "filename=services/a/Dockerfile" in values(argv, "--opt")


def test_a_context_of_any_name_can_be_named_in_the_dockerfile(space: Workspace) -> None:
    argv = command(space)
    assert "context-dockerfile=/w/contexts/dockerfile" in values(argv, "--local")
    assert "context:dockerfile=local:context-dockerfile" in values(argv, "--opt")
    assert "context:base=local:context-base" in values(argv, "--opt")


def test_a_context_that_is_an_image_is_pulled_by_its_digest(space: Workspace) -> None:
    reference = INPUTS.references["other"]
    assert f"context:other=docker-image://{reference}" in values(command(space), "--opt")


@pytest.mark.parametrize(
    ("order", "target", "option"),
    [
        (ORDER, Target("final"), "target=final"),
        (
            replace(ORDER, platforms=("linux/amd64", "linux/arm64")),
            Target(),
            "platform=linux/amd64,linux/arm64",
        ),
        (replace(ORDER, args={"A": "x,y=z"}), Target(), "build-arg:A=x,y=z"),
        (replace(ORDER, args={"A": ""}), Target(), "build-arg:A="),
        (replace(ORDER, offline=True), Target(), "force-network-mode=none"),
        (ORDER, Target(labels={"a.b/c": "d=e,f"}), "label:a.b/c=d=e,f"),
        (
            replace(ORDER, lint=Lint.IGNORE),
            Target(),
            "build-arg:BUILDKIT_DOCKERFILE_CHECK=skip=all",
        ),
    ],
)
def test_what_the_order_says_is_said_to_the_frontend(
    space: Workspace, order: Order, target: Target, option: str
) -> None:
    assert option in values(command(space, order, target), "--opt")


def test_stages_without_cache_are_named(space: Workspace) -> None:
    assert "no-cache=a,b" in values(command(space, no_cache=("a", "b")), "--opt")


def test_what_the_order_leaves_open_is_not_said(space: Workspace) -> None:
    names = {option.partition("=")[0] for option in values(command(space), "--opt")}
    contexts = {"context:base", "context:dockerfile", "context:other"}
    assert names == {"cmdline", "filename", *contexts}
    assert "--output" not in command(space)


PLATFORMS = replace(ORDER, platforms=("linux/amd64", "linux/arm64"))
ARCHIVE = Path("/a/x.part")
BY_DIGEST = ("push=true", "push-by-digest=true", "name-canonical=true")


@pytest.mark.parametrize(
    ("order", "target", "archive", "expected"),
    [
        (
            ORDER,
            Target(images=("r.example/a:1", "r.example/b", "r.example/a:2")),
            None,
            [["type=image", "name=r.example/a,r.example/b", *BY_DIGEST]],
        ),
        (ORDER, Target(archive="/a/x"), ARCHIVE, [["type=oci", "dest=/a/x.part"]]),
        (
            replace(ORDER, reproducible=True),
            Target(images=("a:1",), compression="zstd", compression_level=7, archive="/a/x"),
            ARCHIVE,
            [
                [
                    *first,
                    "compression=zstd",
                    "compression-level=7",
                    "rewrite-timestamp=true",
                ]
                for first in (
                    ["type=image", "name=a", *BY_DIGEST],
                    ["type=oci", "dest=/a/x.part"],
                )
            ],
        ),
        (
            ORDER,
            Target(images=("a:1",), annotations={"k": 'x, "y"'}),
            None,
            [["type=image", "name=a", *BY_DIGEST, 'annotation.k=x, "y"']],
        ),
        (
            PLATFORMS,
            Target(images=("a:1",), annotations={"k": "v"}),
            None,
            [["type=image", "name=a", *BY_DIGEST, "annotation.k=v", "annotation-index.k=v"]],
        ),
        (ORDER, Target(), None, []),
    ],
)
def test_the_outputs_read_back_as_csv(
    order: Order, target: Target, archive: Path | None, expected: list[list[str]]
) -> None:
    outputs = exporter.outputs(order, target, archive=archive)
    assert [next(csv.reader([output])) for output in outputs] == expected


def test_a_layout_is_the_same_image_in_a_directory() -> None:
    target = Target(images=("a:1",), compression="zstd", annotations={"k": "v"})
    found = exporter.layout(ORDER, target, Path("/l"))
    assert found == "type=oci,tar=false,dest=/l,compression=zstd,annotation.k=v"


def test_the_wait_ends_when_the_daemon_listens(space: Workspace, within: Limits) -> None:
    def listen() -> None:
        time.sleep(0.1)
        server.bind(str(space.socket))
        server.listen()
        traces.bind(str(space.traces))
        space.traces.chmod(0o666)

    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as traces:
        thread = threading.Thread(target=listen)
        thread.start()
        buildctl.wait_for_daemon(space, within)
        thread.join()


def test_the_socket_for_traces_is_put_away_once_the_daemon_is_done_with_it(
    space: Workspace, within: Limits
) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as traces:
        server.bind(str(space.socket))
        server.listen()
        traces.bind(str(space.traces))
        space.traces.chmod(0o660)
        with pytest.raises(TimedOutError):
            buildctl.wait_for_daemon(space, Limits(time.monotonic() + 0.1, threading.Event()))
        assert space.traces.exists()
        space.traces.chmod(0o666)
        for _ in range(2):
            buildctl.wait_for_daemon(space, within)
            assert not space.traces.exists()


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
