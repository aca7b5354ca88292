"""Rules, dashboard and kube-state-metrics' file speak of metrics and reasons that there are."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import promql_parser
import pytest
import yaml
from tests import phases
from tests.unit.monitoring import statemetrics

from imagebuild.api import crd, names, reasons
from imagebuild.api.reasons import SECTIONS, Reason
from imagebuild.api.status import ImageBuildStatus
from imagebuild.controller import __main__ as operator
from imagebuild.controller import metrics
from imagebuild.controller.settings import OperatorSettings
from imagebuild.core.status import conditions

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "manifests/monitoring"
PAGE = (ROOT / "docs/how-to/monitoring.md").read_text()
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "rules.yaml").read_text())["groups"]
    for rule in group["rules"]
}
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SCHEMA = crd.whole_object()
STATE = yaml.safe_load((FOLDER / "state-metrics.yaml").read_text())
SHOWN = re.findall(r"^```promql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
QUERIES = {
    **{alert: rule["expr"] for alert, rule in RULES.items()},
    **{f"{p['title']} {t['refId']}": t["expr"] for p in PANELS for t in p["targets"]},
    **dict(re.findall(r"^# (.*)\n(.*)$", "\n".join(SHOWN), re.MULTILINE)),
}


class Idle:
    def depth(self):
        return 0

    def overdue(self):
        return timedelta(0)


def of_the_operator():
    """Family -> its type and labels, of all that the operator serves."""
    counted = metrics.Metrics()
    counted.follow(Idle(), active=lambda: 0)
    return {
        family.name: (family.type, {key for s in family.samples for key in s.labels} - {"le"})
        for family in counted.registry.collect()
    }


OPERATORS = of_the_operator()
OURS = {name: facts for name, facts in OPERATORS.items() if name.startswith("imagebuild_")}


def series():
    """Every name that a query may have, and the labels of its series, but those of a scrape."""
    found = {}
    for name, (kind, labels) in OPERATORS.items():
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(kind, [""])
        for end in ends:
            found[name + end] = labels | ({"le"} if end == "_bucket" else set())
    for about in phases.OBJECTS.values():
        for name, samples in statemetrics.samples(STATE, about).items():
            found.setdefault(name, set()).update(*(labels for labels, _ in samples))
    return found


SERIES = series()


def selectors(query):
    """Every selector in a query, which must be PromQL."""
    plain = query.replace("$__rate_interval", "5m").replace("$__range", "6h")
    found = []

    def visit(expr):
        if isinstance(expr, promql_parser.VectorSelector):
            found.append(expr)
        elif isinstance(expr, promql_parser.MatrixSelector):
            found.append(expr.vector_selector)
        return True

    promql_parser.walk(promql_parser.parse(plain), visit)
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_asks_for_series_that_there_are(name):
    found = selectors(QUERIES[name])
    assert found
    for selector in found:
        assert selector.name in SERIES
        for matcher in selector.matchers.matchers:
            assert matcher.name in SERIES[selector.name], f"{selector.name} has no {matcher.name}"


def reasons_in(query):
    found = [m for s in selectors(query) for m in s.matchers.matchers if m.name == "reason"]
    return {reason for matcher in found for reason in matcher.value.split("|")}


@pytest.mark.parametrize("alert", RULES)
def test_every_reason_that_a_rule_names_is_one(alert):
    assert reasons_in(RULES[alert]["expr"]) <= set(Reason)


def test_every_obstacle_is_told_of_when_it_stays():
    assert reasons_in(RULES["ImageBuildKeptWaiting"]["expr"]) == conditions.OBSTACLES


def seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def test_an_operator_that_stands_still_is_told_of_before_it_is_restarted():
    rule = RULES["ImageBuildQueueOverdue"]
    waited = promql_parser.parse(rule["expr"]).rhs.val
    scraped = seconds(manifest("servicemonitor.yaml")["spec"]["endpoints"][0]["interval"])
    assert waited + scraped + seconds(rule.get("for", "0s")) < operator.STUCK.total_seconds()


def ranges(query):
    """Of each range in a query: the name of its series, how long it is and how long ago it ends."""
    found = []

    def visit(expr):
        if isinstance(expr, promql_parser.MatrixSelector):
            found.append((expr.vector_selector.name, expr.range, expr.vector_selector.offset))
        return True

    promql_parser.walk(promql_parser.parse(query), visit)
    return found


def test_what_lies_in_a_spec_or_before_the_operator_says_nothing_of_the_cluster():
    query = RULES["ImageBuildNoneSucceeds"]["expr"]
    matchers = [m for s in selectors(query) for m in s.matchers.matchers if m.name == "reason"]
    assert all(matcher.op == promql_parser.MatchOp.NotRe for matcher in matchers)
    slips = reasons_in(query)
    of_the_spec = set(SECTIONS["The spec, its steps, its Dockerfile"]) - {Reason.BUILD_FAILED}
    assert of_the_spec <= slips
    assert not slips & set(SECTIONS["The cluster"])
    # What is tried again is what others did.
    assert all(reasons.terminal(reason) for reason in slips)
    window = max(length for name, length, _ in ranges(query) if name == "imagebuild_builds_total")
    assert ("imagebuild_build_info", window) in {(name, ago) for name, _, ago in ranges(query)}


def least(query):
    """The whole number of builds from which on a query's count of them is enough."""
    counts = re.findall(r"increase\(imagebuild_builds_total[^=]*=~?[^/]*?\) > ([\d.]+)", query)
    (count,) = (float(count) for count in counts if float(count) > 1)
    return count


@pytest.mark.parametrize(
    ("alert", "builds"), [("ImageBuildFailureRatio", 6), ("ImageBuildNoneSucceeds", 3)]
)
def test_fewer_builds_than_the_page_says_are_too_few_though_prometheus_extrapolates(alert, builds):
    (said,) = (cells[2] for cells in rows("The rules") if cells[0] == f"`{alert}`")
    assert f"at least {builds} " in said
    # By half a scrape interval at both ends, of the 10 minutes at least that a rule waits.
    assert (builds - 1) * 1.05 < least(RULES[alert]["expr"]) < builds


@pytest.mark.parametrize("alert", RULES)
def test_every_rule_says_what_is_and_what_to_do_about_what_its_query_has(alert):
    rule = RULES[alert]
    assert set(rule["annotations"]) == {"summary", "description"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    words = " ".join(rule["annotations"].values())
    for label in re.findall(r"\$labels\.(\w+)", words):
        assert any(label in SERIES[selector.name] for selector in selectors(rule["expr"]))


def test_the_prometheus_operators_object_has_the_same_rules():
    made = yaml.safe_load((FOLDER / "prometheusrule.yaml").read_text())
    assert made["spec"] == yaml.safe_load((FOLDER / "rules.yaml").read_text())


def test_the_dashboard_asks_the_data_source_that_is_chosen():
    variables = {v["name"]: v["type"] for v in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource": "datasource"}
    for panel in PANELS:
        for about in (panel, *panel["targets"]):
            assert about["datasource"]["uid"] == "${datasource}"


def test_the_dashboards_panels_have_numbers_of_their_own_and_cover_no_other():
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        fields = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                  for y in range(at["y"], at["y"] + at["h"])}  # fmt: skip
        assert not fields & taken, panel["title"]
        taken |= fields


def test_everything_that_is_counted_of_builds_is_shown():
    shown = {selector.name for query in QUERIES.values() for selector in selectors(query)}
    ends = "_total", "_bucket", "_count", ""
    for family in OURS:
        assert {family + end for end in ends} & shown, f"nothing asks for {family}"


def of_phase(phase):
    return statemetrics.samples(STATE, phases.OBJECTS[phase])


@pytest.mark.parametrize("phase", phases.OBJECTS)
def test_what_kube_state_metrics_tells_of_an_object_is_so(phase):
    about, found = phases.OBJECTS[phase], of_phase(phase)
    status = ImageBuildStatus.model_validate(about["status"])
    ready = conditions.ready(status)
    (info,) = found["imagebuild_resource_info"]
    assert info[0]["exported_namespace"] == "team-a"
    assert info[0]["name"] == "hello"
    assert info[0].get("reason") == (ready.reason if ready else None)
    shown = {labels["status"]: value for labels, value in found["imagebuild_resource_ready"]}
    assert shown == ({s: s == ready.status for s in ("True", "False", "Unknown")} if ready else {})
    times = found["imagebuild_resource_condition_timestamp_seconds"]
    assert [(labels["type"], value) for labels, value in times] == [
        (c.type, c.last_transition_time.timestamp()) for c in status.conditions
    ]
    seen = found["imagebuild_resource_observed_generation"]
    assert [value for _, value in seen] == [status.observed_generation]


def test_a_build_has_a_start_an_end_and_its_success_has_a_time():
    found = of_phase("published")
    start, end, success = (
        found[f"imagebuild_resource_{name}_timestamp_seconds"][0][1]
        for name in ("build_start", "build_end", "success")
    )
    assert end - start == phases.OBJECTS["published"]["status"]["history"][0]["durationMs"] / 1000
    assert success == end
    ((labels, size),) = found["imagebuild_resource_image_size_bytes"]
    assert (labels["stage"], size) == ("final", 1000)


def test_the_last_success_is_told_after_a_failure_too():
    newest, before = phases.OBJECTS["published, the next build failed"]["status"]["history"]
    assert (newest["result"], before["result"]) == ("Failed", "Succeeded")
    found = of_phase("published, the next build failed")
    ((_, success),) = found["imagebuild_resource_success_timestamp_seconds"]
    assert datetime.fromtimestamp(success, tz=UTC).isoformat()[:19] == before["finishedAt"][:19]
    assert [value for _, value in found["imagebuild_resource_build_number"]] == [2]


def test_a_suspended_object_says_so():
    assert of_phase("suspended")["imagebuild_resource_suspended"][0][1] == 1
    assert of_phase("published")["imagebuild_resource_suspended"][0][1] == 0


def schema_at(path):
    """The schema of what is at a path of kube-state-metrics'; items stand for their list."""
    found = SCHEMA
    for part in path:
        if part.startswith("["):
            assert part[1:-1].split("=")[0] in found["properties"]
            continue
        found = found["properties"][part]
        found = found.get("items", found)
    return found


def paths():
    (resource,) = STATE["spec"]["resources"]
    for metric in resource["metrics"]:
        asked = metric["each"][metric["each"]["type"][0].lower() + metric["each"]["type"][1:]]
        base = asked.get("path", [])
        for more in (asked.get("valueFrom", []), *asked.get("labelsFromPath", {}).values()):
            if (base + more)[:1] != ["metadata"]:
                yield base + more


@pytest.mark.parametrize("path", list(paths()), ids=".".join)
def test_every_path_is_one_of_the_definition(path):
    assert schema_at(path)


def test_the_file_of_kube_state_metrics_is_about_our_kind():
    (resource,) = STATE["spec"]["resources"]
    kind = resource["groupVersionKind"]
    assert (kind["group"], kind["version"], kind["kind"]) == (
        names.GROUP,
        names.VERSION,
        names.KIND,
    )


def manifest(name):
    return next(yaml.safe_load_all((FOLDER / name).read_text()))


def test_the_operators_pod_is_found_and_its_port_is_the_one_that_is_served():
    deployment = yaml.safe_load((ROOT / "manifests/base/deployment.yaml").read_text())
    template = deployment["spec"]["template"]
    ports = {p["name"]: p["containerPort"] for p in template["spec"]["containers"][0]["ports"]}
    assert ports["metrics"] == OperatorSettings.model_fields["metrics_port"].default
    service, monitor = manifest("service.yaml"), manifest("servicemonitor.yaml")
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    (port,) = service["spec"]["ports"]
    assert (port["targetPort"], port["port"]) == ("metrics", ports["metrics"])
    assert monitor["spec"]["selector"]["matchLabels"] == service["metadata"]["labels"]
    assert monitor["spec"]["endpoints"][0]["port"] == port["name"]


def rows(heading):
    """The rows of the page's table under a heading: cells as they are."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_page_lists_what_the_operator_serves():
    listed = {
        cells[0].strip("`"): (cells[1], set(re.findall(r"`(\w+)`", cells[2])))
        for cells in rows("What the operator counts")
    }
    served = {
        name + ("_total" if kind == "counter" else ""): (kind, labels)
        for name, (kind, labels) in OURS.items()
    }
    assert listed == served


def test_the_page_lists_what_kube_state_metrics_tells():
    listed = {
        cells[0].strip("`"): set(re.findall(r"`(\w+)`", cells[1]))
        for cells in rows("What kube-state-metrics tells of each ImageBuild")
    }
    of_each = {"exported_namespace", "name"}
    told = {name: SERIES[name] - of_each for name in statemetrics.names(STATE)}
    assert listed == told


def test_the_page_lists_every_rule():
    assert {cells[0].strip("`") for cells in rows("The rules")} == set(RULES)
