"""A settings file is checked by a command, which says what holds in a namespace."""

import os

import pytest
import yaml

from imagebuild.cli import settings

FILE = """\
timeoutSeconds: 1800
policy: {pushTo: ["registry.example.com/*"], maxResources: {cpu: 4}}
logs: {keptKiB: 64}
overrides:
- namespaces: ["team-*"]
  timeoutSeconds: 3600
  policy: {pushTo: ["registry.example.com/teams/*"]}
"""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in [name for name in os.environ if name.startswith("IMAGEBUILD_")]:
        monkeypatch.delenv(name)
    # Put back as it was when the command has named another file.
    monkeypatch.setenv("IMAGEBUILD_SETTINGS", "/nowhere/settings.yaml")


@pytest.fixture
def run(tmp_path, capsys):
    """Writes the file and asks about it: exit code, what it prints, what it complains of."""

    def asked(text, *arguments):
        path = tmp_path / "settings.yaml"
        path.write_text(text, encoding="utf-8")
        code = settings.main([str(path), *arguments])
        said = capsys.readouterr()
        return code, yaml.safe_load(said.out), said.err

    return asked


@pytest.mark.parametrize(
    ("namespace", "seconds", "push_to"),
    [
        ("team-a", 3600, ["registry.example.com/teams/*"]),
        ("shop", 1800, ["registry.example.com/*"]),
    ],
)
def test_a_namespace_has_what_its_overrides_leave(run, namespace, seconds, push_to):
    code, shown, complaints = run(FILE, "--namespace", namespace)
    assert (code, complaints) == (0, "")
    assert shown["timeoutSeconds"] == seconds
    assert shown["policy"]["pushTo"] == push_to
    assert shown["policy"]["maxResources"] == {"cpu": "4"}
    assert "overrides" not in shown


def test_what_is_unset_is_shown_with_its_default(run):
    _, shown, _ = run(FILE, "--namespace", "shop")
    assert (shown["attempts"], shown["securityProfile"]) == (3, "auto")
    assert shown["logs"] == {"keptKiB": 64, "url": ""}


def test_the_whole_file_is_shown_with_the_overrides_as_they_are_written(run):
    code, shown, _ = run(FILE)
    assert code == 0
    assert shown["overrides"] == yaml.safe_load(FILE)["overrides"]
    assert shown["hands"] == 8
    assert "builderImage" not in shown, "nobody named one"


def test_what_is_printed_is_a_settings_file_again(run):
    _, shown, _ = run(FILE + "builderImage: builder:1\n")
    assert run(yaml.safe_dump(shown)) == (0, shown, "")


# (what is wrong, its place)
MISTAKES = [
    ("timeoutSeconds: soon", "timeoutSeconds: "),
    ("timeout: 5", "there is no setting timeout here"),
    (
        "overrides: [{namespaces: [a], policy: {pushto: [b.c/d]}}]",
        "overrides[0].policy: there is no setting pushto",
    ),
    ("policy: {pullFrom: [alpine]}", "policy.pullFrom[0]: "),
    ("a: [", "settings.yaml: "),
]


@pytest.mark.parametrize(("text", "place"), MISTAKES)
def test_a_mistake_is_named_with_its_place(run, text, place):
    code, shown, complaints = run(text)
    assert (code, shown) == (settings.MISTAKEN, None)
    assert place in complaints


def test_the_environment_goes_before_the_file_as_for_the_operator(run, monkeypatch):
    monkeypatch.setenv("IMAGEBUILD_TIMEOUT_SECONDS", "77")
    assert run(FILE, "--namespace", "shop")[1]["timeoutSeconds"] == 77


def test_a_file_that_is_not_there_is_no_right_one(tmp_path, capsys):
    assert settings.main([str(tmp_path / "setings.yaml")]) == settings.CANNOT_READ
    assert "setings.yaml: no such file" in capsys.readouterr().err


def test_without_a_file_the_operators_own_is_looked_at(tmp_path, monkeypatch, capsys):
    path = tmp_path / "mounted.yaml"
    path.write_text("history: 7\n", encoding="utf-8")
    monkeypatch.setenv("IMAGEBUILD_SETTINGS", str(path))
    assert settings.main([]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["history"] == 7
