"""The page on build namespaces, typed as it stands, and what the API server makes of it."""

import json
import shutil
import uuid

import pytest
import yaml
from tests import cluster
from tests.builders import made
from tests.e2e import pages

PAGE = "docs/how-to/build-namespaces.md"
LETS = ("create", "delete", "get", "list", "patch", "update", "watch")
# A container of a build that its ImageBuild and the settings leave open.
OPEN = {"requests": {}, "limits": {}}


@pytest.fixture(scope="module")
def names():
    """A name in the page -> the one that it has here."""
    own = uuid.uuid4().hex[:6]
    return {name: f"t-{name}-{own}" for name in ("team-a-builds", "team-b-builds", "shop")}


@pytest.fixture(scope="module")
def page(names):
    spaces = {f"namespace: {name}": f"namespace: {own}" for name, own in names.items()}
    typed = {f"-n {name}": f"-n {own}" for name, own in names.items() if name != "team-b-builds"}
    return list(pages.blocks(PAGE, spaces | typed))


@pytest.fixture(scope="module")
def terminal(kubectl, page, names, tmp_path_factory):
    """The page's files beside the manifests; its namespaces go again."""
    here = pages.Terminal(tmp_path_factory.mktemp("namespaces"))
    shutil.copytree(pages.ROOT / "manifests", here.place / "manifests")
    shutil.copytree(pages.ROOT / "crds", here.place / "crds")
    for name, text in pages.files(page).items():
        (here.place / name).parent.mkdir(exist_ok=True)
        (here.place / name).write_text(text)
    kubectl("create", "namespace", names["shop"])
    yield here
    kubectl("delete", "namespace", *names.values(), "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="module")
def team(kubectl, terminal, page, names):
    """The build namespace, as the page's first commands make it."""
    apply, *asked = pages.commands(page, "One build namespace a team")
    terminal.follow([apply])
    for command in asked:
        until_it_says(terminal, command)
    return kubectl.within(names["team-a-builds"])


def until_it_says(terminal, command):
    """What the API server was just told of rights it knows a moment later."""
    cluster.wait_until(
        lambda: terminal.run(command.typed).stdout.strip() == command.shown.strip(),
        what=f"{command.typed} says {command.shown}",
    )


def test_the_network_policy_alone_is_applied_to_an_apps_namespace(kubectl, terminal, page, names):
    terminal.follow(pages.commands(page, "In the app's namespace"))
    policies = kubectl.within(names["shop"]).items("networkpolicies")
    assert [policy["metadata"]["name"] for policy in policies] == ["imagebuild-builds"]


def test_the_namespace_holds_what_a_builds_pod_is_admitted_by(team):
    """A pod as the operator makes it, with the profiles that ``baseline`` wants."""
    _, job = made()
    pod = job["spec"]["template"]["spec"]
    security = next(c for c in pod["containers"] if c["name"] == "buildkitd")["securityContext"]
    security["seccompProfile"] = {"type": "Localhost", "localhostProfile": "profiles/any.json"}
    security.pop("appArmorProfile", None)
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "build", "labels": job["metadata"]["labels"]},
        "spec": pod,
    }
    dry = ("create", "--dry-run=server", "--filename", "-", "--output", "json")
    made_of_it = json.loads(team(*dry, stdin=json.dumps(manifest)))
    resources = {c["name"]: c["resources"] for c in made_of_it["spec"]["containers"]}
    assert resources["buildkitd"]["limits"]["memory"] == "4Gi"
    assert resources["build"]["limits"]["memory"] == "1Gi"

    security["seccompProfile"] = {"type": "Unconfined"}
    said = team(*dry, stdin=json.dumps(manifest), check=False)
    assert "violates PodSecurity" in said, said


def test_ten_builds_fit_into_the_quota(team):
    (limits,) = team.items("limitrange")
    (container,) = limits["spec"]["limits"]
    (quota,) = team.items("resourcequota")
    _, job = made()
    sums = dict.fromkeys(quota["spec"]["hard"], 0.0)
    for found in job["spec"]["template"]["spec"]["containers"]:
        given = OPEN | found["resources"]
        for kind, default in (("requests", "defaultRequest"), ("limits", "default")):
            for resource, value in {**container[default], **given[kind]}.items():
                sums[f"{kind}.{resource}"] = sums.get(f"{kind}.{resource}", 0) + number(value)
    for resource, hard in quota["spec"]["hard"].items():
        if resource.startswith(("requests.", "limits.")):
            assert 10 * sums[resource] <= number(hard), resource
    assert quota["spec"]["hard"]["pods"] == "10"


def number(quantity):
    suffixes = {"m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    for suffix, factor in suffixes.items():
        if quantity.endswith(suffix):
            return float(quantity.removesuffix(suffix)) * factor
    return float(quantity)


def can(kubectl, group, verb, what):
    """What the API server says of a right of the group's: yes or no; of a part after a slash."""
    resource, _, part = what.partition("/")
    asked = (verb, resource, *([f"--subresource={part}"] if part else []))
    who = ("--as=someone", f"--as-group={group}")
    return kubectl("auth", "can-i", *asked, *who, check=False).split()[-1]


def test_members_of_the_group_build_and_look_and_do_nothing_else(team):
    def may(verb, what):
        return can(team, "team-a", verb, what) == "yes"

    assert all(may(verb, "imagebuilds") for verb in LETS)
    assert may("get", "imagebuilds/status")
    assert may("get", "pods/log")
    assert may("get", "events")
    assert not may("patch", "imagebuilds/status")
    for what in ("secrets", "pods/exec", "pods/attach", "pods/portforward"):
        assert not any(may(verb, what) for verb in (*LETS, "create")), what
    for what in ("pods", "jobs", "serviceaccounts/token", "rolebindings", "networkpolicies"):
        assert not any(may(verb, what) for verb in ("create", "patch", "delete")), what


def test_the_one_for_team_b_is_patched_as_the_page_says(kubectl, terminal, names):
    found = {
        (item["kind"], item["metadata"]["name"]): item for item in rendered(terminal, "team-b")
    }
    assert ("Namespace", names["team-b-builds"]) in found
    builds = found["NetworkPolicy", "imagebuild-builds"]["spec"]["egress"][1]
    assert "203.0.113.10/32" in builds["to"][0]["ipBlock"]["except"]
    assert {port["port"] for port in builds["ports"]} == {443, 22, 80}
    assert found["RoleBinding", "imagebuild-editors"]["subjects"][0]["name"] == "team-b"
    for policy in (item for (kind, _), item in found.items() if kind == "NetworkPolicy"):
        policy["metadata"]["namespace"] = "default"
        taken(kubectl, policy)


def rendered(terminal, directory):
    done = terminal.run(f"kubectl kustomize {directory}")
    assert done.returncode == 0, done.stderr
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def taken(kubectl, manifest):
    """The API server takes it; nothing is made."""
    kubectl("create", "--dry-run=server", "--filename", "-", stdin=json.dumps(manifest))


def test_the_operators_policy_is_patched_as_the_page_says_and_taken(kubectl, terminal):
    (policy,) = [i for i in rendered(terminal, "site") if i["kind"] == "NetworkPolicy"]
    (prometheus, _) = policy["spec"]["ingress"]
    (peer,) = prometheus["from"]
    labels = peer["namespaceSelector"]["matchLabels"]
    assert labels == {"kubernetes.io/metadata.name": "prometheus"}
    policy["metadata"]["namespace"] = "default"
    taken(kubectl, policy)


@pytest.mark.parametrize(
    ("role", "verb", "what", "expected"),
    [
        ("imagebuild-viewer", "get", "imagebuilds", "yes"),
        ("imagebuild-viewer", "watch", "imagebuilds", "yes"),
        ("imagebuild-viewer", "get", "imagebuilds/status", "yes"),
        ("imagebuild-viewer", "create", "imagebuilds", "no"),
        ("imagebuild-viewer", "patch", "imagebuilds", "no"),
        ("imagebuild-viewer", "patch", "imagebuilds/status", "no"),
        ("imagebuild-editor", "create", "imagebuilds", "yes"),
        ("imagebuild-editor", "deletecollection", "imagebuilds", "yes"),
        ("imagebuild-editor", "get", "imagebuilds/status", "yes"),
        ("imagebuild-editor", "update", "imagebuilds/status", "no"),
        ("imagebuild-editor", "get", "secrets", "no"),
        ("imagebuild-editor", "create", "jobs", "no"),
        ("edit", "create", "imagebuilds", "yes"),
        ("edit", "patch", "imagebuilds/status", "no"),
        ("view", "get", "imagebuilds", "yes"),
        ("view", "create", "imagebuilds", "no"),
        ("admin", "delete", "imagebuilds", "yes"),
    ],
)
def test_a_role_in_a_namespace_gives_this_and_not_more(namespace, role, verb, what, expected):
    namespace("create", "rolebinding", "held", f"--clusterrole={role}", "--group=held")

    def bound():
        return can(namespace, "held", "get", "imagebuilds") == "yes"

    # What the API server was just told of rights it knows a moment later.
    cluster.wait_until(bound, what="the binding")
    assert can(namespace, "held", verb, what) == expected
    # The operator's settings lie in a namespace where it says nothing.
    assert can(namespace.within("imagebuild-system"), "held", "get", "configmaps") == "no"
