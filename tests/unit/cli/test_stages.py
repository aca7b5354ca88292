"""A stage says what the Dockerfile says of it, and only stages that are wanted are there."""

import pytest
from tests.unit.cli.converted import refused, spec, stage

SUM = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("ENV A=1", {"env": [{"name": "A", "value": "1"}]}),
        ("ENV A b c", {"env": [{"name": "A", "value": "b c"}]}),
        (
            "ENV A=1 B=$C\nENV D='$A'",
            {
                "env": [
                    {"name": "A", "value": "1"},
                    {"name": "B", "value": "$C"},
                    {"name": "D", "value": r"\$A"},
                ]
            },
        ),
        (
            "ENV A=1 B=$A",
            {"env": [{"name": "B", "value": "$A"}, {"name": "A", "value": "1"}]},
        ),
        (
            "ENV A=0\nENV A=1 B=$A C=2",
            {
                "env": [
                    {"name": "A", "value": "0"},
                    {"name": "A", "value": "1"},
                    {"name": "B", "value": "0"},
                    {"name": "C", "value": "2"},
                ]
            },
        ),
        (
            "ENV A=0\nRUN a\nENV A=$B B=$A",
            {"env": [{"name": "A", "value": "0"}], "steps": [
                {"run": "a"},
                {"env": [{"name": "A", "value": "$B"}, {"name": "B", "value": "0"}]},
            ]},
        ),
        ("ARG TARGETOS TARGETARCH", {"args": ["TARGETOS", "TARGETARCH"]}),
        ("WORKDIR /a\nWORKDIR b", {"workdir": "/a", "steps": [{"workdir": "b"}]}),
        ("USER 1000", {"user": 1000}),
        ("USER 1000:50", {"user": "1000:50"}),
        ("USER 007", {"user": "007"}),
        ("USER $U", {"user": "$U"}),
        (
            "ARG TARGETARCH\nENV A=1\nWORKDIR /a\nUSER b",
            {"args": ["TARGETARCH"], "env": [{"name": "A", "value": "1"}], "workdir": "/a",
             "user": "b"},
        ),
        (
            "USER b\nWORKDIR /a",
            {"user": "b", "steps": [{"workdir": "/a"}]},
        ),
        (
            "RUN a\nENV A=1\nENV B=2",
            {"steps": [{"run": "a"},
                       {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]},
        ),
        (
            "RUN a\nENV A=1\n# why\nENV B=2",
            {"steps": [{"run": "a"}, {"env": [{"name": "A", "value": "1"}]},
                       {"env": [{"name": "B", "value": "2"}]}]},
        ),
        ("LABEL a.b=c d='$e'", {"labels": {"a.b": "c", "d": r"\$e"}}),
        ("LABEL a b c", {"labels": {"a": "b c"}}),
        ("LABEL a=1\nLABEL a=2", {"labels": {"a": "2"}}),
        ("MAINTAINER Me <me@e.com>", {"labels": {"org.opencontainers.image.authors":
                                                  "Me <me@e.com>"}}),
        ("EXPOSE 80 443/TCP 53/udp\nEXPOSE 80", {"expose": [80, 443, "53/udp"]}),
        ("EXPOSE 8000-8002/udp", {"expose": ["8000/udp", "8001/udp", "8002/udp"]}),
        ('VOLUME ["/a b"]\nVOLUME /c /d', {"volumes": ["/a b", "/c", "/d"]}),
        ("STOPSIGNAL SIGQUIT", {"stopSignal": "SIGQUIT"}),
        ("STOPSIGNAL 9", {"stopSignal": "9"}),
        ("STOPSIGNAL term", {"stopSignal": "SIGTERM"}),
        ("HEALTHCHECK NONE", {"healthcheck": {"exec": []}}),
        ("HEALTHCHECK CMD a b", {"healthcheck": {"exec": ["/bin/sh", "-c", "a b"]}}),
        (
            'HEALTHCHECK --interval=1m30s --timeout=3s --start-period=1h --start-interval=2s '
            '--retries=4 CMD ["a", "b"]',
            {"healthcheck": {"exec": ["a", "b"], "intervalSeconds": 90, "timeoutSeconds": 3,
                             "startPeriodSeconds": 3600, "startIntervalSeconds": 2,
                             "retries": 4}},
        ),
        ("HEALTHCHECK --interval=0s --retries=0 CMD a", {"healthcheck": {
            "exec": ["/bin/sh", "-c", "a"]}}),
        ('CMD ["a", "$b"]', {"cmd": ["a", "$b"]}),
        ("CMD a $b", {"cmd": ["/bin/sh", "-c", "a $b"]}),
        ("ENTRYPOINT []\nCMD a\nCMD []", {"entrypoint": [], "cmd": []}),
        (
            'SHELL ["/bin/bash", "-c"]\nRUN a\nCMD b',
            {"shell": ["/bin/bash", "-c"], "steps": [{"run": "a"}],
             "cmd": ["/bin/bash", "-c", "b"]},
        ),
        (
            'RUN a; b\nSHELL ["/bin/bash", "-c"]\nRUN c',
            {"shell": ["/bin/bash", "-c"],
             "steps": [{"exec": ["/bin/sh", "-c", "a; b"]}, {"run": "c"}]},
        ),
        (
            'SHELL ["pwsh", "-Command"]\nRUN a; \\\n  b',
            {"shell": ["pwsh", "-Command"], "steps": [{"run": "a;   b"}]},
        ),
    ],
)  # fmt: skip
def test_what_a_stage_says(text, fields):
    assert stage(text) == fields


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("FROM alpine", {"from": "alpine:latest"}),
        ("FROM e.com:5000/a/b", {"from": "e.com:5000/a/b:latest"}),
        ("FROM alpine@" + SUM, {"from": "alpine@" + SUM}),
        ("FROM scratch", {"from": "scratch"}),
        ("FROM --platform=$BUILDPLATFORM a:1", {"from": "a:1", "platform": "$BUILDPLATFORM"}),
        ("FROM --platform=linux/arm64 a:1", {"from": "a:1", "platform": "linux/arm64"}),
        ("FROM --platform=${TARGETPLATFORM} a:1", {"from": "a:1"}),
        ("ARG V=1\nFROM a:${V}-x", {"from": "a:$V-x"}),
        ("ARG I=a\nFROM $I", {"from": "$I:latest"}),
        ("ARG P=linux/amd64\nFROM --platform=$P a:1", {"from": "a:1", "platform": "$P"}),
        ("FROM ${I:-a:1}", {"from": "a:1"}),
    ],
)
def test_what_a_stage_starts_from(head, said):
    (found,) = spec(head)["stages"]
    assert found == {"name": "final", **said}


def test_stages_have_names_and_are_meant_by_them():
    found = spec(
        "FROM a:1 AS One\n"
        "FROM one\n"
        "COPY --from=ONE a b\n"
        "FROM a:1\n"
        "COPY --from=1 a b\n"
        "RUN --mount=from=One,target=/o c\n"
    )["stages"]
    assert [(stage["name"], stage["from"]) for stage in found] == [
        ("one", "a:1"),
        ("stage-1", "one"),
        ("final", "a:1"),
    ]
    assert found[1]["steps"][0]["from"] == "one"
    assert found[2]["steps"][0]["from"] == "stage-1"
    assert found[2]["steps"][1]["mounts"] == [{"bind": {"from": "one", "target": "/o"}}]


def test_a_new_name_is_nothing_elses():
    found = spec("FROM a:1 AS final\nFROM stage-1:1\nFROM final")["stages"]
    assert [stage["name"] for stage in found] == ["final", "stage-1", "final-image"]


def test_an_image_of_the_name_of_a_later_stage_stays_an_image():
    found = spec("FROM golang AS golang\nFROM golang")["stages"]
    assert [stage["from"] for stage in found] == ["golang:latest", "golang"]


def test_a_stage_has_the_shell_of_its_base():
    text = 'FROM a:1 AS one\nSHELL ["/bin/bash", "-c"]\nFROM one AS two\nRUN a\nFROM one\nCMD b'
    _, two, three = spec(text)["stages"]
    assert two["shell"] == ["/bin/bash", "-c"]
    assert three == {"name": "final", "from": "one", "cmd": ["/bin/bash", "-c", "b"]}


def test_only_what_the_target_needs_is_converted():
    text = (
        "FROM a:1 AS base\n"
        "FROM a:1 AS other\nONBUILD RUN x\n"
        "FROM a:1 AS used\n"
        "FROM base AS app\nCOPY --from=2 a b\n"
        "FROM app AS debug\nONBUILD RUN x\n"
    )
    assert [s["name"] for s in spec(text, target="App")["stages"]] == ["base", "used", "app"]
    assert refused(text, target="no") == [(0, "there is no stage no")]


def test_what_the_target_needs_may_depend_on_an_argument():
    text = "ARG FROM=a:1\nFROM a:1 AS one\nFROM $FROM AS two"
    found = spec(text, target="two", arguments={"FROM": "one"})["stages"]
    assert [stage["name"] for stage in found] == ["one", "two"]
