"""How skopeo reaches registries: containers-registries.conf(5), version 2.

Of the same meaning as ``daemon.config`` for buildkitd: mirrors in their order, then the registry
itself. A registry of plain HTTP is ``insecure`` there, which has no word for HTTP alone: HTTPS is
tried first, without a look at the certificate.
"""

from collections.abc import Mapping
from typing import Any

import tomli_w

from imagebuild.core.settings import Registry

FILE = "registries.conf"


def config(registries: Mapping[str, Registry]) -> str:
    """registries.conf for these registry hosts."""
    hosts = [_host(host, registry, registries) for host, registry in sorted(registries.items())]
    return tomli_w.dumps({"registry": hosts} if hosts else {})


def _host(host: str, registry: Registry, registries: Mapping[str, Registry]) -> dict[str, Any]:
    entry: dict[str, Any] = {"location": host}
    if registry.http:
        entry["insecure"] = True
    if registry.mirrors:
        entry["mirror"] = [_mirror(mirror, registries) for mirror in registry.mirrors]
    return entry


def _mirror(mirror: str, registries: Mapping[str, Registry]) -> dict[str, Any]:
    """A mirror is reached as its own entry says; it may have a path behind its host."""
    host = registries.get(mirror.partition("/")[0], Registry())
    return {"location": mirror, "insecure": True} if host.http else {"location": mirror}
