"""Arguments have the values that they have in the Dockerfile, or it is told why not."""

import pytest
from tests.unit.cli.converted import notes, spec

ARGUMENTS = [
    ("ARG A=1\nFROM a:1\nARG A", {"A": "1"}, ["A"], []),
    ("FROM a:1\nARG A=1", {"A": "1"}, ["A"], []),
    ("ARG A=1\nFROM a:1", {"A": "1"}, None, []),
    ("ARG A='x $y'\nFROM a:1\nARG A", {"A": "x $y"}, ["A"], []),
    ('ARG A="x $y"\nFROM a:1\nARG A', {"A": "x "}, ["A"], []),
    ("ARG A='$(x)'\nFROM a:1", {"A": "$$(x)"}, None, []),
    (
        "FROM a:1\nARG A=1\nARG B=$A-2",
        {"A": "1", "B": "1-2"},
        ["A", "B"],
        [(3, "the default of B, $A-2, is written out as 1-2")],
    ),
    (
        "FROM a:1\nARG A",
        {},
        None,
        [(2, "A has no value and is left out; with --build-arg A=... it is kept")],
    ),
    (
        "FROM a:1\nARG TARGETARCH=amd64",
        {"TARGETARCH": "amd64"},
        ["TARGETARCH"],
        [(2, "TARGETARCH is always amd64: a default hides what BuildKit sets")],
    ),
    (
        "ARG BUILDKIT_VERSION=1\nFROM a:$BUILDKIT_VERSION",
        {},
        None,
        [(1, "BUILDKIT_VERSION is written out: an ImageBuild has no arguments of BuildKit's own")],
    ),
    (
        "FROM a:1\nARG BUILDKIT_SBOM_SCAN_STAGE=true",
        {},
        None,
        [(2, "BUILDKIT_SBOM_SCAN_STAGE is left out: no SBOM is made")],
    ),
]


@pytest.mark.parametrize(("text", "args", "listed", "said"), ARGUMENTS)
def test_an_argument(text, args, listed, said):
    found = spec(text)
    assert {arg["name"]: arg["value"] for arg in found.get("args", [])} == args
    assert found["stages"][0].get("args") == listed
    assert notes(text) == said


def test_an_argument_is_given_as_to_docker_build():
    text = "ARG A=1\nARG B\nFROM a:$A\nARG A\nARG B\nARG C=x"
    given = {"A": "2", "B": "$(commit7)", "D": "?"}
    found = spec(text, arguments=given)
    assert found["args"] == [
        {"name": "A", "value": "2"},
        {"name": "B", "value": "$(commit7)"},
        {"name": "C", "value": "x"},
    ]
    assert found["stages"][0]["args"] == ["A", "B", "C"]
    assert notes(text, arguments=given) == [(0, "no ARG takes D")]


def test_the_first_lines_may_see_another_value_than_the_stages():
    found = spec("ARG A=1\nFROM a:$A\nARG A=2")
    assert found["args"] == [{"name": "A", "value": "2"}]
    assert found["stages"][0]["from"] == "a:1"


def test_what_depends_on_a_value_is_written_out_where_no_variable_can_stand():
    text = "FROM a:1\nARG U=5\nENV P=80\nCOPY --chown=$U a b\nEXPOSE $P\nCOPY <<E /f\n$P\nE"
    (found,) = spec(text)["stages"]
    assert found["expose"] == [80]
    assert found["steps"][0]["chown"] == "5"
    assert found["steps"][1]["file"]["content"] == "80\n"
    assert notes(text) == [(4, "$U is written out as 5"), (5, "$P is written out as 80")]
