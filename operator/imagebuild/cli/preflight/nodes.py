"""What Node objects say of a cluster, without a pod on any of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from imagebuild.cli.preflight.finding import Finding
from imagebuild.core import profile
from imagebuild.core.profile import Kind, Profile

# Kubernetes documentation, "User Namespaces": idmapped tmpfs, and what the runtimes need.
_KUBELET = (1, 33)
_KERNEL = (6, 3)
_RUNTIMES = {"containerd": (2, 0), "cri-o": (1, 25)}
# Below this one no ordinary user can mount an overlay, and BuildKit copies whole layers.
_OVERLAY_KERNEL = (5, 11)


def findings(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """What each node is fit for, and what the profile `auto` makes of all of them."""
    for node in nodes:
        yield from _of_one(node)
    usable = [node for node in nodes if profile.schedulable_linux(node)]
    if not usable:
        yield Finding("cluster", "no Linux node takes pods", ok=False, mend="add or uncordon one")
        return
    yield Finding("cluster", f"securityProfile `auto` takes {_shown(profile.choose(nodes))}", None)


def name(node: Mapping[str, Any]) -> str:
    """As findings about a node name it."""
    return f"node {node['metadata']['name']}"


def _of_one(node: Mapping[str, Any]) -> Iterator[Finding]:
    about, info = name(node), node["status"].get("nodeInfo", {})
    if info.get("operatingSystem", "linux") != "linux":
        yield Finding(about, f"runs {info['operatingSystem']}: no build goes there", ok=None)
        return
    if not profile.schedulable_linux(node):
        yield Finding(about, "is cordoned: no build goes there", ok=None)
        return
    conditions = {c["type"]: c["status"] for c in node["status"].get("conditions", [])}
    if conditions.get("Ready") != "True":
        yield Finding(about, "is not ready", ok=False, mend="kubectl describe node says why")
    for taint in node["spec"].get("taints") or []:
        if taint["effect"] != "PreferNoSchedule":
            words = f"its taint {taint['key']}:{taint['effect']} keeps builds away"
            yield Finding(about, words, ok=None)
    if profile.offers_user_namespaces(node):
        yield Finding(about, "offers user namespaces", ok=True)
    else:
        yield _without_user_namespaces(about, info)
    kernel = str(info.get("kernelVersion", ""))
    if (0,) < _version(kernel) < _OVERLAY_KERNEL:
        words = (
            f"kernel {kernel} has no overlays for ordinary users, so each step copies its layers"
        )
        yield Finding(about, words, ok=None, mend="a kernel from 5.11 on builds faster")


def _without_user_namespaces(about: str, info: Mapping[str, Any]) -> Finding:
    """Not offered, and which of the versions is behind that."""
    runtime, _, version = str(info.get("containerRuntimeVersion", "")).partition("://")
    needed = [
        ("Kubernetes", str(info.get("kubeletVersion", "")), _KUBELET),
        ("kernel", str(info.get("kernelVersion", "")), _KERNEL),
        (runtime, version, _RUNTIMES.get(runtime, (0,))),
    ]
    old = [
        f"{what} {have} (from {'.'.join(map(str, least))} on)"
        for what, have, least in needed
        if _version(have) < least
    ]
    why = f": too old is {', '.join(old)}" if old else ", though its versions could"
    mend = (
        "upgrade it; until then builds there run as `unconfined`, whose steps share a process tree"
        if old
        else "look at the runtime's configuration; runc from 1.2 or crun from 1.9 is needed too"
    )
    return Finding(about, f"offers no user namespaces{why}", ok=None, mend=mend)


def _version(text: str) -> tuple[int, ...]:
    """The first two numbers; (0,) where there are none."""
    match = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0,)


def _shown(chosen: Profile) -> str:
    if chosen.kind is Kind.UNCONFINED:
        return "unconfined: no node offers user namespaces"
    where = f"held to {', '.join(chosen.nodes)}" if chosen.nodes else "on every node"
    return f"userns, {where}"
