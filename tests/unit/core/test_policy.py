"""What goes beyond the administrator's policy is refused by rule and place, before any pod."""

import re
from dataclasses import replace

import pytest
from tests.builders import SETTINGS, SPEC, World, a_failure, a_picture, a_success, made, ordered

from imagebuild.api.spec import ImageBuildSpec, Resources
from imagebuild.contract.order import Lint
from imagebuild.contract.report import Cause
from imagebuild.core.attempt import daemon
from imagebuild.core.policy import bounds
from imagebuild.core.settings import Policy

IMAGE = SPEC["publish"][0]["images"][0]
OCI = {"oci": {"image": "quay.io/team/assets:1.0"}}
GIT = {"git": {"url": "https://git.example.com/hello.git", "ref": "main"}}
SECRETS = [{"name": "netrc", "secretKeyRef": {"name": "goproxy", "key": "netrc"}}]
STAGE = {"name": "final", "from": "alpine:3.18"}
HUB = ("docker.io/library/*",)


def stages(*steps, **fields):
    return [{**STAGE, "steps": list(steps), **fields}]


# (policy, what is edited in the spec, spec path, words on it)
DENIED = [
    (
        Policy(pull_from=("docker.io/library/alpine",)),
        {},
        "spec.stages[0].from",
        "docker.io/library/golang:1.19 may not be pulled: policy.pullFrom allows docker.io/",
    ),
    (Policy(pull_from=("docker.io/team/*",)), {"stages": stages()}, "spec.stages[0].from", "al"),
    (
        Policy(pull_from=HUB),
        {"stages": stages(**{"from": "$BASE"}), "args": [{"name": "BASE", "value": "evil.io/a:1"}]},
        "spec.stages[0].from",
        "evil.io/a:1 may not be pulled",
    ),
    (
        Policy(pull_from=HUB),
        {"stages": stages({"copy": ["/a"], "from": "evil.io/a:1", "to": "/"})},
        "spec.stages[0].steps[0].from",
        "evil.io/a:1 may not be pulled",
    ),
    (
        Policy(pull_from=HUB),
        {
            "stages": stages(
                {"run": "true", "mounts": [{"bind": {"from": "evil.io/a:1", "target": "/m"}}]}
            )
        },
        "spec.stages[0].steps[0].mounts[0].bind.from",
        "evil.io/a:1 may not be pulled",
    ),
    (Policy(pull_from=HUB), {"context": OCI}, "spec.context.oci.image", "quay.io/team/assets:1.0"),
    (
        Policy(pull_from=HUB),
        {
            "contexts": [{"name": "assets", **OCI}],
            "stages": stages({"copy": ["/"], "from": "assets", "to": "/"}),
        },
        "spec.contexts[0].oci.image",
        "quay.io/team/assets:1.0 may not be pulled",
    ),
    (
        Policy(push_to=("registry.example.com/other/*", "r.io/*")),
        {},
        "spec.publish[0].images[0]",
        f"{IMAGE} may not be published: policy.pushTo allows registry.example.com/other/*, r.io/*",
    ),
    (
        Policy(push_to=("registry.example.com/*",)),
        {"publish": [{"images": [IMAGE, "evil.io/team/hello:$(commit7)"]}]},
        "spec.publish[0].images[1]",
        "evil.io/team/hello:$(commit7) may not be published",
    ),
    (
        Policy(max_timeout_seconds=60),
        {"timeoutSeconds": 61},
        "spec.timeoutSeconds",
        "61 is more than policy.maxTimeoutSeconds, which is 60",
    ),
    (
        Policy(max_resources={"memory": "1Gi"}),
        {"resources": {"limits": {"memory": "1.1G"}}},
        "spec.resources.limits.memory",
        "1.1G is more than policy.maxResources allows of memory, 1Gi",
    ),
    (
        Policy(max_resources={"cpu": "1500m"}),
        {"resources": {"requests": {"cpu": 2}}},
        "spec.resources.requests.cpu",
        "2 is more than policy.maxResources allows of cpu, 1500m",
    ),
    (Policy(lint="Fail"), {"lint": "Warn"}, "spec.lint", "Warn is less than policy.lint"),
    (Policy(lint="Warn"), {"lint": "Ignore"}, "spec.lint", "Ignore is less than policy.lint"),
    (
        Policy(leak_guard=True),
        {"leakGuard": "Auto"},
        "spec.leakGuard",
        "Auto is less than policy.leakGuard, which is Always",
    ),
    (
        Policy(secrets_on=("refs/heads/main",)),
        {"secrets": SECRETS},
        "spec.secrets",
        "policy.secretsOn lets only commits on refs/heads/main use secrets",
    ),
]

# (policy, what is edited in the spec)
ALLOWED = [
    (Policy(), {"lint": "Ignore", "leakGuard": "Auto", "timeoutSeconds": 600_000}),
    (Policy(pull_from=("*",), push_to=("*",)), {}),
    (Policy(pull_from=HUB, push_to=("registry.example.com/team/*",)), {}),
    # What no target needs is never pulled.
    (Policy(pull_from=HUB), {"stages": [{"name": "old", "from": "evil.io/a:1"}, STAGE]}),
    # What only the build knows is BuildKit's to refuse.
    (
        Policy(pull_from=HUB),
        {
            "stages": stages(**{"from": "evil.io/a:$NOW"}),
            "args": [{"name": "NOW", "value": "$(commit7)"}],
        },
    ),
    (Policy(max_timeout_seconds=60), {"timeoutSeconds": 60}),
    (Policy(max_timeout_seconds=60), {}),
    (
        Policy(max_resources={"memory": "1Gi", "cpu": "2"}),
        {"resources": {"requests": {"cpu": "2000m"}, "limits": {"memory": "1024Mi"}}},
    ),
    (Policy(max_resources={"memory": "1Gi"}), {"resources": {"limits": {"cpu": 64}}}),
    (Policy(lint="Warn"), {"lint": "Fail"}),
    (Policy(leak_guard=True), {"leakGuard": "Always"}),
    (Policy(secrets_on=("refs/heads/main",)), {}),
    (Policy(secrets_on=("refs/heads/main",)), {"secrets": SECRETS, "context": GIT}),
]


def a_world(policy, **changes):
    world = World(settings=replace(SETTINGS, policy=policy))
    if changes:
        world.edit(**changes)
    return world


@pytest.mark.parametrize(("policy", "changes", "path", "words"), DENIED)
def test_what_goes_beyond_the_policy_begins_no_build(policy, changes, path, words):
    world = a_world(policy, **changes)
    found = world.look()
    assert (found.create, world.ready) == ((), ("False", "PolicyDenied", ["Stalled"]))
    assert world.status["failure"]["path"] == path
    assert f"{path}: " in world.message()
    assert words in world.message()


@pytest.mark.parametrize(("policy", "changes"), ALLOWED)
def test_what_keeps_to_the_policy_is_built(policy, changes):
    world = a_world(policy, **changes)
    assert [m["kind"] for m in world.look().create] == ["ConfigMap", "Job"], world.message()


def test_all_that_is_denied_is_told_at_once():
    world = a_world(Policy(pull_from=("r.io/*",), push_to=("r.io/*",), lint="Fail"), lint="Warn")
    world.look()
    said = re.findall(r"(spec\.[\w.\[\]]+): ", world.message())
    assert said == [
        "spec.stages[0].from",
        "spec.stages[1].from",
        "spec.publish[0].images[0]",
        "spec.lint",
    ]


def test_the_mends_of_several_denials_are_kept_apart():
    policy = Policy(push_to=("r.io/*",), max_timeout_seconds=60, lint="Fail")
    world = a_world(policy, lint="Warn", timeoutSeconds=61)
    world.look()
    assert world.status["failure"]["mend"].split("; ") == [
        "publish to one of those, or ask the cluster's administrator for this one",
        "write at most 60",
        "write Fail, or leave it out",
    ]


def test_a_long_list_is_shown_by_its_beginning():
    world = a_world(Policy(push_to=tuple(f"r{n}.io/*" for n in range(9))))
    world.look()
    assert "allows r0.io/*, r1.io/*, r2.io/*, r3.io/*, r4.io/* and 4 more" in world.message()


def test_a_denied_build_begins_when_the_settings_allow_it():
    world = a_world(Policy(push_to=("r.io/*",)))
    world.look()
    world.settings = SETTINGS
    assert world.look().create
    assert world.ready[1] == "Building"


def test_what_is_published_stays_ready_under_a_stricter_policy():
    world = World()
    world.look()
    world.run(a_picture(builder="Succeeded", final="Succeeded"))
    world.end(a_success())
    world.look()
    world.settings = replace(SETTINGS, policy=Policy(push_to=("r.io/*",), lint="Fail"))
    assert not world.look().create
    assert world.ready == ("True", "Published", [])


def test_a_build_that_runs_is_left_alone_by_a_stricter_policy():
    world = World()
    world.look()
    world.run(a_picture(builder="Running", final="Pending"))
    world.settings = replace(SETTINGS, policy=Policy(push_to=("r.io/*",)))
    found = world.look()
    assert (found.delete, world.ready[1]) == ((), "Building")


def test_an_edit_beyond_the_policy_ends_the_build_of_before():
    world = a_world(Policy(push_to=("registry.example.com/*",)))
    world.look()
    world.run(a_picture(builder="Running", final="Pending"))
    world.edit(publish=[{"stage": "final", "images": ["evil.io/a:1"]}])
    assert world.look().delete == ("hello-1-1",)
    assert world.ready[1] == "PolicyDenied"


def test_a_suspended_object_stays_suspended():
    world = a_world(Policy(push_to=("r.io/*",)), suspend=True)
    world.look()
    assert world.ready[1] == "Suspended"


def test_who_asked_for_a_build_that_is_denied_has_the_answer():
    world = a_world(Policy(push_to=("r.io/*",)))
    world.ask("now")
    world.look()
    assert world.status["lastHandledReconcileAt"] == "now"


@pytest.mark.parametrize(
    ("policy", "asked", "done"),
    [
        (Policy(), None, Lint.WARN),
        (Policy(lint="Fail"), None, Lint.FAIL),
        (Policy(lint="Warn"), "Fail", Lint.FAIL),
        (Policy(), "Ignore", Lint.IGNORE),
    ],
)
def test_a_lint_that_is_not_asked_for_is_the_policys(policy, asked, done):
    settings = replace(SETTINGS, policy=policy)
    assert ordered(settings=settings, lint=asked).lint == done


def test_a_leak_guard_that_is_not_asked_for_is_the_policys():
    assert not ordered().leak_guard
    assert ordered(settings=replace(SETTINGS, policy=Policy(leak_guard=True))).leak_guard


MOST = {"cpu": "2", "memory": "1Gi"}

# (settings' resources, policy.maxResources, spec.resources, what the daemon has)
RESOURCES = [
    ({"limits": {"memory": "4Gi"}}, {}, None, {"limits": {"memory": "4Gi"}}),
    # An override may bound what the default of all namespaces is.
    ({"limits": {"memory": "4Gi"}}, {"memory": "1Gi"}, None, {"limits": {"memory": "1Gi"}}),
    ({"requests": {"cpu": "3"}, "limits": {"cpu": "3"}}, {"cpu": "2"}, None, "same"),
    # What nothing limits is limited by the bound, and asks for no more of a node than before.
    ({}, MOST, None, {"limits": MOST, "requests": {"cpu": "0", "memory": "0"}}),
    (
        {"requests": {"memory": "512Mi"}},
        {"memory": "1Gi"},
        None,
        {"requests": {"memory": "512Mi"}, "limits": {"memory": "1Gi"}},
    ),
    (
        {},
        MOST,
        {"limits": {"memory": "512Mi"}},
        {"limits": {"cpu": "2", "memory": "512Mi"}, "requests": {"cpu": "0"}},
    ),
    # What a spec says of one resource leaves the defaults of the others.
    (
        {"requests": {"cpu": "1"}, "limits": {"memory": "4Gi", "ephemeral-storage": "9Gi"}},
        {},
        {"limits": {"memory": "1Gi"}},
        {
            "requests": {"cpu": "1"},
            "limits": {"memory": "1Gi", "ephemeral-storage": "9Gi"},
        },
    ),
    # A default gives way, so that no request is above its limit.
    (
        {"requests": {"memory": "2Gi"}},
        {},
        {"limits": {"memory": "1Gi"}},
        {"requests": {"memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    ),
    (
        {"limits": {"memory": "2Gi"}},
        {},
        {"requests": {"memory": "3Gi"}},
        {"requests": {"memory": "3Gi"}, "limits": {"memory": "3Gi"}},
    ),
    # A build has no device that nothing gives it.
    ({}, {"example.com/gpu": "2"}, None, {}),
]


def test_the_policy_takes_a_limit_of_0_for_none():
    spec = ImageBuildSpec.model_construct(
        resources=Resources.model_construct(limits={"memory": "0"}), lint=None
    )
    (problem,) = bounds.problems(spec, Policy(max_resources={"memory": "1Gi"}))
    assert problem.path == "spec.resources.limits.memory"
    assert "0 is no limit, and policy.maxResources allows 1Gi of memory" in problem.what


@pytest.mark.parametrize(("default", "most", "asked", "expected"), RESOURCES)
def test_no_build_has_more_than_the_policy_allows(default, most, asked, expected):
    policy = Policy(max_resources=most)
    _, job = made(settings=replace(SETTINGS, resources=default, policy=policy), resources=asked)
    containers = job["spec"]["template"]["spec"]["containers"]
    (found,) = [c["resources"] for c in containers if c["name"] == "buildkitd"]
    same = {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}
    assert found == (same if expected == "same" else expected)


def test_the_inputs_hold_no_setting():
    policy = Policy(lint="Fail", leak_guard=True, pull_from=HUB, max_resources=MOST)
    plain, bounded = made(), made(settings=replace(SETTINGS, policy=policy, timeout_seconds=7))
    inputs = [
        job["metadata"]["annotations"]["imagebuild.dev/inputs"] for _, job in (plain, bounded)
    ]
    assert inputs[0] == inputs[1]


def test_what_buildkit_may_pull_lies_beside_the_order():
    config_map, job = made(settings=replace(SETTINGS, policy=Policy(pull_from=HUB)))
    volumes = {v["name"]: v for v in job["spec"]["template"]["spec"]["volumes"]}
    keys = [item["key"] for item in volumes["order"]["configMap"]["items"]]
    assert "source-policy.json" in keys
    assert set(keys) | {daemon.FILE} == {*config_map["data"], *config_map["binaryData"]}


def test_without_a_bound_there_is_no_source_policy():
    config_map, _ = made()
    assert "source-policy.json" not in config_map["data"]


DENIAL = (
    'failed to solve: source "docker-image://evil.io/a:1" denied by policy: source denied by policy'
)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause.SOLVE, DENIAL),
        (Cause.POLICY, "PolicyDenied: context assets: evil.io/a:1 may not be pulled; allowed: r/*"),
    ],
)
def test_a_denial_in_the_build_is_final(cause, words):
    world = World()
    world.look()
    world.end(a_failure(cause, error=words, stage="final"))
    assert not world.look().create
    assert world.ready == ("False", "PolicyDenied", ["Stalled"])
    assert "evil.io/a:1" in world.message()
