"""buildctl: its command line, and the wait for its daemon."""

import contextlib
import socket
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from imagebuild.contract.order import Lint, Order, Target
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import child, lastwords, sshkeys
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import exporter, lost_daemon
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

_DAEMON_SECONDS = 60
_POLL_SECONDS = 0.02
_OPEN_TO_ALL = 0o666

# With a command line given, the frontend does not look for a `# syntax=` line, which would name an
# image to pull and to run in its place.
_FRONTEND = "dockerfile.v0"
_NO_OTHER_FRONTEND = f"cmdline={_FRONTEND}"


@dataclass(frozen=True, slots=True)
class Solve:
    """One call of buildctl: what to solve, where to and where it leaves word.

    ``no_cache``: stages that are not taken from the cache. ``outputs`` are values of ``--output``;
    without, nothing is kept but the cache. ``ref`` gets the name of the daemon's record of it.
    """

    target: Target
    trace: Path
    metadata: Path
    ref: Path
    no_cache: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def wait_for_daemon(workspace: Workspace, limits: Limits) -> None:
    """Returns as soon as buildkitd listens: `buildctl --wait` alone looks once a second.

    Steps then find no socket on which they could tell it of traces, by which it also counts what
    it pushes. Raises FailedError with Cause.DAEMON.
    """
    give_up_at = time.monotonic() + _DAEMON_SECONDS
    while time.monotonic() < give_up_at:
        limits.check()
        with socket.socket(socket.AF_UNIX) as probe:
            listens = probe.connect_ex(str(workspace.socket)) == 0
        if listens and _put_away(workspace.traces):
            return
        if (said := lastwords.read(workspace.last_words)).exit_code is not None:
            raise FailedError(lost_daemon.never_began(said))
        time.sleep(_POLL_SECONDS)
    words = f"no buildkitd listens at {workspace.socket} after {_DAEMON_SECONDS} s"
    tail = lastwords.read(workspace.last_words).tail
    raise FailedError(Failure(Cause.DAEMON, words, log_tail=tail))


def _put_away(traces: Path) -> bool:
    """Whether the socket is where the daemon, which mounts it into steps, does not find it.

    It is let be until the daemon is done with it, which sets this mode last.
    """
    away = traces.with_suffix(".away")
    with contextlib.suppress(FileNotFoundError):
        if stat.S_IMODE(traces.stat().st_mode) == _OPEN_TO_ALL:
            traces.rename(away)
    return away.exists()


def command(order: Order, solve: Solve, *, workspace: Workspace, inputs: Inputs) -> list[str]:
    """The argv of one solve of a filled order."""
    options = _options(order, solve) | {"filename": inputs.dockerfile}
    argv = [
        *_buildctl(workspace),
        *("build", "--progress=plain"),
        *("--trace", str(solve.trace), "--metadata-file", str(solve.metadata)),
        *("--ref-file", str(solve.ref)),
        *("--frontend", "dockerfile.v0"),
        *("--local", f"context={inputs.main}", "--local", f"dockerfile={workspace.dockerfile}"),
    ]
    argv += _credentials(order, workspace)
    if order.pull_from:
        argv += ("--source-policy-file", str(workspace.source_policy))
    for name, directory in inputs.directories.items():
        # A context may have any name, such as dockerfile.
        argv += ("--local", f"context-{name}={directory}")
        options[f"context:{name}"] = f"local:context-{name}"
    for name, reference in inputs.references.items():
        options[f"context:{name}"] = f"docker-image://{reference}"
    for name, value in options.items():
        argv += ("--opt", f"{name}={value}")
    for output in solve.outputs:
        argv += ("--output", output)
    return argv


def _credentials(order: Order, workspace: Workspace) -> list[str]:
    """What steps may mount. Source: BuildKit's cmd/buildctl/build (secret.go, ssh.go)."""
    argv = []
    for secret in order.secrets:
        argv += ["--secret", f"type=file,id={secret.name},src={secret.file}"]
    for ssh in order.ssh:
        pair = sshkeys.place(ssh.name, workspace)
        argv += ["--ssh", f"{ssh.name}={pair.private}"]
        known_hosts = f"{ssh.name}.{sshkeys.KNOWN_HOSTS}"
        argv += ["--secret", f"type=file,id={known_hosts},src={pair.known_hosts}"]
    return argv


def extraction(
    directory: Path, *, into: Path, platform: str | None, workspace: Workspace
) -> list[str]:
    """The argv that lays the files of an image into a directory.

    ``directory`` holds nothing but a Dockerfile that says FROM it.
    """
    return [
        *_buildctl(workspace),
        *("build", "--progress=plain", "--frontend", "dockerfile.v0"),
        *("--opt", _NO_OTHER_FRONTEND),
        *(("--opt", f"platform={platform}") if platform else ()),
        *("--local", f"context={directory}", "--local", f"dockerfile={directory}"),
        *("--output", exporter.directory(into)),
    ]


def environment(workspace: Workspace) -> dict[str, str]:
    """What buildctl finds around it: the credentials that it hands out."""
    return {**workspace.environment, "DOCKER_CONFIG": str(workspace.docker_config)}


def _buildctl(workspace: Workspace) -> list[str]:
    address = f"unix://{workspace.socket}"
    return [workspace.buildctl, "--addr", address, "--wait", "--timeout", str(_DAEMON_SECONDS)]


def _options(order: Order, solve: Solve) -> dict[str, str]:
    """What the frontend is told. Source: BuildKit's frontend/dockerui/config.go."""
    options = {"cmdline": _FRONTEND}
    if solve.target.stage is not None:
        options["target"] = solve.target.stage
    if order.platforms:
        options["platform"] = ",".join(order.platforms)
    if solve.no_cache:
        # An empty list would be all stages.
        options["no-cache"] = ",".join(solve.no_cache)
    if order.offline:
        options["force-network-mode"] = "none"
    # BuildKit gives these to steps, and leaves them out of images and of what a cache is known by.
    proxy = order.proxy.variables
    options |= {f"build-arg:{name}": value for name, value in proxy.items() if name.isupper()}
    options |= {f"label:{name}": text for name, text in solve.target.labels.items()}
    options |= {f"build-arg:{name}": value for name, value in order.args.items()}
    if order.lint is Lint.IGNORE:
        options["build-arg:BUILDKIT_DOCKERFILE_CHECK"] = "skip=all"
    return options


def ask(*words: str, workspace: Workspace, limits: Limits) -> str:
    """What buildctl writes when it is called with these words; raises what the limits raise."""
    lines: list[str] = []
    child.run(
        [*_buildctl(workspace), *words],
        environment=workspace.environment,
        limits=limits,
        listener=child.Listener(output=lines.append),
    )
    return "\n".join(lines)
