"""What all parts of the settings file have in common: camelCase, and no name that is a slip."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import alias_generators

from imagebuild.api.checks.quantities import is_none, quantity

Entry = TypeVar("Entry")


class Part(pydantic.BaseModel):
    """An object in the settings file."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=alias_generators.to_camel,
        populate_by_name=True,
    )

    @pydantic.model_validator(mode="before")
    @classmethod
    def _knows_every_name(cls, given: Any) -> Any:
        known = {field.alias: name for name, field in cls.model_fields.items()}
        return refuse_unknown(given, {*known, *known.values()}, shown=known)


def refuse_unknown(given: Any, known: Any, *, shown: Any) -> Any:
    """Raise ValueError for a name that is none of the known ones, and say which are (``shown``)."""
    unknown = [name for name in given if name not in known] if isinstance(given, dict) else []
    if unknown:
        names = ", ".join(sorted(map(str, shown)))
        raise ValueError(f"there is no setting {unknown[0]!s} here; known are {names}")
    return given


def _as_text(value: Any) -> Any:
    """YAML reads ``cpu: 4`` as a number."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole or isinstance(value, float) else value


def _is_quantity(text: str) -> str:
    try:
        quantity(text)
    except ValueError as error:
        raise ValueError(f"{error}; write it as 500m, 2 or 4Gi") from None
    return text


def _is_limit(text: str) -> str:
    if is_none(text):
        raise ValueError(f"{text} would be no limit: Kubernetes takes it for none; leave it out")
    return text


def _is_number(value: Any) -> Any:
    """The environment has numbers as text; ``true`` is 1 to Python."""
    if isinstance(value, bool | float):
        raise ValueError(f"{str(value).lower()} is no whole number")  # noqa: TRY004 - of pydantic
    return value


def present(found: Mapping[str, Entry | None]) -> dict[str, Entry]:
    """What is left of a map once null has taken out entries of the settings below."""
    return {name: value for name, value in found.items() if value is not None}


Whole = Annotated[int, pydantic.BeforeValidator(_is_number)]
# As 500m, 2 or 4Gi.
Quantity = Annotated[str, pydantic.BeforeValidator(_as_text), pydantic.AfterValidator(_is_quantity)]
# The same above 0.
Limit = Annotated[Quantity, pydantic.AfterValidator(_is_limit)]
