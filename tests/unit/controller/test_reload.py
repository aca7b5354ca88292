"""The settings' file is read again when it changes, and a mistake in it changes nothing."""

import logging

import pytest
from kubernetes.aio.client import exceptions
from tests.unit.controller import fakes

from imagebuild.controller import reload, settings
from imagebuild.controller.profiles import Profiles
from imagebuild.controller.settings import file as files
from imagebuild.core.profile import Kind

SET = "builderImage: b\nsecurityProfile: userns\n"


class Told:
    def __init__(self):
        self.valid = None

    def __call__(self, *, valid):
        self.valid = valid


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def nodes(monkeypatch):
    """The cluster's nodes, or what is raised instead."""
    found = []

    async def look(_self):
        if found and isinstance(found[-1], Exception):
            raise found[-1]
        return found

    monkeypatch.setattr(fakes.FakeCluster, "nodes", look, raising=False)
    return found


def held(told):
    return reload.Settings(settings.load(), Profiles(fakes.FakeCluster()), told=told)


async def test_a_changed_file_holds_without_a_restart(file, told):
    file(SET)
    found = held(told)
    assert found.of("team-a").history == 5
    file(f"{SET}history: 7\noverrides: [{{namespaces: [team-b], history: 9}}]\n")
    assert await found.look()
    assert (found.of("team-a").history, found.of("team-b").history) == (7, 9)
    assert not await found.look(), "nothing changed since"


async def test_a_file_that_says_the_same_in_other_words_changes_nothing(file, told):
    file(SET)
    found = held(told)
    file(f"# a comment\n{SET}")
    assert not await found.look()


async def test_a_mistake_leaves_the_settings_as_they_were(file, told, caplog):
    file(f"{SET}history: 3\n")
    found = held(told)
    assert told.valid
    file(f"{SET}history: 7\npolicy: {{pushTo: [alpine]}}\n")
    with caplog.at_level(logging.ERROR):
        assert not await found.look()
        assert not await found.look()
    assert found.of("team-a").history == 3
    assert not told.valid
    (record,) = caplog.records
    assert "policy.pushTo[0]: 'alpine' is no HOST/PATH" in record.getMessage()


async def test_a_mended_file_holds(file, told):
    file(SET)
    found = held(told)
    file("history: [")
    assert not await found.look()
    file(f"{SET}history: 7\n")
    assert await found.look()
    assert found.of("team-a").history == 7
    assert told.valid


async def test_a_mistake_that_is_taken_back_is_none_any_more(file, told):
    file(SET)
    found = held(told)
    await found.look()
    file("history: [")
    await found.look()
    file(SET)
    assert not await found.look(), "the same settings hold as before"
    assert told.valid


async def test_a_file_that_is_taken_away_leaves_the_settings_as_they_were(file, told, tmp_path):
    file(f"{SET}history: 7\n")
    found = held(told)
    (tmp_path / "settings.yaml").unlink()
    assert not await found.look()
    assert (found.of("team-a").history, told.valid) == (7, False)


async def test_a_config_map_that_is_taken_away_leaves_them_too(file, told, tmp_path, monkeypatch):
    monkeypatch.delenv("IMAGEBUILD_SETTINGS")
    monkeypatch.setattr(files, "FILE", str(tmp_path / "settings.yaml"))
    file(f"{SET}history: 7\n")
    found = held(told)
    (tmp_path / "settings.yaml").unlink()
    for _ in range(2):
        assert not await found.look()
        assert (found.of("team-a").history, told.valid) == (7, False)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
async def test_a_file_that_is_emptied_leaves_the_settings_as_they_were(file, told, text):
    file(f"{SET}history: 7\n")
    found = held(told)
    file(text)
    assert not await found.look()
    assert (found.of("team-a").history, told.valid) == (7, False)


async def test_a_profile_is_left_to_the_nodes_only_once_they_were_looked_at(file, told, nodes):
    file(SET)
    found = held(told)
    file("builderImage: b\nsecurityProfile: auto\nhistory: 7\n")
    nodes.append(exceptions.ApiException(status=403, reason="Forbidden"))
    assert not await found.look()
    assert (found.of("team-a").history, told.valid) == (5, False)
    nodes.clear()
    assert await found.look(), "what the API server refused is asked again"
    assert found.of("team-a").history == 7
    assert found.of("team-a").profile.kind is Kind.UNCONFINED


async def test_a_file_that_cannot_be_read_leaves_the_settings_as_they_were(file, told, tmp_path):
    file(f"{SET}history: 3\n")
    found = held(told)
    (tmp_path / "settings.yaml").unlink()
    (tmp_path / "settings.yaml").mkdir()
    assert not await found.look()
    assert (found.of("team-a").history, told.valid) == (3, False)


async def test_what_is_set_up_at_the_start_is_said_to_wait(file, told, caplog):
    file(SET)
    found = held(told)
    file(f"{SET}hands: 3\n")
    with caplog.at_level(logging.WARNING):
        await found.look()
    assert "hands: this change holds when the operator starts again" in caplog.text
