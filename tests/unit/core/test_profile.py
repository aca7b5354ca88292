"""Which security profile follows from the nodes of a cluster."""

import pytest

from imagebuild.core.profile import Kind, Profile, choose


def node(name, *, offers, system="linux", unschedulable=False):
    handlers = [{"name": "", "features": {"userNamespaces": offers}}]
    if offers is None:
        handlers = None
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": f"host-{name}"}},
        "spec": {"unschedulable": unschedulable},
        "status": {"nodeInfo": {"operatingSystem": system}, "runtimeHandlers": handlers},
    }


USERNS, UNCONFINED = Profile(Kind.USERNS), Profile(Kind.UNCONFINED)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([node("a", offers=True), node("b", offers=True)], USERNS),
        (
            [node("a", offers=True), node("b", offers=False)],
            Profile(Kind.USERNS, nodes=("host-a",)),
        ),
        ([node("a", offers=True), node("w", offers=None, system="windows")], USERNS),
        ([node("a", offers=True), node("c", offers=False, unschedulable=True)], USERNS),
        ([node("a", offers=False)], UNCONFINED),
        ([node("a", offers=None)], UNCONFINED),
        ([], UNCONFINED),
    ],
    ids=["all", "some", "windows", "cordoned", "none", "unknown", "no node"],
)
def test_user_namespaces_are_used_wherever_they_are_offered(nodes, expected):
    assert choose(nodes) == expected


def test_another_runtime_class_does_not_speak_for_the_default_one():
    mixed = node("a", offers=False)
    kata = {"name": "kata", "features": {"userNamespaces": True}}
    mixed["status"]["runtimeHandlers"].append(kata)
    assert choose([mixed]) == UNCONFINED
