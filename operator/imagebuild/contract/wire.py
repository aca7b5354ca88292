"""JSON text to frozen dataclasses and back."""

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class WireError(ValueError):
    """The data is not what the dataclass says; the message names the place."""


def encode(value: object) -> Any:
    """Plain JSON data of a dataclass: fields by name, without what is empty by default anyway."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [f for f in dataclasses.fields(value) if not _is_empty_anyway(f, value)]
        return {f.name: encode(getattr(value, f.name)) for f in fields}
    if isinstance(value, Mapping):
        return {str(k): encode(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(v) for v in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value


def _is_empty_anyway(field: dataclasses.Field[Any], owner: object) -> bool:
    """Whether the value is the default and that is empty (None, "", 0, no items).

    A default that is filled is always written: another version may have another one.
    """
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    value = getattr(owner, field.name)
    return not default and value == default and type(value) is type(default)


def decode(kind: type[T], data: object, where: str = "") -> T:
    """The dataclass ``kind`` from plain JSON data; unknown fields are ignored.

    Raises WireError where a required field is missing or a value is of another type.
    """
    if not isinstance(data, Mapping):
        raise WireError(f"{where or kind.__name__}: expected an object, got {type(data).__name__}")
    hints = typing.get_type_hints(kind)
    values = {
        name: _value(hint, data[name], f"{where}.{name}".lstrip("."))
        for name, hint in hints.items()
        if name in data
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise WireError(f"{where or kind.__name__}: {error}") from None


def _value(hint: Any, data: object, where: str) -> Any:
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return data
    if origin in (typing.Union, types.UnionType):
        inner = next(p for p in parameters if p is not types.NoneType)
        return None if data is None else _value(inner, data, where)
    if origin is tuple:
        items = _expect(list, data, where)
        return tuple(_value(parameters[0], v, f"{where}[{i}]") for i, v in enumerate(items))
    if origin is not None:
        mapping = _expect(dict, data, where)
        return {k: _value(parameters[1], v, f"{where}.{k}") for k, v in mapping.items()}
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast("type[Any]", hint), data, where)
    if issubclass(hint, enum.Enum):
        return _member(hint, data, where)
    return _expect(hint, data, where)


def _expect(kind: Any, data: object, where: str) -> Any:
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise WireError(f"{where}: expected {kind.__name__}, got {type(data).__name__}")
    return data


def _member(kind: type[enum.Enum], data: object, where: str) -> enum.Enum:
    try:
        return kind(data)
    except ValueError as error:
        raise WireError(f"{where}: {error}") from None
