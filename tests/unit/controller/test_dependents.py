"""Who is woken when another ImageBuild has news."""

import pytest

from imagebuild.controller.dependents import Dependents
from imagebuild.controller.key import Key
from imagebuild.core.outside import OtherBuild

BASE, APP, TOOL = (Key("team-a", name) for name in ("base", "app", "tool"))
USER = OtherBuild(names=("base",))
PUBLISHED = OtherBuild((("final", "r.example.com/base@sha256:1"),))


@pytest.fixture
def dependents():
    """app and tool take files from base, which has published nothing."""
    found = Dependents()
    for key, now in ((BASE, OtherBuild()), (APP, USER), (TOOL, USER)):
        assert found.see(key, now) == frozenset()
    return found


def test_those_that_name_it_are_woken_when_it_published(dependents):
    assert dependents.see(BASE, PUBLISHED) == {APP, TOOL}


def test_they_are_not_woken_when_it_published_the_same(dependents):
    dependents.see(BASE, PUBLISHED)
    assert dependents.see(BASE, PUBLISHED) == frozenset()


def test_they_are_woken_when_it_published_another_image_or_went(dependents):
    dependents.see(BASE, PUBLISHED)
    other = OtherBuild((("final", "r.example.com/base@sha256:2"),))
    assert dependents.see(BASE, other) == {APP, TOOL}
    assert dependents.see(BASE, None) == {APP, TOOL}


def test_they_are_woken_when_what_it_names_changed_which_may_end_a_circle(dependents):
    assert dependents.see(BASE, OtherBuild(names=("app",))) == {APP, TOOL}
    assert dependents.see(BASE, OtherBuild()) == {APP, TOOL}


def test_who_names_it_no_more_is_not_woken(dependents):
    dependents.see(APP, OtherBuild(names=("other",)))
    dependents.see(TOOL, None)
    assert dependents.see(BASE, PUBLISHED) == frozenset()
    assert set(dependents.naming) == {Key("team-a", "other")}
    assert TOOL not in dependents.known


def test_one_of_the_same_name_in_another_namespace_wakes_nobody(dependents):
    assert dependents.see(Key("team-b", "base"), PUBLISHED) == frozenset()


def test_after_a_restart_the_order_of_the_first_listing_does_not_matter():
    first, second = Dependents(), Dependents()
    assert first.see(APP, USER) == frozenset()
    assert first.see(BASE, PUBLISHED) == {APP}
    second.see(BASE, PUBLISHED)
    second.see(APP, USER)
    assert second.see(BASE, None) == {APP}
