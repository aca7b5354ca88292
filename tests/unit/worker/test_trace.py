import base64
import json
from collections.abc import Callable, Iterator

import pytest

from imagebuild.worker.solve import trace
from imagebuild.worker.solve.trace import Step


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("[builder 2/4] WORKDIR /app", Step(2, 4, "WORKDIR /app", "builder")),
        ("[builder  2/14] RUN a", Step(2, 14, "RUN a", "builder")),
        ("[1/3] FROM x", Step(1, 3, "FROM x")),
        ("[ 1/10] FROM x", Step(1, 10, "FROM x")),
        ("[linux/amd64 1/3] FROM x", Step(1, 3, "FROM x", "", "linux/amd64")),
        ("[linux/arm/v7 out 1/1] COPY a b", Step(1, 1, "COPY a b", "out", "linux/arm/v7")),
        (
            "[linux/amd64->arm64 build 2/2] RUN b",
            Step(2, 2, "RUN b", "build", "linux/amd64->arm64"),
        ),
        ("[a 2/4] ONBUILD COPY x /", Step(2, 4, "ONBUILD COPY x /", "a")),
        (
            "[internal 1/2] RUN a stage of that name",
            Step(1, 2, "RUN a stage of that name", "internal"),
        ),
        ("[a 2/2] RUN [b 1/1] c\nd", Step(2, 2, "RUN [b 1/1] c\nd", "a")),
        ("[internal] load build context", None),
        ("[linux/amd64 internal] load metadata for x", None),
        ("[context base] load .dockerignore", None),
        ("[auth] library/golang:pull token for registry-1", None),
        ("exporting to image", None),
        ("RUN [a 1/2] in a text", None),
        ("", None),
    ],
)
def test_a_vertex_name_tells_its_step(name: str, step: Step | None) -> None:
    assert trace.step_of(name) == step


def test_a_layer_that_comes_tells_its_bytes_and_other_statuses_nothing() -> None:
    layer = "sha256:" + "7e" * 32
    statuses = [
        {"id": layer, "vertex": "d", "total": 9, "current": 5},
        {"id": layer, "vertex": "d", "total": 9},
        {"id": f"extracting {layer}", "vertex": "d", "name": "extracting", "current": 0},
        {"id": "transferring context:", "vertex": "d", "current": 7},
        {"id": "pushing layers", "vertex": "d", "current": 0},
    ]
    assert trace.read(json.dumps({"statuses": statuses})) == (
        trace.Blob(layer, 5),
        trace.Blob(layer, 0),
    )


def test_a_line_gives_vertexes_and_logs_and_leaves_the_rest() -> None:
    line = json.dumps(
        {
            "vertexes": [
                {
                    "digest": "d",
                    "inputs": ["e"],
                    "name": "n",
                    "started": "2026-11-24T08:25:14.5Z",
                    "completed": "2026-11-24T08:25:14.500002309Z",
                    "cached": True,
                }
            ],
            "statuses": [{"id": "i", "vertex": "d"}],
            "logs": [{"vertex": "d", "stream": 1, "data": base64.b64encode(b"a\n").decode()}],
        }
    )
    vertex, log = trace.read(line)
    start = 1795508714500000
    assert vertex == trace.Vertex(
        "d", "n", started=start, completed=start + 2, cached=True, inputs=("e",)
    )
    assert log == trace.Log("d", b"a\n")


def test_a_check_of_buildkits_has_rule_message_line_and_link(
    recorded: Callable[[str], Iterator[trace.Event]],
) -> None:
    found = [event for event in recorded("warned") if isinstance(event, trace.Warning)]
    assert [(warning.rule, warning.line) for warning in found] == [
        ("StageNameCasing", 1),
        ("FromAsCasing", 1),
        ("MaintainerDeprecated", 5),
        ("LegacyKeyValueFormat", 2),
        ("UndefinedVar", 4),
    ]
    assert found[-1].message == "Usage of undefined variable '$BAR' (did you mean $A?)"
    assert found[-1].url.endswith("/rule/undefined-var/")


@pytest.mark.parametrize(
    ("short", "warnings"),
    [
        ("AnyRule: no line", [trace.Warning("AnyRule", "no line")]),
        ("AnyRule: x (line 2) (line 3)", [trace.Warning("AnyRule", "x (line 2)")]),
        ("Rule: two\nlines", [trace.Warning("Rule", "two\nlines")]),
        ("what is no check", []),
    ],
)
def test_a_warning_without_a_rule_is_none_of_the_checks(
    short: str, warnings: list[trace.Warning]
) -> None:
    plain = {"vertex": "d", "short": base64.b64encode(short.encode()).decode()}
    assert list(trace.read(json.dumps({"warnings": [plain]}))) == warnings


@pytest.mark.parametrize(
    "line",
    [
        *("", "{", "[]", "null", '"x"'),
        *('{"vertexes": [{}]}', '{"logs": 3}', '{"warnings": [{}]}'),
        *('{"statuses": [{}]}', '{"statuses": [{"id": 3}]}'),
    ],
)
def test_a_line_that_tells_nothing_is_no_error(line: str) -> None:
    assert trace.read(line) == ()


@pytest.mark.parametrize(
    ("error", "failed", "canceled"),
    [
        ("", False, False),
        ("exit code: 137: context canceled: context canceled", False, True),
        ('process "echo context canceled" did not complete: exit code: 1', True, False),
    ],
)
def test_canceled_is_not_failed(*, error: str, failed: bool, canceled: bool) -> None:
    vertex = trace.Vertex("d", "n", error=error)
    assert (vertex.failed, vertex.canceled) == (failed, canceled)
