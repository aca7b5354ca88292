"""What docs/explanation/lint.md shows of a rule is what the rule finds, and what it lets pass."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from imagebuild.api import validate
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import dockerfile as rendering
from imagebuild.worker import dockerfile, lint

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "lint.md"
SECTION = re.compile(r"^## (?P<rule>\w+)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(yaml|dockerfile)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections() -> dict[str, str]:
    """The text of each section, by the name of its rule."""
    return {match["rule"]: match["text"] for match in SECTION.finditer(PAGE.read_text())}


def dockerfiles(text: str) -> Iterator[str]:
    """What a part of the page shows, stages as they are rendered."""
    for language, shown in BLOCK.findall(text):
        if language == "dockerfile":
            yield shown
            continue
        stages = yaml.safe_load(shown)
        images = [{"images": ["registry.example.com/team/app:1"]}]
        spec = ImageBuildSpec.model_validate({**stages, "publish": images})
        assert validate.problems(spec) == ()
        yield rendering.render(spec).text


def rules(text: str) -> set[str]:
    """What is found in a Dockerfile."""
    return {found.rule for found in lint.warnings(dockerfile.read(text), published=[None])}


def test_every_rule_has_its_section_and_no_section_lacks_its_rule():
    assert list(sections()) == list(lint.RULES)


@pytest.mark.parametrize("rule", lint.RULES)
def test_what_the_page_shows_of_a_rule_is_found_before_and_gone_after(rule):
    before, mark, after = sections()[rule].partition("\nAfter:\n")
    assert mark
    shown = tuple(dockerfiles(before))
    assert len(shown) == len(tuple(dockerfiles(after))) == (1 if rule == "UnnamedStage" else 2)
    for text in shown:
        assert rule in rules(text), text
    for text in dockerfiles(after):
        assert rules(text) == set(), text
