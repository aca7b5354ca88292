"""Builds that try to tell their secrets, and every channel in which someone might read one."""

import dataclasses

import pytest
from tests import cluster
from tests.e2e import canary, gitserver, secured
from tests.e2e.specs import ALPINE, one, to
from tests.e2e.test_metrics import OPERATOR

SAID = "so say the canaries"
FILE = {"secret": {"name": "file"}}
ENV = {"secret": {"name": "env", "env": "TOKEN"}}
MOUNTS = [FILE, ENV]
CREDENTIALS = {
    "secrets": [
        {"name": "file", "secretKeyRef": {"name": "told", "key": "file"}},
        {"name": "env", "secretKeyRef": {"name": "told", "key": "env"}},
    ],
    "ssh": [{"name": "default", "secretRef": {"name": "key"}}],
}
# Each line as it is, in two colours, in base64 and in hex; then the variable.
TELL = f"""
echo '{SAID}'
while read -r line; do
  echo "it is $line"
  printf 'it is %s\\033[31m%s\\033[0m\\n' "${{line%?????????}}" "${{line#"${{line%?????????}}"}}"
  printf %s "$line" | base64 | tr -d '\\n'; echo
  printf %s "$line" | od -An -v -tx1 | tr -d ' \\n'; echo
done < /run/secrets/file
base64 /run/secrets/file | tr -d '\\n'; echo
echo "it is '$TOKEN'"
env | base64 | tr -d '\\n'; echo
"""
FAIL = """
echo "cannot sign in as admin:$TOKEN" >&2
base64 /run/secrets/file | tr -d '\\n' >&2; echo >&2
echo "error: $(head -n 1 /run/secrets/file) refused ($(printf %s "$TOKEN" | base64))" >&2
exit 3
"""


@dataclasses.dataclass(frozen=True)
class Canaries:
    """The builds, ended, and the secrets that they were trusted with: name -> value."""

    kubectl: cluster.Kubectl
    registry: secured.Secured
    secrets: dict[str, str]
    builds: dict[str, cluster.Object]

    @property
    def needles(self):
        return canary.needles(self.secrets)


def dockerfile(value):
    """One that holds a secret's value, as one that someone wrote into it would."""
    return (
        f"FROM {ALPINE}\n"
        f'ARG TOKEN="{value}"\n'
        f'ENV PASSWORD="{value}"\n'
        f'LABEL password="{value}"\n'
        "COPY names /names\n"
        "RUN --mount=type=secret,id=file,required=true ls /names; echo $TOKEN\n"
        f"RUN echo {value} > /copied\n"
    )


@pytest.fixture(scope="module")
def canaries(shared, secured, gitserver):
    """All builds at once, until all have ended and their logs are kept."""
    key = gitserver.key()
    told = trusted(shared, secured, gitserver, key)
    wanted = specs(shared, secured, gitserver, told)
    shared.apply(*(cluster.imagebuild(name, spec) for name, spec in wanted.items()))
    builds = {name: ended(shared, name) for name in wanted}
    return Canaries(shared, secured, told, builds)


def trusted(shared, registry, git, key):
    """Put the Secrets there; their values by name."""
    told = {"file": f"{canary.value()}\n{canary.value()}\n", "env": canary.value()}
    wrong = {name: canary.value() for name in ("wrong git password", "wrong registry password")}
    shared.apply(
        registry.authority.config_map(),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "told"}, "stringData": told},
        key.secret("key"),
        git.password("git"),
        git.token("token"),
        git.password("git-wrong", password=wrong["wrong git password"]),
        registry.secret("push"),
        registry.secret("push-wrong", password=wrong["wrong registry password"]),
    )
    fixed = {
        "ssh key": key.private,
        "git password": gitserver.PASSWORD,
        "git token": gitserver.TOKEN,
        "registry password": secured.PASSWORD,
    }
    return {**told, **wrong, **fixed}


def specs(shared, registry, git, told):
    """The builds: name -> spec."""
    files = {"Dockerfile": dockerfile(told["env"]), f"names/{told['env']}": "\n"}
    repository = git.repository("canary", {"files": files})
    innocent = git.repository("canary-clean", {"files": {"x": "x\n"}})
    sources = {
        "password": {"url": repository.url, "secretRef": {"name": "git"}},
        "denied": {"url": repository.url, "secretRef": {"name": "git-wrong"}},
        "absent": {"url": repository.url, "ref": "none", "secretRef": {"name": "token"}},
        "ssh": {"url": innocent.ssh, "secretRef": {"name": "key"}, "keepGitDir": True},
    }
    everywhere = {**CREDENTIALS, **registry.authority.trusted()}

    def build(*steps, name, push="push", source="", **fields):
        """A build that goes to the registry with this Secret, from this source."""
        stages = one({"run": TELL, "mounts": MOUNTS}, *steps) if steps else {}
        context = {"context": {"git": sources[source]}} if source else {}
        where = {"publish": to(registry.image(shared, name)), "registrySecrets": [{"name": push}]}
        return {**stages, **context, **where, **everywhere, **fields}

    using = {"run": "cp /run/secrets/file /kept/; ssh-add -l || true"}
    mounts = [FILE, {"ssh": {"name": "default"}}, {"cache": {"target": "/kept"}}]
    return {
        "deleted": build(
            {"run": "cp /run/secrets/file /copied", "mounts": [FILE]},
            {"run": "rm /copied"},
            name="deleted",
        ),
        "encoded": build(
            {"run": "base64 /run/secrets/file > /copied", "mounts": [FILE]}, name="encoded"
        ),
        "in-dockerfile": build(
            name="in-dockerfile", source="password", dockerfile={"path": "Dockerfile"}
        ),
        "clean": build(
            {**using, "mounts": mounts},
            {"copy": [".git"], "to": "/git"},
            {"run": f"echo {SAID} > /said"},
            name="clean",
            source="ssh",
        ),
        "failing": build({"run": FAIL, "mounts": MOUNTS}, name="failing"),
        "git-denied": build({"copy": ["."], "to": "/"}, name="git-denied", source="denied"),
        "ref-absent": build({"copy": ["."], "to": "/"}, name="ref-absent", source="absent"),
        "push-denied": build({"run": "true"}, name="push-denied", push="push-wrong"),
    }


def ended(kubectl, name):
    """The ImageBuild once its build has ended, one way or another, and its log is kept."""

    def ask():
        found = kubectl.get("imagebuild", name)
        ready = cluster.condition(found).get("status") == "True"
        over = ready or cluster.condition(found, "Stalled")
        kept = found["status"].get("build", {}).get("log", {}).get("configMap")
        return found if over and kept else None

    return cluster.wait_until(ask, what=f"{name} has ended and its log is kept")


ENDS = {
    "deleted": "SecretLeaked",
    "encoded": "SecretLeaked",
    "in-dockerfile": "SecretLeaked",
    "clean": "Published",
    "failing": "StepFailed",
    "git-denied": "GitAuth",
    "ref-absent": "RefNotFound",
    "push-denied": "PushDenied",
}


@pytest.mark.parametrize("name", ENDS)
def test_each_build_ends_as_it_should(canaries, name):
    ready = cluster.condition(canaries.builds[name])
    assert ready["reason"] == ENDS[name], ready["message"]


def test_only_the_build_that_told_nobody_is_in_the_registry(canaries):
    assert list(canaries.registry.tags(canaries.kubectl)) == ["clean:1"]


def imagebuilds(canaries):
    return canary.of_objects(canaries.kubectl, "imagebuilds.imagebuild.dev")


def events(canaries):
    return canary.of_objects(canaries.kubectl, "events")


def jobs(canaries):
    return canary.of_objects(canaries.kubectl, "jobs")


def pods(canaries):
    return canary.of_objects(canaries.kubectl, "pods")


def configmaps(canaries):
    """Orders and kept logs, unpacked."""
    return canary.of_objects(canaries.kubectl, "configmaps")


def logs(canaries):
    """Of the build, the daemon and the progress, whose log is all its pictures."""
    return canary.of_logs(canaries.kubectl)


def operator(canaries):
    within = canaries.kubectl.within("imagebuild-system")
    of = f"/api/v1/namespaces/{within.namespace}/pods"
    names = [pod["metadata"]["name"] for pod in within.items("pods", *OPERATOR)]
    asked = {name: f"{of}/{name}:9090/proxy/metrics" for name in names}
    said = {f"log of {name}": within("logs", name) for name in names}
    return {
        **said,
        **{f"metrics of {name}": within("get", "--raw", at) for name, at in asked.items()},
    }


# Each channel, and what is certainly found there by whoever looks in the right place.
CHANNELS = {
    imagebuilds: ("SecretLeaked", "StepFailed", "cannot sign in as admin:***"),
    events: ("SecretLeaked", "StepFailed", "GitAuth"),
    jobs: ("clean-1-1",),
    pods: ("clean-1-1", "cannot sign in as admin:***"),
    configmaps: (SAID, "/run/secrets/file", "cannot sign in as admin:***"),
    logs: (SAID, "it is ***", "cannot sign in as admin:***"),
    operator: ('"message": ', 'reason="SecretLeaked"'),
}


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.__name__)
def test_no_channel_tells_a_secret(canaries, channel):
    texts = channel(canaries)
    silent = [mark for mark in CHANNELS[channel] if not any(mark in t for t in texts.values())]
    assert not silent, f"not looked at: {list(texts)}"
    assert canary.found(texts, canaries.needles) == {}


def test_nothing_that_the_registry_stores_tells_a_secret(canaries):
    wanted = {name: needle.encode() for name, needle in canaries.needles.items()}
    told = canaries.registry.search({"said": f"{SAID}\n".encode(), **wanted})
    assert {name for _, name in told} == {"said"}, told


def test_a_secret_is_found_in_all_that_it_may_be_written_as():
    told = canary.value()
    shown = canary.needles({"it": told})
    assert len(shown) == len(set(shown.values())) >= 7
    for form, needle in shown.items():
        assert canary.found({"here": f"before {needle} after"}, shown) == {"here": [form]}
    coloured = f"{told[:9]}\x1b[31m{told[9:]}\x1b[0m"
    assert canary.found({"here": coloured}, shown) == {"here": ["it, line 1, as it is"]}
    assert canary.found({"here": told[:-1]}, shown) == {}
