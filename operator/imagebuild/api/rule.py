"""Rules: what the API server checks by CEL and the operator checks again, with the same words.

An object may come from a time before a rule was there, so the operator relies on none. Both
checks of a rule stand side by side, and a rule is the only place where either is written.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pydantic
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

BROKEN = "rule"
INVALID = "FieldValueInvalid"
REQUIRED = "FieldValueRequired"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: where (as ``.steps[0].to``), what, and how to mend it."""

    field: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule over an object or a string.

    ``cel`` is its check in CEL, where ``self`` is the value; ``holds`` is the same in Python.
    ``what`` and ``mend`` are its message. A rule over many things has ``find`` instead of
    ``holds``, which names the culprit, and ``told``, a CEL expression for the same words.
    ``field`` is where below the value it is reported, ``reason`` the API's word for the kind.
    """

    cel: str
    what: str
    mend: str
    holds: Callable[[Any], bool] | None = None
    find: Callable[[Any], Iterable[Finding]] | None = None
    told: str = ""
    field: str = ""
    reason: str = INVALID

    def findings(self, value: object) -> Iterable[Finding]:
        """What breaks the rule."""
        if self.find is not None:
            return self.find(value)
        if self.holds is None or self.holds(value):
            return ()
        return (Finding(self.field, self.what, self.mend),)

    def to_schema(self) -> dict[str, str]:
        """One entry of ``x-kubernetes-validations``."""
        entry = {"rule": self.cel, "message": f"{self.what}; {self.mend}", "reason": self.reason}
        if self.told:
            entry["messageExpression"] = self.told
        if self.field:
            entry["fieldPath"] = self.field
        return entry


def check(rules: Iterable[Rule], value: object) -> None:
    """Raises the PydanticCustomError BROKEN with ``findings``, if there are any."""
    findings = tuple(finding for rule in rules for finding in rule.findings(value))
    if findings:
        words = " ".join(f"{finding.what}; {finding.mend}" for finding in findings)
        raise PydanticCustomError(BROKEN, "{words}", {"words": words, "findings": findings})


def extend(schema: dict[str, Any], rules: Iterable[Rule]) -> dict[str, Any]:
    """The schema with the rules in it."""
    entries = [rule.to_schema() for rule in rules]
    return {**schema, "x-kubernetes-validations": entries} if entries else schema


@dataclass(frozen=True, slots=True)
class Keeps:
    """In ``Annotated``: a string that keeps these rules."""

    rules: tuple[Rule, ...]

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: pydantic.GetCoreSchemaHandler
    ) -> CoreSchema:
        """Checks the rules after all else."""

        def checked(value: str) -> str:
            check(self.rules, value)
            return value

        return core_schema.no_info_after_validator_function(checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: pydantic.GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Adds the rules."""
        return extend(handler(schema), self.rules)


def findings_of(context: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings in the ``ctx`` of an error of type BROKEN."""
    found: tuple[Finding, ...] = context["findings"]
    return found
