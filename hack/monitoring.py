"""The dashboard for Grafana, and the alert rules as an object of the Prometheus operator."""

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

MONITORING = "manifests/monitoring"

_FOLDER = Path(__file__).resolve().parent.parent / MONITORING
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24  # of a dashboard, in Grafana's units
_SIZES = {"stat": (4, 4), "timeseries": (8, 8), "table": (12, 10)}
_VARIABLES = {"$rate": "$__rate_interval", "$shown": "$__range"}

Panel = Mapping[str, Any]


def prometheus_rule() -> str:
    """Return prometheusrule.yaml, which has what rules.yaml says."""
    whole = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "imagebuild", "namespace": "imagebuild-system"},
        "spec": yaml.safe_load((_FOLDER / "rules.yaml").read_text()),
    }
    text = yaml.safe_dump(whole, sort_keys=False, width=100)
    return f"# Made by hack/generate from {MONITORING}/rules.yaml; change that instead.\n{text}"


def dashboard() -> str:
    """Return dashboard.json, which shows what panels.yaml says.

    Its form is Grafana's JSON model (grafana.com/docs/grafana, "dashboard JSON model").
    """
    rows = yaml.safe_load((_FOLDER / "panels.yaml").read_text())
    variable = {"name": "datasource", "label": "Data source", "type": "datasource"}
    whole = {
        "uid": "imagebuild",
        "title": "imagebuild",
        "description": f"Made by hack/generate from {MONITORING}/panels.yaml.",
        "tags": ["imagebuild"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [variable | {"query": "prometheus"}]},
        "panels": list(_panels(rows)),
    }
    return json.dumps(whole, indent=1) + "\n"


def _panels(rows: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every row's title and its panels, from left to right and from top to bottom."""
    numbers = itertools.count(1)
    left = top = 0
    for row in rows:
        place = {"x": 0, "y": top, "w": _WIDTH, "h": 1}
        about = {"id": next(numbers), "type": "row", "title": row["row"], "collapsed": False}
        yield about | {"gridPos": place, "panels": []}
        top += 1
        for panel in row["panels"]:
            width, height = _SIZES[panel.get("kind", "timeseries")]
            place = {"x": left, "y": top, "w": width, "h": height}
            yield {"id": next(numbers), "gridPos": place, **_panel(panel)}
            left = (left + width) % _WIDTH
            top += 0 if left else height
        if left:
            left, top = 0, top + height


def _panel(panel: Panel) -> dict[str, Any]:
    kind = panel.get("kind", "timeseries")
    stacked = {"fillOpacity": 30, "stacking": {"mode": "normal"}} if "stacked" in panel else {}
    defaults = {"unit": panel.get("unit", "short"), "min": 0, "custom": stacked}
    queries = panel.get("queries") or _quantiles(panel)
    return {
        "type": kind,
        "title": panel["title"],
        "description": panel["about"],
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            _target(expression, legend, number=number, kind=kind)
            for number, (legend, expression) in enumerate(queries.items())
        ],
    }


def _target(expression: str, legend: str, *, number: int, kind: str) -> dict[str, Any]:
    """One query; what is no curve asks for the newest value alone."""
    for ours, grafanas in _VARIABLES.items():
        expression = expression.replace(ours, grafanas)
    return {
        "refId": chr(ord("A") + number),
        "datasource": _SOURCE,
        "expr": expression,
        "legendFormat": legend,
        "instant": kind != "timeseries",
        "range": kind == "timeseries",
        "format": "table" if kind == "table" else "time_series",
    }


def _quantiles(panel: Panel) -> dict[str, str]:
    by = panel.get("by", "")
    labels, legend = (f"le, {by}", f"{{{{{by}}}}} ") if by else ("le", "")
    rate = f"sum by ({labels}) (rate({panel['quantiles']}_bucket[$rate]))"
    shares = {"p50": 0.5, "p95": 0.95}
    return {
        f"{legend}{name}": f"histogram_quantile({share}, {rate})" for name, share in shares.items()
    }
