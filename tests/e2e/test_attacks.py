"""Steps as enemies: what they try against credentials, the daemon and the node, and what becomes
of the build. docs/threat-model.md says the same in words.
"""

import base64
import json

import pytest
from tests import cluster
from tests.e2e import builds, enemy
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import fail

PASSWORD, MINE, OTHER = "push-5d81c2e94a7f", "mine-9b0c7d3fa1e6", "other-41f6e8b2d07c"
# Everything that a process can signal, the step's own shell and the first process apart.
KILL = "kill -9 -1 || true"
CONTAINERS = ("build", "buildkitd", "progress")
# What a step that mounts one secret finds beside it, and what the next one finds.
OF_THE_STEP = {"read its own secret": f'[ "$(cat /run/secrets/mine | wc -c)" = {len(MINE)} ]'}
OF_OTHERS = {
    "read a secret that it does not mount": "ls -A /run/secrets | grep -v '^mine$' | grep .",
    "read such a secret by the name of its Secret": "find / -xdev -name 'of-others*' | grep .",
}
OF_THE_STEP_BEFORE = {
    "read a secret of the step before": "find /run/secrets -type f -size +0 | grep .",
}


def secret(name, **values):
    found = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}
    if ".dockerconfigjson" in values:
        found["type"] = "kubernetes.io/dockerconfigjson"
    return found


def push_secret():
    auth = base64.b64encode(f"pusher:{PASSWORD}".encode()).decode()
    config = {"auths": {"registry.example.com": {"auth": auth}}}
    return secret("push", **{".dockerconfigjson": json.dumps(config)})


def secrets(**names):
    return [{"name": n, "secretKeyRef": {"name": s, "key": "value"}} for n, s in names.items()]


def attack(kubectl, *, image=None, kill=True):
    """A build whose steps are enemies; all that it is trusted with is in its pod."""
    kubectl.apply(push_secret(), secret("of-mine", value=MINE), secret("of-others", value=OTHER))
    scripts = {
        "mounted.sh": enemy.script(OF_THE_STEP | OF_OTHERS),
        "enemy.sh": enemy.script(
            enemy.CONTROLS | OF_THE_STEP_BEFORE | enemy.ANYWHERE | enemy.APART
        ),
    }
    steps = [
        {"copy": list(scripts), "to": "/"},
        {"run": "sh /mounted.sh", "mounts": [{"secret": {"name": "mine"}}]},
        {"run": "sh /enemy.sh"},
        *([{"run": KILL}] if kill else []),
        {"run": "echo still here > /after"},
    ]
    other = stage({"run": "true", "mounts": [{"secret": {"name": "other"}}]}, name="other")
    last = stage(*steps, {"copy": ["/bin/busybox"], "from": "other", "to": "/other"}, name="last")
    spec = stages(
        other,
        last,
        context={"files": scripts},
        registrySecrets=[{"name": "push"}],
        secrets=secrets(mine="of-mine", other="of-others"),
        **({"publish": to(image)} if image else {}),
    )
    kubectl.apply(cluster.imagebuild("enemy", spec))


def log(kubectl, job):
    return kubectl("logs", f"job/{job}", "--container", "build")


@pytest.fixture(scope="module")
def attacked(shared, registry):
    """The image and status of a build that was attacked, and what its steps said."""
    attack(shared, image=f"{registry.name}/{shared.namespace}/enemy:1")
    status = cluster.until(shared, "enemy", "Published")["status"]
    return registry.pull(status["image"]), status, enemy.told(log(shared, status["build"]["job"]))


def test_the_tools_of_the_attack_work(attacked):
    *_, told = attacked
    wanted = dict.fromkeys(enemy.CONTROLS | OF_THE_STEP, True)
    assert {name: told.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("name", [*OF_OTHERS, *OF_THE_STEP_BEFORE, *enemy.ANYWHERE, *enemy.APART])
def test_a_step_cannot(attacked, name):
    *_, told = attacked
    assert told[name] is False


def test_a_step_that_kills_all_it_sees_kills_no_daemon(shared, attacked):
    image, status, _ = attacked
    assert image.texts()["/after"] == "still here\n"
    assert status["build"]["attempt"] == 1
    # An image is published before the daemon has gone, which ends with its worker.
    job = status["build"]["job"]
    (pod,) = [pod["metadata"]["name"] for pod in shared.items("pods", "-l", f"job-name={job}")]
    codes = {name: cluster.ended(shared, pod, name) for name in CONTAINERS}
    assert codes == dict.fromkeys(CONTAINERS, 0)
    shared("wait", "--for=condition=Complete", f"job/{job}", "--timeout=180s")


def test_nothing_that_a_step_found_is_in_the_image_or_the_log(shared, attacked):
    image, status, _ = attacked
    said = [json.dumps(image.config), log(shared, status["build"]["job"])]
    said += image.texts().values()
    for value in (PASSWORD, MINE, OTHER):
        assert not [text for text in said if value in text]


def test_unconfined_steps_signal_the_daemon_and_read_none_of_it(unconfined):
    attack(unconfined, kill=False)
    status = cluster.until(unconfined, "enemy", "Built")["status"]
    assert status["build"]["profile"] == "unconfined"
    told = enemy.told(log(unconfined, status["build"]["job"]))
    # This is what docs/threat-model.md says of this profile, and why it is not for strangers.
    known = {"see the daemon's processes", "signal the daemon"}
    could = {name for name, found in told.items() if found}
    assert could == known | set(enemy.CONTROLS) | set(OF_THE_STEP)
    tried = (OF_OTHERS, OF_THE_STEP_BEFORE, enemy.ANYWHERE, enemy.APART)
    assert set(told) == could.union(*tried)


def test_unconfined_a_step_that_kills_ends_its_own_build_alone(unconfined, outside):
    """The neighbour's daemon is of the same user id on the node, in a pod of its own."""
    gate = unconfined.namespace
    unconfined.apply(cluster.imagebuild("neighbour", one(builds.gate(outside, gate))))
    builds.begun(unconfined, "neighbour")
    unconfined.apply(cluster.imagebuild("killer", one({"run": KILL}, {"run": "sleep 5"})))
    killed = cluster.wait_until(
        lambda: failed(unconfined, "killer"), what="the killer's pod has failed"
    )
    assert cluster.condition(killed)["status"] != "True"
    outside.file(gate, b"open")
    status = cluster.until(unconfined, "neighbour", "Built")["status"]
    assert status["build"]["attempt"] == 1


def failed(kubectl, name):
    """The ImageBuild, once a pod of it has failed."""
    of_it = [p for p in kubectl.items("pods") if p["metadata"]["name"].startswith(f"{name}-")]
    if any(pod["status"]["phase"] == "Failed" for pod in of_it):
        return kubectl.get("imagebuild", name)
    return None


@pytest.fixture
def unconfined(namespace):
    """A namespace of which the demo's settings say so."""
    assert namespace.namespace.startswith("t-unconfined-")
    return namespace


CONFIG = "registry-secrets/push/.dockerconfigjson"
LINKS = {
    "Dockerfile": f"/imagebuild/{CONFIG}",
    "directory": "/imagebuild/registry-secrets",
    "upwards": f"../../{CONFIG}",
}


@pytest.fixture(scope="module")
def repository(outside):
    """One of such links: its author need not be the ImageBuild's, and may see image and log."""
    return outside.repository("links", {"files": {"plain": "as it is\n"}, "links": LINKS})


@pytest.fixture(scope="module")
def strangers(shared, repository):
    """Builds whose links and Dockerfiles ask for more, in the namespace of the credentials."""
    shared.apply(push_secret(), secret("of-others", value=OTHER))
    git = {"url": repository.url, "ref": "main"}
    trusted = {"context": {"git": git}, "registrySecrets": [{"name": "push"}]}
    look = "cat /got/plain && [ -L /got/upwards ] && ! cat /got/directory/* && ! cat /got/upwards"
    specs = {
        "links": one({"copy": ["."], "to": "/got/"}, {"run": look}, **trusted),
        "copied": one({"copy": ["upwards"], "to": "/got"}, **trusted),
        "read": {"dockerfile": {"path": "Dockerfile"}, **trusted},
        **{name: dockerfile(line) for name, line in LINES.items()},
    }
    shared.apply(*(cluster.imagebuild(name, spec) for name, spec in specs.items()))
    return specs


def dockerfile(line):
    return {"dockerfile": {"inline": f"FROM alpine:3.18\n{line}\n"}}


MOUNTS = " ".join(f"--mount=type=secret,id={name}" for name in ("of-others", "value"))
LINES = {
    "security": "RUN --security=insecure id",
    "parent": "RUN --mount=type=bind,source=/../../imagebuild,target=/x id",
    "secrets": f"RUN {MOUNTS} ! find /run/secrets -type f -size +0 | grep .",
}


@pytest.mark.usefixtures("strangers")
def test_links_in_a_repository_dangle_in_the_image(shared):
    cluster.until(shared, "links", "Built")


def test_a_link_in_a_repository_is_not_followed_out_of_it(shared, strangers):
    failure = fail(shared, strangers["copied"], "SourceNotFound", name="copied")
    assert PASSWORD not in json.dumps(failure)


def test_a_dockerfile_that_is_such_a_link_is_none(shared, strangers):
    failure = fail(shared, strangers["read"], "DockerfileNotFound", name="read")
    assert PASSWORD not in json.dumps(failure)


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("security", "BuildFailed", "security.insecure is not allowed"),
        ("parent", "SourceNotFound", ""),
    ],
)
def test_a_dockerfile_gets_no_more_than_any_step(shared, strangers, name, reason, words):
    assert words in fail(shared, strangers[name], reason, name=name)["message"]


@pytest.mark.usefixtures("strangers")
def test_a_dockerfile_gets_no_secret_that_the_imagebuild_does_not_name(shared):
    cluster.until(shared, "secrets", "Built")
