"""No ImageBuild that people copy from here has its scripts emptied by Flux."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
ANNOTATION = "kustomize.toolkit.fluxcd.io/substitute"
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def imagebuilds(texts):
    """Those that are there to be applied; one with a status was recorded."""
    found = (item for text in texts for item in yaml.safe_load_all(text))
    written = (item for item in found if isinstance(item, dict) and "status" not in item)
    return [item for item in written if item.get("kind") == "ImageBuild"]


def copied():
    """(where it stands, the ImageBuild) of all that lie in files of their own."""
    for folder in ("examples", "manifests"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            for item in imagebuilds([path.read_text()]):
                yield f"{path.relative_to(ROOT)}: {item['metadata']['name']}", item


def shown():
    """The same of the pages, where Flux would find something to replace."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for item in imagebuilds(FENCED.findall(path.read_text())):
            if "${" in yaml.safe_dump(item["spec"]):
                yield f"{path.relative_to(ROOT)}: {item['metadata']['name']}", item


@pytest.mark.parametrize(
    "item", [pytest.param(item, id=place) for place, item in (*copied(), *shown())]
)
def test_flux_leaves_what_is_copied_from_here_as_it_is(item):
    assert item["metadata"].get("annotations", {}).get(ANNOTATION) == "disabled"


def test_the_examples_of_a_language_that_uses_braces_are_among_them():
    """Else the table above may be empty for a wrong path or pattern."""
    places = {place for place, item in copied() if "${" in yaml.safe_dump(item["spec"])}
    assert {"examples/node.yaml: node-service", "examples/files.yaml: files"} <= places
