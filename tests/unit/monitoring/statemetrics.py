"""What kube-state-metrics makes of an object by a CustomResourceState configuration.

Its rules, as of v2.17 (pkg/customresourcestate/registry_factory.go), as far as ours uses them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any


def names(config: Mapping[str, Any]) -> set[str]:
    """The names of all metrics."""
    return {
        f"{resource['metricNamePrefix']}_{metric['name']}"
        for resource in config["spec"]["resources"]
        for metric in resource["metrics"]
    }


def samples(
    config: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Name of a metric -> (labels, value) of each of its samples for this object."""
    result = {}
    for resource in config["spec"]["resources"]:
        common = _labels(resource["labelsFromPath"], found)
        for metric in resource["metrics"]:
            name = f"{resource['metricNamePrefix']}_{metric['name']}"
            values = _values(metric["each"], found)
            result[name] = [({**common, **labels}, value) for labels, value in values]
    return result


def _values(each: Mapping[str, Any], found: Any) -> Iterator[tuple[dict[str, str], float]]:
    (kind,) = set(each) - {"type"}
    assert kind == each["type"][0].lower() + each["type"][1:]
    asked = each[kind]
    there = get(found, asked.get("path", []))
    for item in there if isinstance(there, list) else [there]:
        labels = _labels(asked.get("labelsFromPath", {}), item)
        if kind == "info":
            if labels:
                yield labels, 1.0
            continue
        value = get(item, asked.get("valueFrom", []))
        if kind == "stateSet" and isinstance(value, str):
            for state in asked["list"]:
                yield labels | {asked["labelName"]: state}, float(value == state)
        elif kind == "gauge" and (value is not None or asked.get("nilIsZero")):
            yield labels, _number(value)


def _labels(paths: Mapping[str, list[str]], found: Any) -> dict[str, str]:
    """Of what is not there no label is made."""
    values = {label: get(found, path) for label, path in paths.items()}
    return {label: _text(value) for label, value in values.items() if value is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def get(found: Any, path: list[str]) -> Any:
    """What is at a path of fields, and of `[field=value]` for the first such item of a list."""
    for part in path:
        if isinstance(found, list) and part.startswith("["):
            field, value = part[1:-1].split("=")
            found = next((item for item in found if item.get(field) == value), None)
        elif isinstance(found, dict):
            found = found.get(part)
        else:
            return None
    return found


def _number(value: Any) -> float:
    """As a float; a time in seconds since the epoch."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return float(value or 0)
