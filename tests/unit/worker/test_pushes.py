from pathlib import Path

import pytest

from imagebuild.worker.solve import pushes

TRACES = Path(__file__).parent / "traces"

UPLOAD = """\
{
  "Name": "HTTP PUT",
  "Attributes": [%s]
}
"""
TAKEN = '{"Key": "http.response.status_code", "Value": {"Value": 201}}'
REFUSED = TAKEN.replace("201", "500")
LENGTH = '{"Key": "http.request.header.content-length", "Value": {"Value": "7"}}'


@pytest.mark.parametrize(
    ("name", "layers", "others"),
    [
        ("pushed", [120, 101, 3_001_112, 20_006_278, 1_098_960], [1210, 1242]),
        ("pushed-again", [], [1242]),
    ],
)
def test_what_a_registry_had_already_was_not_sent(
    name: str, layers: list[int], others: list[int]
) -> None:
    """``others`` are the image's configuration and its manifest."""
    spans = (TRACES / f"{name}.spans.json").read_text()
    assert pushes.sent(spans) == sum(layers + others)


@pytest.mark.parametrize(
    ("spans", "sent"),
    [
        ("", 0),
        ("error: ref x does not have trace", 0),
        (UPLOAD % f"{TAKEN}, {LENGTH}", 7),
        (UPLOAD % f"{TAKEN}, {LENGTH}" + UPLOAD % f"{LENGTH}, {TAKEN}", 14),
        (UPLOAD % f"{REFUSED}, {LENGTH}", 0),
        (UPLOAD % LENGTH, 0),
        (UPLOAD % TAKEN, 0),
        (UPLOAD.replace("PUT", "GET") % f"{TAKEN}, {LENGTH}", 0),
    ],
)
def test_only_what_was_taken_counts(spans: str, sent: int) -> None:
    assert pushes.sent(spans) == sent


def test_spans_that_are_cut_are_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        pushes.sent('{\n  "Name": "HTTP PUT",\n  "Attributes": [')
