"""buildkitd's command line and configuration.

BuildKit: docs/buildkitd.toml.md, docs/rootless.md.
"""

from collections.abc import Mapping
from typing import Any

import tomli_w

from imagebuild.contract import places
from imagebuild.core.attempt import bounds as attempt_bounds
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Bounds, Registry

FILE = "buildkitd.toml"
_OUTER = ("python", "-m", "imagebuild.worker.daemon")
# Without site packages it starts in less time, and the daemon after it.
_INNER = ("python", "-S", "-m", "imagebuild.worker.bounded")


def argv(profile: Profile, bounds: Bounds) -> list[str]:
    """The daemon inside a user namespace of rootlesskit's, listening on the pod's own socket.

    Its bounds are set within that namespace, so that no other build is counted with it. With a
    user namespace the pod has that of the processes outside too, where all users count together.
    Without one /proc is masked, and a step could not mount its own: there the steps share the
    daemon's process tree.
    """
    whole = profile.kind is Kind.USERNS
    command = [*_OUTER, *([f"--processes={bounds.processes}"] if whole else []), "--"]
    command += ["rootlesskit", *_INNER, *attempt_bounds.flags(bounds), "--"]
    command += ["buildkitd", "--addr", f"unix://{places.SOCKET}"]
    command += ["--config", places.DAEMON_CONFIG, "--root", places.DAEMON_ROOT]
    if not whole:
        command.append("--oci-worker-no-process-sandbox")
    return command


def config(registries: Mapping[str, Registry]) -> str:
    """buildkitd.toml: how registries are reached, and no frontend but the built-in one.

    With the gateway on, a ``# syntax=`` line would pull and run somebody else's frontend. The
    socket for traces lies where the worker can take it away from steps.
    """
    hosts: dict[str, Any] = {}
    for host, registry in sorted(registries.items()):
        entry: dict[str, Any] = {}
        if registry.mirrors:
            entry["mirrors"] = list(registry.mirrors)
        if registry.http:
            entry["http"] = True
        hosts[host] = entry
    plain: dict[str, Any] = {
        "frontend": {"gateway.v0": {"enabled": False}},
        "otel": {"socketPath": places.TRACES},
    }
    if hosts:
        plain["registry"] = hosts
    return tomli_w.dumps(plain)
