"""The settings that builds of one namespace may have otherwise than those of another."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import pydantic
from pydantic import AfterValidator, Field

from imagebuild.controller.settings import checks
from imagebuild.controller.settings.part import Part, Whole, present
from imagebuild.controller.settings.parts import (
    Bounds,
    Certificates,
    Logs,
    Policy,
    Proxy,
    Registry,
    RegistryHost,
    Resources,
    SecretName,
)
from imagebuild.core import settings as core
from imagebuild.core.profile import Kind, Profile


class SecurityProfile(StrEnum):
    """How build pods are kept apart; ``auto`` looks at what the nodes offer."""

    AUTO = "auto"
    USERNS = "userns"
    UNCONFINED = "unconfined"


class Namespaced(pydantic.BaseModel):
    """All settings that an override may change; each has its default here."""

    security_profile: SecurityProfile = Field(
        default=SecurityProfile.AUTO,
        description="auto, userns or unconfined. auto needs to list nodes, which an install for "
        "single namespaces may not.",
    )
    seccomp_profile: Annotated[str, AfterValidator(checks.local_profile)] | None = Field(
        default=None,
        description="A file under the kubelet's seccomp directory on every node, which lets builds "
        "run under the baseline Pod Security Standard; unset: Unconfined.",
    )
    app_armor_profile: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="A profile that AppArmor has loaded on every node; unset: the runtime's own, "
        "or Unconfined where seccomp is that too.",
    )
    registries: dict[RegistryHost, Registry | None] = Field(
        default_factory=dict, description="Registry host -> how builds reach it."
    )
    resources: Resources = Field(
        default_factory=Resources,
        description="Requests and limits of the container that builds, where an ImageBuild names "
        "none.",
    )
    timeout_seconds: Whole = Field(
        default=3600,
        ge=1,
        description="How long an attempt may take, where an ImageBuild does not say.",
    )
    pending_seconds: Whole = Field(
        default=1800,
        ge=1,
        description="How long a build's pod may wait to be started, for whatever reason but a "
        "Secret or ConfigMap that is missing: these are waited for without end.",
    )
    attempts: Whole = Field(
        default=3,
        ge=1,
        le=10,
        description="How often a build is begun whose pod was lost, or that failed by no fault of "
        "its own.",
    )
    history: Whole = Field(
        default=5,
        ge=1,
        le=50,
        description="Ended builds that keep their row in status, their Job and their log.",
    )
    logs: Logs = Field(
        default_factory=Logs, description="What becomes of the logs of ended builds."
    )
    policy: Policy = Field(
        default_factory=Policy, description="What ImageBuilds may not go beyond."
    )
    bounds: Bounds = Field(
        default_factory=Bounds,
        description="How much of its node one build may take, beside what `resources` says.",
    )
    proxy: Proxy = Field(
        default_factory=Proxy,
        description="By what builds reach servers: their daemon, their worker and their steps. No "
        "image has it in its environment.",
    )
    ca_certificates: Certificates = Field(
        default_factory=dict,
        description="Name -> certificates in PEM of an authority that every build trusts beside "
        "the public ones.",
    )
    registry_secrets: tuple[SecretName, ...] = Field(
        default=(),
        description="Secrets of type kubernetes.io/dockerconfigjson that every build uses, where "
        "its own namespace has one of the name.",
    )
    pull_secrets: tuple[SecretName, ...] = Field(
        default=(),
        description="Secrets in a build's namespace by which the kubelet pulls the builder image.",
    )

    def profile(self, auto: Profile) -> Profile:
        """The security profile; ``auto`` is what follows from the nodes."""
        kind = self.security_profile
        found = auto if kind is SecurityProfile.AUTO else Profile(Kind(kind))
        return replace(found, seccomp=self.seccomp_profile, apparmor=self.app_armor_profile)

    def for_core(self, builder_image: str, *, auto: Profile) -> core.Settings:
        """The same as the core needs it; a default beyond the policy's bounds is cut to them."""
        policy = self.policy.for_core()
        most = policy.max_timeout_seconds or self.timeout_seconds
        return core.Settings(
            builder_image=builder_image,
            profile=self.profile(auto),
            registries={
                host: core.Registry(registry.mirrors, http=registry.http)
                for host, registry in present(self.registries).items()
            },
            resources=self.resources.for_core(),
            timeout_seconds=min(self.timeout_seconds, most),
            pending_seconds=self.pending_seconds,
            attempts=self.attempts,
            history=self.history,
            logs=core.Logs(self.logs.kept_kib, self.logs.url),
            policy=policy,
            bounds=self.bounds.for_core(),
            proxy=self.proxy.for_core(),
            ca_certificates=present(self.ca_certificates),
            registry_secrets=self.registry_secrets,
            pull_secrets=self.pull_secrets,
        )


class Override(Namespaced, Part):
    """What is otherwise in some namespaces: what is not named stays as it is."""

    namespaces: tuple[Annotated[str, AfterValidator(checks.namespace_pattern)], ...] = Field(
        min_length=1, description="Names, with * for anything, as team-*."
    )


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Maps are merged by their names, at any depth; of all else the one above is taken."""
    found: dict[str, Any] = dict(below)
    for name, value in above.items():
        known: Any = found.get(name)
        deep = isinstance(known, Mapping) and isinstance(value, Mapping)
        found[name] = merged(known, value) if deep else value
    return found
