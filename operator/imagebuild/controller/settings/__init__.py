"""What the administrator decides: a mounted YAML file, and the environment above it.

The file is ``/etc/imagebuild/settings.yaml`` (another by ``IMAGEBUILD_SETTINGS``), with the names
below in camelCase; the environment has ``IMAGEBUILD_`` and the name in capitals, as in
``IMAGEBUILD_BUILDER_IMAGE``. Most of them may differ by namespace (``overrides``).
"""

import re
from collections.abc import Iterator
from typing import Any, Self

import pydantic
import pydantic_settings
from pydantic import Field, alias_generators

from imagebuild.contract import images
from imagebuild.controller.settings import checks
from imagebuild.controller.settings import file as files
from imagebuild.controller.settings.file import FILE, SettingsError, path
from imagebuild.controller.settings.namespaced import (
    Namespaced,
    Override,
    SecurityProfile,
    merged,
)
from imagebuild.controller.settings.part import Whole, refuse_unknown
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
    hands: Whole = Field(default=8, ge=1, description="ImageBuilds reconciled at the same time.")
    metrics_port: Whole = Field(
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
        file = pydantic_settings.InitSettingsSource(settings_cls, _read(settings_cls))
        return init_settings, env_settings, file

    @pydantic.model_validator(mode="after")
    def _fits_an_order(self) -> Self:
        """Whatever overrides a namespace has, its certificates fit into its builds' orders."""
        found = (self.ca_certificates, *(o.ca_certificates for o in self.overrides))
        checks.certificates_fit([text for texts in found for text in texts.values() if text])
        return self

    def for_namespace(self, namespace: str, *, auto: Profile) -> core.Settings:
        """What holds for the builds of this namespace; ``auto`` is the profile by the nodes."""
        return self.namespaced(namespace).for_core(self.builder_image, auto=auto)

    def namespaced(self, namespace: str) -> Namespaced:
        """The same as the file has it: its settings with the namespace's overrides."""
        names = set(Namespaced.model_fields)
        found = self.model_dump(include=names, exclude_unset=True)
        for override in self.overrides:
            if _concerns(override, namespace):
                found = merged(found, override.model_dump(include=names, exclude_unset=True))
        return Namespaced.model_validate(found)

    @property
    def follows_nodes(self) -> bool:
        """Whether some namespace leaves the security profile to the nodes."""
        named = (o for o in self.overrides if "security_profile" in o.model_fields_set)
        profiles = (part.security_profile for part in (self, *named))
        return SecurityProfile.AUTO in profiles


def load(kind: type[OperatorSettings] = OperatorSettings) -> OperatorSettings:
    """The settings as file and environment have them now; raises SettingsError."""
    try:
        return kind()
    except pydantic.ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"environment: {error}") from None


def _concerns(override: Override, namespace: str) -> bool:
    return any(re.fullmatch(images.regex(name), namespace) for name in override.namespaces)


def _read(settings: type[pydantic.BaseModel]) -> dict[str, Any]:
    """The file's settings by their Python names; none in an install without a file."""
    file = path()
    found = files.parsed(files.content(file), file)
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
