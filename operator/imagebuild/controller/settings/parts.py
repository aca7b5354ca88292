"""The parts of the settings file that are objects of their own."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from imagebuild.api.checks.quantities import quantity
from imagebuild.contract import order
from imagebuild.controller.settings import checks
from imagebuild.controller.settings.part import Limit, Part, Quantity, Whole, present
from imagebuild.core import settings as core

ImagePattern = Annotated[str, AfterValidator(checks.image_pattern)]
SecretsPattern = Annotated[str, AfterValidator(checks.secrets_pattern)]
ProxyUrl = Annotated[str, AfterValidator(checks.proxy_url)]
Certificates = Annotated[dict[str, str | None], AfterValidator(checks.certificates)]
RegistryHost = Annotated[str, AfterValidator(checks.registry_host)]
Mirror = Annotated[str, AfterValidator(checks.mirror)]
Requests = Annotated[dict[str, Quantity | None], AfterValidator(checks.resource_names)]
Limits = Annotated[dict[str, Limit | None], AfterValidator(checks.resource_names)]
SecretName = Annotated[str, AfterValidator(checks.object_name)]


class Registry(Part):
    """How builds reach one registry host."""

    mirrors: tuple[Mirror, ...] = Field(default=(), description="Hosts to ask first, in order.")
    http: bool = Field(default=False, description="Speak plain HTTP.")


class Resources(Part):
    """Requests and limits of the container that builds, where an ImageBuild names none."""

    requests: Requests = Field(
        default_factory=dict, description="What a build is sure to get, by resource."
    )
    limits: Limits = Field(
        default_factory=dict, description="What a build may use at most, by resource."
    )

    def for_core(self) -> dict[str, dict[str, str]]:
        """The same as a container has it."""
        parts = {"requests": present(self.requests), "limits": present(self.limits)}
        return {part: amounts for part, amounts in parts.items() if amounts}


def _of_bytes(text: str) -> str:
    if quantity(text) < _LEAST_BYTES:
        raise ValueError(f"{text} is less than 16Mi")
    return text


# An amount of bytes as Kubernetes writes it; less than 16 MiB holds no build.
_LEAST_BYTES = 16 * 1024**2
_Bytes = Annotated[Quantity, AfterValidator(_of_bytes)]


class Bounds(Part):
    """How much of its node one build may take, beside what Kubernetes bounds by ``resources``."""

    processes: Whole = Field(
        default=4096,
        ge=256,
        description="How many processes and threads each user in a build may have, and where pods "
        "have user namespaces of their own all of them together. A step may have 256 fewer, which "
        "are the daemon's.",
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


class Logs(Part):
    """What becomes of the logs of ended builds."""

    kept_kib: Whole = Field(
        default=128,
        alias="keptKiB",
        ge=0,
        le=700,
        description="How large the compressed copy of one may be in its ConfigMap; 0: none is "
        "kept. In base64 700 KiB come close to the 1 MiB that an object may have.",
    )
    url: Annotated[str, AfterValidator(checks.log_url)] = Field(
        default="",
        description="Where the cluster's log store shows one, with $(namespace), $(name), "
        "$(number), $(job), $(pod) and $(container) in it.",
    )


class Proxy(Part):
    """By what builds reach servers: their daemon, their worker and their steps; no image has it."""

    http: ProxyUrl = Field(
        default="", description="For http://, as http://proxy.example.com:3128; no user in it."
    )
    https: ProxyUrl = Field(default="", description="For https://.")
    none: str = Field(
        default="", description="Hosts that are reached without, as NO_PROXY: .svc,10.0.0.0/8."
    )

    def for_core(self) -> order.Proxy:
        """The same for an order."""
        return order.Proxy(self.http, self.https, self.none)


class Policy(Part):
    """What ImageBuilds may not go beyond; what is unset bounds nothing."""

    pull_from: tuple[ImagePattern, ...] = Field(
        default=(),
        description="Images that may be pulled, as HOST/PATH without tag, with * for anything: "
        "docker.io/library/*. Empty: all.",
    )
    push_to: tuple[ImagePattern, ...] = Field(
        default=(), description="Images that may be published, in the same way. Empty: all."
    )
    max_resources: Limits = Field(
        default_factory=dict,
        description="The most that requests and limits may be, by resource. It is also the limit "
        "of a build that has none.",
    )
    max_timeout_seconds: Whole | None = Field(
        default=None, ge=1, description="The most that spec.timeoutSeconds may be."
    )
    lint: Literal["Warn", "Fail"] | None = Field(
        default=None,
        description="What spec.lint is at least, and is where an ImageBuild does not say.",
    )
    leak_guard: Literal["Auto", "Always"] = Field(
        default="Auto",
        description="Always: what is published is always searched, and spec.leakGuard can't say "
        "otherwise.",
    )
    secrets_on: tuple[SecretsPattern, ...] = Field(
        default=(),
        description="The refs of which the main context's commit must be one before a build may "
        "use `secrets` or `ssh`, with * for anything: refs/heads/main, or with its repository "
        "https://git.example.com/team/*@refs/heads/main. Empty: any commit.",
    )

    def for_core(self) -> core.Policy:
        """The same as the core compares with it."""
        return core.Policy(
            pull_from=self.pull_from,
            push_to=self.push_to,
            max_resources=present(self.max_resources),
            max_timeout_seconds=self.max_timeout_seconds,
            lint=self.lint,
            leak_guard=self.leak_guard == "Always",
            secrets_on=self.secrets_on,
        )
