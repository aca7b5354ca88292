"""The container engine: docker where its daemon answers, else podman."""

import dataclasses
import functools
import os
import resource
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from testbed import cache, commands, debian, ociimage
from testbed.say import Failure, note

# A few kilobytes: whether it comes tells whether anything comes.
_PROBE = "docker.io/library/hello-world:latest"
_PROBE_SECONDS = 12
_USUAL_OPEN_FILES = 1_048_576
_PODMAN_PACKAGES = ("podman", "netavark", "aardvark-dns", "runc", "iptables")


@dataclasses.dataclass(frozen=True)
class Engine:
    """A container engine that answers; `env` is what its commands need on this machine."""

    name: str
    env: Mapping[str, str]

    def output(self, *args: str | Path, timeout: float = 60) -> str:
        """Return what `<engine> ARGS` prints."""
        return commands.output([self.name, *args], env=self.env, timeout=timeout)

    def succeeds(self, *args: str | Path, timeout: float = 60) -> bool:
        """Whether `<engine> ARGS` ends with 0."""
        return commands.succeeds([self.name, *args], env=self.env, timeout=timeout)

    def run(
        self, *args: str | Path, log: str, stdin: Path = Path(os.devnull), mend: str = ""
    ) -> None:
        """Run `<engine> ARGS` with its output in a log."""
        commands.run([self.name, *args], log=log, env=self.env, stdin=stdin, mend=mend)

    def has_image(self, name: str) -> bool:
        """Whether the store holds an image of this name."""
        return self.succeeds("image", "inspect", name)

    def is_ours(self, name: str) -> bool:
        """Whether the image was made by the testbed, or upon one that was."""
        label = f'{{{{index .Config.Labels "{ociimage.LABEL}"}}}}'
        return self.output("image", "inspect", "--format", label, name) not in ("", "<no value>")

    def can_pull(self) -> bool:
        """Whether a tiny public image comes within seconds."""
        return self.succeeds("pull", "--quiet", _PROBE, timeout=_PROBE_SECONDS)

    def load(self, layout: Path, *, name: str) -> None:
        """Load an OCI layout; the store then holds it as `name`."""
        with tempfile.TemporaryDirectory(dir=cache.root()) as scratch:
            archive = Path(scratch) / "image.tar"
            ociimage.archive(layout, archive)
            self.run("load", "--input", archive, log=f"load-{name.rsplit('/', 1)[1]}")

    def push(self, name: str, place: str) -> None:
        """Push the image to `place`, at a registry on this machine's loopback without TLS."""
        self.output("tag", name, place)
        # docker takes loopback for what it is; podman has to be told.
        insecure = ["--tls-verify=false"] if self.name == "podman" else []
        self.run("push", "--quiet", *insecure, place, log="push")
        self.output("rmi", place)

    def drop(self, prefix: str, *, but: Collection[str]) -> None:
        """Remove the images from the store whose names begin with `prefix`, but those named."""
        for name in self.output("images", "--format", "{{.Repository}}:{{.Tag}}").split():
            if name.startswith(prefix) and name not in but:
                self.succeeds("rmi", name)

    def prune(self) -> None:
        """Remove what nameless images of ours are older than a day: they no longer save a build."""
        ours = ("--filter", f"label={ociimage.LABEL}", "--filter", "until=24h")
        self.succeeds("image", "prune", "--force", *ours, timeout=300)

    def save(self, name: str, archive: Path) -> None:
        """Write the image to an archive that the node loads."""
        self.run("save", "--output", archive, name, log="save")


def choose(wanted: str) -> Engine:
    """Return the engine; `auto` is docker if it answers, else podman, installed if need be."""
    if wanted in ("auto", "docker"):
        docker = Engine("docker", {})
        if docker.succeeds("info", timeout=10):
            return docker
        if wanted == "docker":
            raise Failure("docker does not answer", mend="start its daemon, or --engine podman")
    if shutil.which("podman") is None:
        debian.ensure(*_PODMAN_PACKAGES)
    podman = Engine("podman", _podman_env())
    if not podman.succeeds("info", timeout=30):
        raise Failure(f"podman does not answer: {podman.output('info', timeout=30)}")
    return podman


def _podman_env() -> dict[str, str]:
    """Return the environment that lets podman run kind's node on this machine."""
    env = {"KIND_EXPERIMENTAL_PROVIDER": "podman"}
    settings = _containers_conf()
    if settings and "CONTAINERS_CONF" not in os.environ:
        path = cache.root() / "containers.conf"
        cache.write(path, settings)
        env["CONTAINERS_CONF"] = str(path)
    return env


@functools.cache
def _containers_conf() -> str:
    """Return what podman's defaults get wrong here, or nothing."""
    parts = []
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < _USUAL_OPEN_FILES and not may_raise_limits():
        # podman lowers its own limit of processes to the number of pids, and then cannot go back.
        pids = int(Path("/proc/sys/kernel/pid_max").read_text())
        _, processes = resource.getrlimit(resource.RLIMIT_NPROC)
        processes = pids if processes < 0 else min(pids, processes)
        limits = [f"nofile={files}:{files}", f"nproc={processes}:{processes}"]
        quoted = ", ".join(f'"{limit}"' for limit in limits)
        # podman's own bound of 2048 processes is one container's; here a whole node is one.
        parts.append(f"[containers]\npids_limit = 0\ndefault_ulimits = [{quoted}]\n")
    runc = shutil.which("runc")
    if not cgroup_v2() and runc:
        # crun refuses the mixed layout that many cgroup v1 machines have.
        parts.append(f'[engine]\nruntime = "{runc}"\n')
    return "".join(parts)


def cgroup_v2() -> bool:
    """Whether this machine has the unified cgroup hierarchy."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def may_raise_limits() -> bool:
    """Whether CAP_SYS_RESOURCE is there: to raise limits, to lower OOM scores."""
    return _effective_capabilities() >> 24 & 1 == 1


def _effective_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def explain(engine: Engine) -> None:
    """Say which engine it is and what was set for it."""
    note(f"engine: {engine.name}{' with settings for this machine' if len(engine.env) > 1 else ''}")
