"""What an administrator decides for all builds, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
class Settings:
    """The operator's settings as the core needs them.

    ``registries``: host -> how to reach it. ``resources``: Kubernetes' requests and limits of
    the daemon where an ImageBuild names none. ``timeout_seconds``: where an ImageBuild names
    none. ``pending_seconds``: how long an attempt may wait for its pod to start before the
    backstop ends it. ``attempts``: how often a build is begun whose pod was lost.
    ``history``: how many ended builds keep their row in status and their Job with its log.
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
