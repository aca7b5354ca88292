"""What all models of the API have in common: immutable, camelCase in JSON, unknown fields ignored.

The API server prunes or refuses unknown fields; an operator older than its CRD must not choke on
those that it does not know yet.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import pydantic
from pydantic import alias_generators


class Model(pydantic.BaseModel):
    """An object of the API."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=alias_generators.to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )

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
