"""What the administrator decides: a mounted YAML file, and the environment above it.

The file is ``/etc/imagebuild/settings.yaml`` (another by ``IMAGEBUILD_SETTINGS``), with the names
below in camelCase; the environment has ``IMAGEBUILD_`` and the name in capitals, as in
``IMAGEBUILD_BUILDER_IMAGE``.
"""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pydantic
import pydantic_settings
import yaml
from pydantic import Field, alias_generators

from imagebuild.api.checks.quantities import quantity
from imagebuild.core import settings as core
from imagebuild.core.profile import Kind, Profile

FILE = "/etc/imagebuild/settings.yaml"


class SecurityProfile(StrEnum):
    """How build pods are kept apart; ``auto`` looks at what the nodes offer."""

    AUTO = "auto"
    USERNS = "userns"
    UNCONFINED = "unconfined"


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=alias_generators.to_camel,
        populate_by_name=True,
    )


class Registry(_Part):
    """How builds reach one registry host."""

    mirrors: tuple[str, ...] = Field(default=(), description="Hosts to ask first, in order.")
    http: bool = Field(default=False, description="Speak plain HTTP.")


class Resources(_Part):
    """Requests and limits of the container that builds, where an ImageBuild names none."""

    requests: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, str] = Field(default_factory=dict)


def _of_bytes(text: str) -> str:
    if quantity(text) < _LEAST_BYTES:
        raise ValueError(f"{text} is less than 16Mi")
    return text


# An amount of bytes as Kubernetes writes it; less than 16 MiB holds no build.
_LEAST_BYTES = 16 * 1024**2
_Bytes = Annotated[str, pydantic.AfterValidator(_of_bytes)]


class Bounds(_Part):
    """How much of its node one build may take, beside what Kubernetes bounds by ``resources``."""

    processes: int = Field(
        default=4096,
        ge=256,
        description="How many processes and threads each user in a build's steps may have, and "
        "root's with the daemon's own. With pods that have no user namespaces of their own, all "
        "builds of a node that run as one user count together.",
    )
    file_size: _Bytes = Field(
        default="64Gi", description="How large one file may become in a build, as 512Mi or 64Gi."
    )
    state_size: _Bytes | None = Field(
        default=None,
        description="How much disk a build may take for all of its layers and running steps, as "
        "20Gi; unset: as much as its limit of ephemeral-storage, and without one as the node has. "
        "At nine tenths of it the build is ended.",
    )

    def for_core(self) -> core.Bounds:
        """The same in bytes."""
        return core.Bounds(
            processes=self.processes,
            file_bytes=int(quantity(self.file_size)),
            state_bytes=int(quantity(self.state_size)) if self.state_size else None,
        )


class Logs(_Part):
    """What becomes of the logs of ended builds."""

    kept_kib: int = Field(
        default=128,
        alias="keptKiB",
        ge=0,
        le=700,
        description="How large the compressed copy of one may be in its ConfigMap; 0: none is "
        "kept. In base64 700 KiB come close to the 1 MiB that an object may have.",
    )
    url: str = Field(default="", description="Where the cluster's log store shows it.")

    @pydantic.field_validator("url")
    @classmethod
    def _of_known_values(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("begin it with https:// or http://")
        unknown = [
            f"$({name})" for name in re.findall(core.URL_VALUE, url) if name not in core.URL_VALUES
        ]
        if unknown:
            known = " ".join(f"$({name})" for name in core.URL_VALUES)
            raise ValueError(f"there is no {unknown[0]}; use {known}")
        return url


class OperatorSettings(pydantic_settings.BaseSettings):
    """The operator's settings; an unknown name in the file is an error, so that none is a slip."""

    model_config = pydantic_settings.SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="IMAGEBUILD_"
    )

    builder_image: str = Field(description="The image that builds run in.")
    namespaces: tuple[str, ...] = Field(
        default=(), description="Where to look for ImageBuilds; empty: everywhere."
    )
    security_profile: SecurityProfile = Field(
        default=SecurityProfile.AUTO,
        description="auto needs to list nodes, which an install for single namespaces may not.",
    )
    seccomp_profile: str | None = Field(
        default=None,
        description="A file under the kubelet's seccomp directory on every node, which lets builds "
        "run under the baseline Pod Security Standard; unset: Unconfined.",
    )
    app_armor_profile: str | None = Field(
        default=None,
        description="A profile that AppArmor has loaded on every node; unset: the runtime's own, "
        "or Unconfined where seccomp is that too.",
    )
    registries: dict[str, Registry] = Field(
        default_factory=dict, description="Registry host -> how builds reach it."
    )
    resources: Resources = Field(default_factory=Resources)
    logs: Logs = Field(default_factory=Logs)
    bounds: Bounds = Field(default_factory=Bounds)
    timeout_seconds: int = Field(default=3600, ge=1)
    pending_seconds: int = Field(
        default=1800, ge=1, description="How long a build's pod may wait to be started."
    )
    attempts: int = Field(
        default=3, ge=1, le=10, description="How often a build is begun whose pod was lost."
    )
    history: int = Field(
        default=5, ge=1, le=50, description="Ended builds that keep their row and their Job."
    )
    hands: int = Field(default=8, ge=1, description="ImageBuilds reconciled at the same time.")
    metrics_port: int = Field(
        default=9090, ge=0, le=65535, description="Where /metrics is served; 0: nowhere."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[pydantic_settings.BaseSettings],
        init_settings: pydantic_settings.PydanticBaseSettingsSource,
        env_settings: pydantic_settings.PydanticBaseSettingsSource,
        dotenv_settings: pydantic_settings.PydanticBaseSettingsSource,
        file_secret_settings: pydantic_settings.PydanticBaseSettingsSource,
    ) -> tuple[pydantic_settings.PydanticBaseSettingsSource, ...]:
        """The environment goes before the file; there are no other places."""
        del dotenv_settings, file_secret_settings
        path = Path(os.environ.get("IMAGEBUILD_SETTINGS", FILE))
        file = pydantic_settings.InitSettingsSource(settings_cls, _read(path))
        return init_settings, env_settings, file

    def for_core(self, profile: Profile) -> core.Settings:
        """The same as the core needs it."""
        return core.Settings(
            builder_image=self.builder_image,
            profile=profile,
            registries={
                host: core.Registry(registry.mirrors, http=registry.http)
                for host, registry in self.registries.items()
            },
            resources=self.resources.model_dump(exclude_defaults=True),
            timeout_seconds=self.timeout_seconds,
            pending_seconds=self.pending_seconds,
            attempts=self.attempts,
            history=self.history,
            logs=core.Logs(self.logs.kept_kib, self.logs.url),
            bounds=self.bounds.for_core(),
        )

    def fixed_profile(self) -> Profile | None:
        """The profile that does not follow from the nodes; None for ``auto``."""
        if self.security_profile is SecurityProfile.AUTO:
            return None
        return Profile(Kind(self.security_profile), self.seccomp_profile, self.app_armor_profile)


def _read(path: Path) -> dict[str, Any]:
    """The file's settings by their Python names; none where there is no file."""
    if not path.exists():
        return {}
    found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return {alias_generators.to_snake(name): value for name, value in found.items()}
