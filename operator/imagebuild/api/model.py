"""What all models of the API have in common: immutable, camelCase in JSON, unknown fields ignored.

The API server prunes or refuses unknown fields; an operator older than its CRD must not choke on
those that it does not know yet.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self

import pydantic
from pydantic import alias_generators
from pydantic_core import CoreSchema

from imagebuild.api.rules import rule


class Model(pydantic.BaseModel):
    """An object of the API; ``RULES`` are those that it keeps beside its fields' own bounds."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = ()

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=alias_generators.to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )

    @pydantic.model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        rule.check(self.RULES, self)
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: pydantic.GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        """Adds the rules."""
        return rule.extend(handler(core_schema), cls.RULES)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data by the API's names; fields that are unset or None are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _whole_second(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)


def rfc3339(time: datetime) -> str:
    """A moment as Kubernetes writes it: UTC, whole seconds, ``2026-01-31T12:00:00Z``."""
    return _whole_second(time).strftime("%Y-%m-%dT%H:%M:%SZ")


# A moment in UTC, cut to whole seconds, so that what is written equals what is read again.
Time = Annotated[
    pydantic.AwareDatetime,
    pydantic.AfterValidator(_whole_second),
    pydantic.PlainSerializer(rfc3339, return_type=str, when_used="json"),
    pydantic.WithJsonSchema({"type": "string", "format": "date-time"}),
]
