"""Rules: what the API server checks by CEL and the operator checks again, with the same words.

An object may come from a time before a rule was there, so the operator relies on none. Both
checks of a rule stand side by side, and a rule is the only place where either is written.
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic
from pydantic import alias_generators
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

BROKEN = "rule"
INVALID = "FieldValueInvalid"
REQUIRED = "FieldValueRequired"
# Names of fields that mean something else in Python.
_TAKEN = frozenset({"from", "copy"})
# An anchor at the end, or first what is none: a character that is escaped or in a class.
_END = re.compile(r"(\\.|\[[^\]]*\])|\$")


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
    Where ``cel`` is "" the operator alone checks it, since the API server's budget does not carry
    it. ``what`` and ``mend`` are its message. A rule over many things has ``find`` instead of
    ``holds``, which names the culprit, and ``told``, a CEL expression for the same words.
    ``field`` is where below the value it is reported, ``reason`` the API's word for the kind.
    """

    what: str
    mend: str
    cel: str = ""
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


def matches(pattern: str, text: str) -> bool:
    r"""Whether Go's regular expressions find it: there ``$`` is the very end, as ``\Z`` is here."""
    return _compiled(pattern).search(text) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_END.sub(lambda found: found[1] or r"\Z", pattern), re.ASCII)


def like(pattern: str, *, what: str, mend: str) -> Rule:
    """The rule that the pattern is found in a string."""
    return Rule(
        cel=f"self.matches(r'{pattern}')",
        holds=lambda text: matches(pattern, text),
        what=what,
        mend=mend,
    )


def unlike(pattern: str, *, what: str, mend: str) -> Rule:
    """The rule that the pattern is not found in a string."""
    return Rule(
        cel=f"!self.matches(r'{pattern}')",
        holds=lambda text: not matches(pattern, text),
        what=what,
        mend=mend,
    )


def listed(names: Sequence[str], conjunction: str = "and") -> str:
    """Several names as people list them."""
    *first, last = names
    return f"{', '.join(first)} {conjunction} {last}" if first else last


@functools.cache
def attribute(name: str) -> str:
    """The field of a model that the API calls so."""
    return f"{name}_" if name in _TAKEN else alias_generators.to_snake(name)


def given(value: object, names: Iterable[str]) -> tuple[str, ...]:
    """Those fields of an object, by the API's names, that are set; an empty list is not."""
    return tuple(name for name in names if getattr(value, attribute(name)) not in (None, ()))


def exactly_one(names: Sequence[str], *, of: str, mend: str) -> Rule:
    """The rule that exactly one of these fields of an object is set; ``of``: what it is."""
    return Rule(
        cel=f"[{', '.join(f'has(self.{name})' for name in names)}].filter(x, x).size() == 1",
        holds=lambda value: sum(getattr(value, attribute(n)) is not None for n in names) == 1,
        what=f"{of} has exactly one of {listed(names)}",
        mend=mend,
    )


def belongs_to(field: str, *others: str) -> Rule:
    """The rule that a field of an object is set only beside one of some others."""
    return Rule(
        cel=f"!has(self.{field}) || {' || '.join(f'has(self.{name})' for name in others)}",
        holds=lambda value: not given(value, [field]) or bool(given(value, others)),
        what=f"{field} belongs to {listed(others)}",
        mend=f"leave it out, or give {listed(others, 'or')}",
        field=f".{field}",
    )


def check(rules: Iterable[Rule], value: object) -> None:
    """Raises the PydanticCustomError BROKEN with ``findings``, if there are any."""
    findings = tuple(finding for rule in rules for finding in rule.findings(value))
    if findings:
        words = " ".join(f"{finding.what}; {finding.mend}" for finding in findings)
        raise PydanticCustomError(BROKEN, "{words}", {"words": words, "findings": findings})


def extend(schema: dict[str, Any], rules: Iterable[Rule]) -> dict[str, Any]:
    """The schema with the rules in it."""
    entries = [rule.to_schema() for rule in rules if rule.cel]
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
