"""What the documentation shows can be built, and what it links to is there."""

import re
from pathlib import Path

import pytest
import yaml

from imagebuild.api import names, validate
from imagebuild.api.spec import ImageBuildSpec

ROOT = Path(__file__).parents[3]
PAGES = (
    ROOT / "README.md",
    ROOT / "examples/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
EXAMPLES = tuple(sorted((ROOT / "examples").glob("*.yaml")))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(value):
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else None


def yaml_blocks(page):
    blocks = FENCED.findall(page.read_text())
    texts = [text for language, text in blocks if language == "yaml"]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def is_imagebuild(block):
    return isinstance(block, dict) and block.get("kind") == names.KIND


def anchors(page):
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page):
    """The relative links of a page that lead nowhere."""
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", page.read_text())):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            yield target


def assert_can_be_built(document):
    assert document["apiVersion"] == names.API_VERSION
    assert validate.problems(ImageBuildSpec.model_validate(document["spec"])) == ()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page):
    assert list(broken(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_imagebuild_that_a_page_shows_can_be_built(page):
    for block in filter(is_imagebuild, yaml_blocks(page)):
        assert_can_be_built(block)


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_every_example_can_be_built(example):
    found = list(filter(is_imagebuild, yaml.safe_load_all(example.read_text())))
    assert found
    for document in found:
        assert_can_be_built(document)


def test_the_table_of_examples_has_each_of_them():
    text = (ROOT / "examples/README.md").read_text()
    rows = re.findall(r"^\| \[([\w-]+)\]\(\1\.yaml\) \|", text, re.MULTILINE)
    assert sorted(rows) == sorted(example.stem for example in EXAMPLES)


def test_the_readme_shows_the_example_that_the_demo_builds():
    shown = list(filter(is_imagebuild, yaml_blocks(ROOT / "README.md")))
    example = yaml.safe_load((ROOT / "examples/hello-go.yaml").read_text())
    # It holds nothing for Flux to replace; the annotation is for what people make of it.
    del example["metadata"]["annotations"]
    assert shown == [example]
