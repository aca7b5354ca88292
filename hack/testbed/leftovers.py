"""What a cluster leaves behind beside its container: its network, its cgroups."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from testbed import cache, engine

_CGROUPS = Path("/sys/fs/cgroup")
# The folders that a node's kubelet and the engine make and that stay, empty, when it is killed.
_LEFT = ("kubelet", "kubepods", "libpod_parent")


def before_creation(using: engine.Engine) -> None:
    """Note whether kind's network is ours to take away: it is if it is not there yet."""
    if not using.succeeds("network", "inspect", _network(using)):
        cache.write(_mark(using), "made by the testbed\n")


def after_removal(using: engine.Engine) -> None:
    """Remove the network if it is ours and no other cluster uses it, and empty cgroups."""
    if _mark(using).exists() and using.succeeds("network", "rm", _network(using)):
        _mark(using).unlink()
    for tree in _left_cgroups():
        for folder in _inside_out(tree):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _mark(using: engine.Engine) -> Path:
    return cache.root() / "clusters" / f"network-{_network(using)}-of-{using.name}"


def _network(using: engine.Engine) -> str:
    """Return the network's name, which kind lets the environment change."""
    return os.environ.get(f"KIND_EXPERIMENTAL_{using.name.upper()}_NETWORK", "kind")


def _left_cgroups() -> Iterator[Path]:
    """Yield the cgroups that no process is in, nor below: those of another cluster stay whole."""
    for name in _LEFT:
        for root in (_CGROUPS / name, *_CGROUPS.glob(f"*/{name}")):
            for tree in (*root.glob("libpod-*"), root):
                if tree.is_dir() and not any(map(_has_processes, _inside_out(tree))):
                    yield tree


def _inside_out(tree: Path) -> list[Path]:
    folders = [path for path in (tree, *tree.rglob("*/")) if path.is_dir()]
    return sorted(folders, key=lambda path: len(path.parts), reverse=True)


def _has_processes(cgroup: Path) -> bool:
    try:
        return bool((cgroup / "cgroup.procs").read_text())
    except OSError:
        # Another run took it away, or it is a threaded one, which something runs in.
        return cgroup.exists()
