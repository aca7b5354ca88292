"""docs/status.md has every reason and every warning that is no lint, each with an anchor."""

import re
import sys
from pathlib import Path

import pytest

from imagebuild.api import reasons
from imagebuild.api.reasons import Kind, Reason, rules
from imagebuild.core.failures import table, taken
from imagebuild.core.observe import hindrances
from imagebuild.core.status import bounds
from imagebuild.worker import lint

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "hack"))

import reference  # noqa: E402  it lies in hack/

PAGE = (ROOT / "docs/status.md").read_text()
LINT = (ROOT / "docs/explanation/lint.md").read_text()
OF_ROWS = (*table.TABLE, *taken.TABLE, *hindrances.TABLE)


def section(name):
    found = re.search(rf"^### {name}\n\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {name}"
    return found[1]


def test_the_page_is_that_of_the_code():
    assert reference.status() == PAGE, "to do: run hack/generate"


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_its_meaning_its_kind_and_its_mend_under_a_heading_of_its_own(reason):
    entry, said = reasons.TABLE[reason], section(reason)
    assert said.startswith(entry.meaning)
    assert f"*{entry.kind}" in said
    assert ("not tried again" in said) is (entry.kind is Kind.FAILED and entry.terminal)
    assert f"**What to do:** {entry.mend}" in said or not entry.mend


@pytest.mark.parametrize("row", [row for row in OF_ROWS if row.mend], ids=lambda row: row.pattern)
def test_what_a_row_knows_better_is_under_its_reason(row):
    assert f"- {row.mend}\n" in section(row.reason)


@pytest.mark.parametrize("rule", rules.TABLE)
def test_a_warning_that_is_no_lint_is_told_here_alone(rule):
    assert rules.TABLE[rule].meaning in section(rule)
    assert rule not in lint.RULES
    assert f"### {rule}\n" not in LINT


def test_every_warning_of_the_worker_that_is_no_lint_is_told():
    worker = ROOT / "operator/imagebuild/worker"
    noted = re.findall(r'\.note\(\s*"(\w+)"', "".join(f.read_text() for f in worker.rglob("*.py")))
    assert noted, "nothing is noted any more"
    assert {*noted, bounds.UNSAID} == set(rules.TABLE)


def test_three_commands_come_first_and_the_reasons_are_said_to_be_stable():
    opening = PAGE[: PAGE.index("\n## ")]
    assert opening.count("$ kubectl") + opening.count('$ sh -c "$(kubectl') == 3
    assert "stable API" in opening
