"""What the administrator decides: a mounted YAML file, and the environment above it.

The file is ``/etc/imagebuild/settings.yaml`` (another by ``IMAGEBUILD_SETTINGS``), with the names
below in camelCase; the environment has ``IMAGEBUILD_`` and the name in capitals, as in
``IMAGEBUILD_BUILDER_IMAGE``. Most of them may differ by namespace (``overrides``).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pydantic
import pydantic_settings
import yaml
from pydantic import Field, alias_generators

from imagebuild.controller.settings import checks
from imagebuild.controller.settings.namespaced import (
    Namespaced,
    Override,
    SecurityProfile,
    merged,
)
from imagebuild.controller.settings.part import refuse_unknown
from imagebuild.core import settings as core
from imagebuild.core.profile import Profile

__all__ = [
    "FILE",
    "OperatorSettings",
    "Override",
    "SecurityProfile",
    "SettingsError",
    "load",
    "path",
]

FILE = "/etc/imagebuild/settings.yaml"


class SettingsError(Exception):
    """The settings can't be used: one line for each mistake, each with its place in the file."""


class OperatorSettings(Namespaced, pydantic_settings.BaseSettings):
    """The operator's settings; an unknown name in the file is an error, so that none is a slip."""

    model_config = pydantic_settings.SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="IMAGEBUILD_"
    )

    builder_image: str = Field(
        description="The image that builds run in. Required; the manifests set it in the "
        "environment."
    )
    namespaces: tuple[str, ...] = Field(
        default=(), description="Where to look for ImageBuilds; empty: everywhere."
    )
    overrides: tuple[Override, ...] = Field(
        default=(), description="What is otherwise in some namespaces, in order: later ones win."
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
        file = pydantic_settings.InitSettingsSource(settings_cls, _read(path(), settings_cls))
        return init_settings, env_settings, file

    @pydantic.model_validator(mode="after")
    def _fits_an_order(self) -> Self:
        """Whatever overrides a namespace has, its certificates fit into its builds' orders."""
        found = (self.ca_certificates, *(o.ca_certificates for o in self.overrides))
        checks.certificates_fit([text for texts in found for text in texts.values()])
        return self

    def for_namespace(self, namespace: str, *, auto: Profile) -> core.Settings:
        """What holds for the builds of this namespace; ``auto`` is the profile by the nodes."""
        names = set(Namespaced.model_fields)
        found = self.model_dump(include=names, exclude_unset=True)
        for override in self.overrides:
            if _concerns(override, namespace):
                found = merged(found, override.model_dump(include=names, exclude_unset=True))
        return Namespaced.model_validate(found).for_core(self.builder_image, auto=auto)

    @property
    def follows_nodes(self) -> bool:
        """Whether some namespace leaves the security profile to the nodes."""
        named = (o for o in self.overrides if "security_profile" in o.model_fields_set)
        profiles = (part.security_profile for part in (self, *named))
        return SecurityProfile.AUTO in profiles


def path() -> Path:
    """Where the file is; there may be none."""
    return Path(os.environ.get("IMAGEBUILD_SETTINGS", FILE))


def load() -> OperatorSettings:
    """The settings as file and environment have them now; raises SettingsError."""
    try:
        return OperatorSettings()
    except pydantic.ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"environment: {error}") from None


def _concerns(override: Override, namespace: str) -> bool:
    patterns = (re.escape(name).replace(r"\*", ".*") for name in override.namespaces)
    return any(re.fullmatch(pattern, namespace) for pattern in patterns)


def _read(file: Path, settings: type[pydantic.BaseModel]) -> dict[str, Any]:
    """The file's settings by their Python names; none where there is no file."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: {error}") from None
    if not isinstance(found, dict):
        raise SettingsError(f"{file}: this is no map of settings")
    known = {alias_generators.to_camel(name): name for name in settings.model_fields}
    try:
        refuse_unknown(found, known, shown=known)
    except ValueError as error:
        raise SettingsError(f"{file}: {error}") from None
    return {known[name]: value for name, value in found.items()}


def _lines(error: pydantic.ValidationError) -> Iterator[str]:
    """Each mistake at its place, as ``overrides[0].policy.pushTo[1]: …``."""
    for mistake in error.errors(include_url=False, include_input=False):
        words = mistake["msg"].removeprefix("Value error, ")
        if not mistake["loc"]:
            yield words
            continue
        first, *others = mistake["loc"]
        place = alias_generators.to_camel(str(first))
        place += "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in others)
        yield f"{place}: {words}"
