"""What holds in a namespace: the file's settings, and above them the overrides in order."""

import pytest

from imagebuild.controller import settings
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Registry

FILE = """
builderImage: builder:1
seccompProfile: profiles/build.json
registries:
  docker.io: {mirrors: ["mirror:5000"]}
  mirror:5000: {http: true}
resources: {requests: {cpu: 500m}, limits: {memory: 4Gi}}
registrySecrets: [shared]
policy: {pushTo: ["registry.example.com/*"], lint: Warn, maxTimeoutSeconds: 7200}
overrides:
- namespaces: ["team-*"]
  timeoutSeconds: 600
  registries:
    docker.io: {http: true}
    team.example.com: {http: true}
  resources: {limits: {memory: 8Gi, cpu: 4}}
  policy: {pushTo: ["registry.example.com/teams/*"], lint: Fail}
- namespaces: [team-a, lab]
  securityProfile: unconfined
  seccompProfile: null
  registrySecrets: [team-a-push]
  policy: {pushTo: []}
"""

# (namespace, how to find a setting, what it is there)
HELD = [
    ("default", lambda s: s.timeout_seconds, 3600),
    ("team-b", lambda s: s.timeout_seconds, 600),
    ("team-a", lambda s: s.timeout_seconds, 600),
    ("my-team-b", lambda s: s.timeout_seconds, 3600),
    # Maps are merged by their names, at any depth.
    ("team-b", lambda s: s.registries["docker.io"], Registry(("mirror:5000",), http=True)),
    ("team-b", lambda s: sorted(s.registries), ["docker.io", "mirror:5000", "team.example.com"]),
    ("team-b", lambda s: s.resources["requests"], {"cpu": "500m"}),
    ("team-b", lambda s: s.resources["limits"], {"memory": "8Gi", "cpu": "4"}),
    ("team-b", lambda s: s.policy.max_timeout_seconds, 7200),
    # Of two that concern a namespace the later one wins, in what it names.
    ("team-b", lambda s: s.policy.push_to, ("registry.example.com/teams/*",)),
    ("team-a", lambda s: s.policy.push_to, ()),
    ("team-a", lambda s: s.policy.lint, "Fail"),
    ("lab", lambda s: s.policy.lint, "Warn"),
    # A list is replaced, and null is what an unset setting is.
    ("lab", lambda s: s.registry_secrets, ("team-a-push",)),
    ("default", lambda s: s.profile, Profile(Kind.USERNS, "profiles/build.json")),
    ("lab", lambda s: s.profile, Profile(Kind.UNCONFINED, None)),
    # What is not a namespace's to have.
    ("lab", lambda s: s.builder_image, "builder:1"),
]


@pytest.mark.parametrize(("namespace", "find", "expected"), HELD)
def test_overrides_are_applied_in_order(file, namespace, find, expected):
    file(FILE)
    found = settings.load().for_namespace(namespace, auto=Profile(Kind.USERNS))
    assert find(found) == expected


def test_a_default_beyond_the_policy_is_cut_to_it(file):
    file("builderImage: b\noverrides: [{namespaces: [a], policy: {maxTimeoutSeconds: 60}}]\n")
    found = settings.load()
    auto = Profile(Kind.USERNS)
    assert found.for_namespace("a", auto=auto).timeout_seconds == 60
    assert found.for_namespace("b", auto=auto).timeout_seconds == 3600


# What concerns the operator, or has to be one for the whole cluster.
ONCE = {"builder_image", "namespaces", "hands", "metrics_port", "overrides"}


def test_every_setting_is_a_namespaces_or_the_operators():
    everywhere = set(settings.OperatorSettings.model_fields)
    overridable = set(settings.Override.model_fields) - {"namespaces"}
    assert everywhere - overridable == ONCE


def test_an_override_to_auto_has_the_operator_look_at_the_nodes(file):
    file("builderImage: b\nsecurityProfile: userns\n")
    assert not settings.load().follows_nodes
    file(
        "builderImage: b\nsecurityProfile: userns\n"
        "overrides: [{namespaces: [a], securityProfile: auto}]\n"
    )
    assert settings.load().follows_nodes


def test_an_override_that_says_nothing_of_the_profile_asks_no_node(file):
    file("builderImage: b\nsecurityProfile: userns\noverrides: [{namespaces: [a], history: 3}]\n")
    assert not settings.load().follows_nodes


def test_null_takes_an_entry_out_of_a_map(file):
    file("""
builderImage: b
registries: {r.io: {http: true}, s.io: {}}
resources: {requests: {cpu: 1}, limits: {memory: 4Gi}}
policy: {maxResources: {memory: 8Gi, cpu: 4}}
overrides:
- namespaces: [a]
  registries: {r.io: null}
  resources: {requests: {cpu: null}, limits: {memory: null}}
  policy: {maxResources: {memory: null}}
""")
    found = settings.load().for_namespace("a", auto=Profile(Kind.USERNS))
    assert found.registries == {"s.io": Registry()}
    assert (found.resources, found.policy.max_resources) == ({}, {"cpu": "4"})
