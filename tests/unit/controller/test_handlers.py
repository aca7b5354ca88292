"""Watch events become keys, of those too that wait for another ImageBuild."""

import pytest
from tests.builders import an_imagebuild

from imagebuild.controller import handlers
from imagebuild.controller.dependents import Dependents
from imagebuild.controller.key import Key


@pytest.fixture
def watched():
    """Have an ImageBuild seen; returns the keys that are added."""
    dependents = Dependents()

    def see(raw, kind="MODIFIED"):
        key = Key(raw["metadata"]["namespace"], raw["metadata"]["name"])
        return list(handlers.concerned(dependents, key, {"type": kind, "object": raw}))

    return see


def base(image=None):
    published = [{"stage": "final", "image": image}] if image else []
    return an_imagebuild(name="base", status={"published": published})


def app():
    return an_imagebuild(spec={"context": {"imageBuild": {"name": "base"}}})


BASE, HELLO = Key("team-a", "base"), Key("team-a", "hello")


def test_who_waits_for_an_imagebuild_is_looked_at_when_it_published(watched):
    assert watched(base()) == [BASE]
    assert watched(app()) == [HELLO]
    assert watched(base("r/a@sha256:1")) == [BASE, HELLO]
    assert watched(base("r/a@sha256:1")) == [BASE], "a status write that says nothing new"
    assert watched(base("r/a@sha256:1"), "DELETED") == [BASE, HELLO]


def test_who_is_gone_is_not_looked_at(watched):
    watched(app())
    watched(app(), "DELETED")
    assert watched(base("r/a@sha256:1")) == [BASE]
