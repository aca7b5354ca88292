"""The page of settings names every one, and its examples can be used as they stand."""

import re
from pathlib import Path
from typing import get_args, get_origin

import pytest
import yaml
from pydantic.alias_generators import to_camel

from imagebuild.controller import settings
from imagebuild.controller.settings.namespaced import Namespaced
from imagebuild.controller.settings.part import Part
from imagebuild.core.profile import Kind, Profile

PAGE = (Path(__file__).parents[3] / "docs/how-to/settings.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(# settings\.yaml\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def reference(model, prefix=""):
    """The rows of the page's table: name, what holds where it is unset, its meaning."""
    for name, field in model.model_fields.items():
        shown = f"{prefix}{field.alias or to_camel(name)}"
        told = field.description.replace("*", r"\*")
        part = field.default_factory
        if isinstance(part, type) and issubclass(part, Part):
            yield f"| `{shown}` | | {told} |"
            yield from reference(part, f"{shown}.")
        else:
            yield f"| `{shown}` | {default_of(field)} | {told} |"
            for entry in (e for arg in get_args(field.annotation) for e in get_args(arg) or [arg]):
                if isinstance(entry, type) and issubclass(entry, Part) and is_map(field):
                    yield from reference(entry, f"{shown}.NAME.")


def is_map(field):
    return get_origin(field.annotation) is dict


def default_of(field):
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value in (None, (), {}, ""):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize(
    ("model", "other", "heading"),
    [
        (settings.OperatorSettings, Namespaced, "Of the operator"),
        (Namespaced, Part, "Of each namespace"),
    ],
)
def test_every_setting_is_there_with_its_default_and_its_meaning(model, other, heading):
    section = PAGE.split(f"\n### {heading}\n")[1].split("\n#")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [row for row in reference(model) if row not in set(reference(other))]


@pytest.fixture
def load(tmp_path, monkeypatch):
    def loaded(text):
        path = tmp_path / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("IMAGEBUILD_SETTINGS", str(path))
        monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:1")
        return settings.load()

    return loaded


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_can_be_used(load, example):
    assert yaml.safe_load(example), "it sets nothing"
    assert load(example)


def test_the_merge_is_as_the_page_shows_it(load):
    (example,) = (e for e in EXAMPLES if "overrides:" in e)
    found = load(example)
    auto = Profile(Kind.USERNS)
    shown = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert [namespace for namespace, *_ in shown] == ["shop", "team-b", "team-a"]
    for namespace, seconds, images in shown:
        held = found.for_namespace(namespace, auto=auto)
        assert f"{held.timeout_seconds}" == seconds
        assert [f"`{pattern}`" for pattern in held.policy.push_to] == images.split(", ")
