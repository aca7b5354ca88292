"""Golden files: what is rendered, reviewed once and compared ever after."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Write golden files anew with --update-golden, for a person to review."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> Callable[[Path, Any], Any]:
    """What a golden JSON file holds; with --update-golden it is first written."""

    def golden(path: Path, found: Any) -> Any:
        if request.config.getoption("update_golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        return json.loads(path.read_text(encoding="utf-8"))

    return golden
