"""What an administrator decides for all builds, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagebuild.contract.order import Proxy
from imagebuild.core.profile import Profile


@dataclass(frozen=True, slots=True)
class Registry:
    """How buildkitd reaches one registry host: its mirrors in order, and whether by plain HTTP."""

    mirrors: tuple[str, ...] = ()
    http: bool = False


# In the URL of a log store: a value, by the name in the brackets.
URL_VALUE = r"\$\(([^)]*)\)"
URL_VALUES = ("namespace", "name", "number", "job", "pod", "container")


@dataclass(frozen=True, slots=True)
class Logs:
    """What becomes of an ended build's log.

    ``kept_kib``: how large its compressed copy in a ConfigMap may be, in KiB; 0: none is kept.
    ``url``: where the cluster's log store shows it, with ``$(namespace)``, ``$(name)``,
    ``$(number)``, ``$(job)``, ``$(pod)`` and ``$(container)`` in it; "": nowhere.
    """

    kept_kib: int = 128
    url: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What builds may not go beyond; what is unset, None or empty, bounds nothing.

    ``pull_from`` and ``push_to``: images as ``HOST/PATH`` with ``*`` for anything.
    ``max_resources``: of requests and limits, by resource. ``lint``: what spec.lint must be at
    least. ``leak_guard``: searched whether or not a secret is in play. ``secrets_on``: what
    the commit must be on before a build with secrets begins, in the words of contract.protected.
    """

    pull_from: tuple[str, ...] = ()
    push_to: tuple[str, ...] = ()
    max_resources: Mapping[str, str] = field(default_factory=dict)
    max_timeout_seconds: int | None = None
    lint: str | None = None
    leak_guard: bool = False
    secrets_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of its node a build's daemon and its steps may take.

    ``processes``: of one user in the build. ``file_bytes``: of one file. ``state_bytes``: of all
    that the daemon keeps, layers and running steps alike; None: as much as the pod's limit of
    ephemeral-storage, where it has one.
    """

    processes: int = 4096
    file_bytes: int = 64 * 1024**3
    state_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's settings as the core needs them, for the builds of one namespace.

    ``registries``: host -> how to reach it. ``resources``: Kubernetes' requests and limits of
    the daemon where an ImageBuild names none. ``timeout_seconds``: where an ImageBuild names
    none. ``pending_seconds``: how long an attempt may wait for its pod to start before the
    backstop ends it. ``attempts``: how often a build is begun whose pod was lost.
    ``history``: how many ended builds keep their row in status and their Job with its log.
    ``ca_certificates``: name -> PEM text of what every build trusts. ``registry_secrets``: names
    of Secrets that every build may use where its namespace has them. ``pull_secrets``: names of
    those that the kubelet pulls the builder image with.
    """

    builder_image: str
    profile: Profile
    registries: Mapping[str, Registry] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: int = 3600
    pending_seconds: int = 1800
    attempts: int = 3
    history: int = 5
    logs: Logs = field(default_factory=Logs)
    policy: Policy = field(default_factory=Policy)
    bounds: Bounds = field(default_factory=Bounds)
    proxy: Proxy = field(default_factory=Proxy)
    ca_certificates: Mapping[str, str] = field(default_factory=dict)
    registry_secrets: tuple[str, ...] = ()
    pull_secrets: tuple[str, ...] = ()
