"""What BuildKit may pull, in BuildKit's words: the last rule that matches a source decides."""

import json
import re

import pytest

from imagebuild.core.policy import source_policy

DIGEST = "sha256:" + "a" * 64


def allows(patterns, source):
    """As BuildKit 0.34 evaluates it; its RE2 searches, and is Python's for what stands here."""
    denied = False
    policy = json.loads(source_policy(patterns)["source-policy.json"])
    assert policy["version"] == 1
    for rule in policy["rules"]:
        assert rule["selector"]["match_type"] == "REGEX"
        if re.search(rule["selector"]["identifier"], source):
            denied = rule["action"] == "DENY"
    return not denied


HUB = ["docker.io/library/*"]
TEAM = ["registry.example.com:5000/team/*", "docker.io/library/alpine"]


@pytest.mark.parametrize(
    ("patterns", "source", "allowed"),
    [
        (HUB, "docker-image://docker.io/library/alpine:3.18", True),
        (HUB, f"docker-image://docker.io/library/alpine:3.18@{DIGEST}", True),
        (HUB, f"docker-image://docker.io/library/alpine@{DIGEST}", True),
        (HUB, "docker-image://docker.io/team/alpine:3.18", False),
        (HUB, "docker-image://evil.io/docker.io/library/alpine:3.18", False),
        (TEAM, "docker-image://registry.example.com:5000/team/a/b:1", True),
        (TEAM, "docker-image://registry.example.com/team/a:1", False),
        (TEAM, "docker-image://registryxexample.com:5000/team/a:1", False),
        (TEAM, "docker-image://docker.io/library/alpine:3.18", True),
        (TEAM, f"docker-image://docker.io/library/alpine@{DIGEST}", True),
        (TEAM, "docker-image://docker.io/library/alpine-evil:3.18", False),
        (TEAM, "docker-image://docker.io/library/alpine/evil:3.18", False),
        (TEAM, f"docker-image+blob://evil.io/a@{DIGEST}", False),
        (TEAM, f"docker-image+blob://registry.example.com:5000/team/a@{DIGEST}", True),
        (["*.example.com/*"], "docker-image://a.example.com/b:1", True),
        (["*.example.com/*"], "docker-image://evil.io/a.example.com/b:1", False),
        (["*"], "docker-image://evil.io/a:1", True),
        # What is no image is not bounded.
        (HUB, "https://example.com/a.tar.gz", True),
        (HUB, "git://git.example.com/a.git#main", True),
        (HUB, "local://context", True),
        (HUB, f"oci-layout://assets@{DIGEST}", True),
    ],
)
def test_the_policy_is_of_the_whole_name(patterns, source, allowed):
    assert allows(patterns, source) is allowed


def test_nothing_is_bounded_where_nothing_is_said():
    assert source_policy(()) == {}
