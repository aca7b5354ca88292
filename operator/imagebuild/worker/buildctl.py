"""buildctl: its command line, the wait for its daemon, and what it knows of an image."""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagebuild.contract.order import MAIN_CONTEXT, Order
from imagebuild.contract.report import Cause, Failure, Image
from imagebuild.worker import child
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError, TimedOutError
from imagebuild.worker.workspace import Workspace

_DAEMON_SECONDS = 60
_POLL_SECONDS = 0.02
_MANIFEST_SECONDS = 10.0

# Of the platforms in an index this one holds attestations.
_NO_PLATFORM = "unknown"


@dataclass(frozen=True, slots=True)
class Solve:
    """One call of buildctl: what to solve, where its image goes and where it leaves word."""

    stage: str | None
    images: tuple[str, ...]
    trace: Path
    metadata: Path


def wait_for_daemon(workspace: Workspace, limits: Limits) -> None:
    """Returns as soon as buildkitd listens: `buildctl --wait` alone looks once a second.

    Raises FailedError with Cause.DAEMON.
    """
    give_up_at = time.monotonic() + _DAEMON_SECONDS
    while time.monotonic() < give_up_at:
        limits.check()
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(workspace.socket)) == 0:
                return
        time.sleep(_POLL_SECONDS)
    words = f"no buildkitd listens at {workspace.socket} after {_DAEMON_SECONDS} s"
    raise FailedError(Failure(Cause.DAEMON, words))


def command(
    order: Order, solve: Solve, *, workspace: Workspace, roots: Mapping[str, Path]
) -> list[str]:
    """The argv of one solve; ``roots``: where each context lies."""
    return [
        *_buildctl(workspace),
        *("build", "--progress=plain"),
        *("--trace", str(solve.trace), "--metadata-file", str(solve.metadata)),
        *("--frontend", "dockerfile.v0"),
        *_inputs(order, workspace, roots),
        *_options(order, solve.stage),
        *(("--output", _output(solve.images)) if solve.images else ()),
    ]


def _buildctl(workspace: Workspace) -> list[str]:
    address = f"unix://{workspace.socket}"
    return [workspace.buildctl, "--addr", address, "--wait", "--timeout", str(_DAEMON_SECONDS)]


def _inputs(order: Order, workspace: Workspace, roots: Mapping[str, Path]) -> Iterator[str]:
    main = roots[MAIN_CONTEXT]
    own = order.dockerfile.path is None
    yield from ("--local", f"context={main}")
    yield from ("--local", f"dockerfile={workspace.dockerfile if own else main}")
    for name, root in roots.items():
        if name != MAIN_CONTEXT:
            yield from ("--local", f"{name}={root}", "--opt", f"context:{name}=local:{name}")


def _options(order: Order, stage: str | None) -> Iterator[str]:
    # With a command line given, the frontend does not look for a `# syntax=` line, which would
    # name an image to pull and to run in its place.
    options = {"cmdline": "dockerfile.v0", "filename": order.dockerfile.path or "Dockerfile"}
    if stage is not None:
        options["target"] = stage
    if order.platforms:
        options["platform"] = ",".join(order.platforms)
    options |= {f"build-arg:{name}": value for name, value in order.args.items()}
    for name, value in options.items():
        yield from ("--opt", f"{name}={value}")


def _output(images: tuple[str, ...]) -> str:
    """The exporter's attributes: fields of CSV, so that one with a comma stands in quotes."""
    fields = ("type=image", f"name={','.join(images)}", "push=true")
    quoted = ('"' + f.replace('"', '""') + '"' if set(f) & set(',"') else f for f in fields)
    return ",".join(quoted)


def published(target: int, metadata: Path, *, workspace: Workspace, limits: Limits) -> Image:
    """What a solve published; size and layers are 0 where the daemon does not tell."""
    digest = json.loads(metadata.read_bytes())["containerimage.digest"]
    soon = Limits(time.monotonic() + _MANIFEST_SECONDS, limits.stop)
    try:
        sizes = _layer_sizes(digest, workspace, soon)
    except (OSError, ValueError, LookupError, TypeError, StoppedError, TimedOutError):
        return Image(target, digest)
    return Image(target, digest, size=sum(sizes), layers=len(sizes))


def _layer_sizes(digest: str, workspace: Workspace, limits: Limits) -> list[int]:
    """The sizes of a manifest's layers; of an index, those of its first platform."""
    manifest = _manifest(digest, workspace, limits)
    if "manifests" in manifest:
        platforms = [
            entry["digest"]
            for entry in manifest["manifests"]
            if entry.get("platform", {}).get("os") != _NO_PLATFORM
        ]
        manifest = _manifest(platforms[0], workspace, limits)
    return [layer["size"] for layer in manifest["layers"]]


def _manifest(digest: str, workspace: Workspace, limits: Limits) -> Any:
    lines: list[str] = []
    child.run(
        [*_buildctl(workspace), "debug", "get", digest],
        environment=workspace.environment,
        limits=limits,
        listener=child.Listener(output=lines.append),
    )
    return json.loads("\n".join(lines))
