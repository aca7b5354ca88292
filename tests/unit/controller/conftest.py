"""The settings' file, and an environment without settings."""

import os

import pytest


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write the settings' file."""
    for name in [name for name in os.environ if name.startswith("IMAGEBUILD_")]:
        monkeypatch.delenv(name)
    path = tmp_path / "settings.yaml"
    monkeypatch.setenv("IMAGEBUILD_SETTINGS", str(path))

    def write(text):
        path.write_text(text, encoding="utf-8")

    return write
