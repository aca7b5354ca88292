"""A build whose Secret is not there: row 11 of ``core.plan``, and the words for what is absent."""

from datetime import timedelta

import pytest
from tests.builders import SPEC, World, a_picture, a_success, stamp

from imagebuild.core import action, anew, imagebuild
from imagebuild.core.attempt import absent
from imagebuild.core.outside import Outside, resolve

NPM = {"name": "token", "secretKeyRef": {"name": "npm", "key": "token"}}
NPMRC = {"name": "npmrc", "secretKeyRef": {"name": "npm", "key": ".npmrc"}}
PYPI = {"name": "pip", "secretKeyRef": {"name": "pypi", "key": "token"}}
COMPANY = {"name": "company", "configMapKeyRef": {"name": "company-ca", "key": "ca.crt"}}
OTHER = {"name": "other", "configMapKeyRef": {"name": "other-ca", "key": "ca.crt"}}
TLS = {"name": "tls", "secretKeyRef": {"name": "tls", "key": "tls.crt"}}
GIT = {"git": {"url": "https://git.example.com/a.git", "secretRef": {"name": "git-auth"}}}
SETUP = "MountVolume.SetUp failed for volume "
ABSENT = f'{SETUP}"secret-0" : secret "npm" not found'
WAITING = ("Unknown", "WaitingForSecret", ["Reconciling"])


@pytest.mark.parametrize(
    ("changes", "words", "path", "expected"),
    [
        (
            {"secrets": [PYPI, NPM]},
            f'{SETUP}"secret-1" : secret "npm" not found',
            "spec.secrets[1].secretKeyRef",
            "there is no Secret npm",
        ),
        (
            {"secrets": [NPM, NPMRC]},
            f'{SETUP}"secret-0" : references non-existent secret key: .npmrc',
            "spec.secrets[1].secretKeyRef",
            "Secret npm has no key .npmrc",
        ),
        (
            {"ssh": [{"name": "default", "secretRef": {"name": "deploy"}}]},
            f'{SETUP}"ssh-0" : secret "deploy" not found',
            "spec.ssh[0].secretRef",
            "there is no Secret deploy",
        ),
        (
            {"ssh": [{"name": "default", "secretRef": {"name": "deploy"}}]},
            f'{SETUP}"ssh-0" : references non-existent secret key: known_hosts',
            "spec.ssh[0].secretRef",
            "Secret deploy has no key known_hosts",
        ),
        (
            {"context": {"git": {**GIT["git"], "url": "ssh://git@git.example.com/a.git"}}},
            f'{SETUP}"git-secret-0" : references non-existent secret key: known_hosts',
            "spec.context.git.secretRef",
            "Secret git-auth has no key known_hosts",
        ),
        (
            {"registrySecrets": [{"name": "a"}, {"name": "push"}]},
            f'{SETUP}"registry-secret-1" : references non-existent secret key: .dockerconfigjson',
            "spec.registrySecrets[1]",
            "Secret push has no key .dockerconfigjson",
        ),
        (
            {"context": GIT},
            f'{SETUP}"git-secret-0" : secret "git-auth" not found',
            "spec.context.git.secretRef",
            "there is no Secret git-auth",
        ),
        (
            {"registrySecrets": [{"name": "a"}, {"name": "push"}]},
            f'{SETUP}"registry-secret-1" : secret "push" not found',
            "spec.registrySecrets[1]",
            "there is no Secret push",
        ),
        (
            {"caCertificates": [TLS, COMPANY]},
            f'{SETUP}"ca" : configmap "company-ca" not found',
            "spec.caCertificates[1].configMapKeyRef",
            "there is no ConfigMap company-ca",
        ),
        (
            {"caCertificates": [TLS, COMPANY]},
            f'{SETUP}"ca" : references non-existent secret key: tls.crt',
            "spec.caCertificates[0].secretKeyRef",
            "Secret tls has no key tls.crt",
        ),
        (
            {"caCertificates": [COMPANY, OTHER]},
            f'{SETUP}"ca" : configmap references non-existent config key: ca.crt',
            "spec.caCertificates[0].configMapKeyRef",
            "ConfigMap company-ca or other-ca has no key ca.crt",
        ),
    ],
)
def test_what_is_absent_is_named_with_its_place(changes, words, path, expected):
    world = World()
    world.edit(**changes)
    waits(world, words)
    assert world.ready == WAITING
    assert world.status["failure"]["path"] == path
    message = f"{path}: {expected} (namespace team-a); the build starts by itself as soon as"
    assert world.status["failure"]["message"].startswith(message)
    assert "Create it in the same namespace" in world.message()


def test_all_that_is_absent_is_told_at_once_and_in_the_same_order():
    of_all = f'{SETUP}"ca" : [configmap "company-ca" not found, secret "tls" not found]'
    pypi = f'{SETUP}"secret-1" : references non-existent secret key: token'
    for words in ([ABSENT, of_all, pypi], [pypi, ABSENT, of_all, ABSENT]):
        world = World()
        world.edit(secrets=[NPM, PYPI], caCertificates=[COMPANY, TLS])
        waits(world, *words)
        assert world.status["failure"]["message"].partition(" (")[0] == (
            "spec.caCertificates[0].configMapKeyRef: there is no ConfigMap company-ca; "
            "spec.caCertificates[1].secretKeyRef: there is no Secret tls; "
            "spec.secrets[0].secretKeyRef: there is no Secret npm; "
            "spec.secrets[1].secretKeyRef: Secret pypi has no key token"
        )


@pytest.mark.parametrize(
    "words",
    [
        f'{SETUP}"context-0" : configmap "company-ca" not found',
        f'{SETUP}"secret-7" : secret "npm" not found',
        f'{SETUP}"secret-0" : secret "other" not found',
        f'{SETUP}"secret-0" : failed to sync secret cache: timed out waiting for the condition',
        "nothing that is known",
    ],
)
def test_of_other_words_nothing_is_taken_for_absent(words):
    world = World()
    world.edit(secrets=[NPM], caCertificates=[COMPANY])
    build = imagebuild.read(world.raw)
    assert absent.of(resolve.resolve(build.owner, build.spec, Outside()), words) == ()


def waits(world, *words):
    """The kubelet says these words of the newest attempt's pod, and that is looked at."""
    world.look()
    return said_again(world, *(words or (ABSENT,)))


def said_again(world, *words):
    pod = world.pod()
    pod["status"]["phase"] = "Pending"
    world.events[pod["metadata"]["uid"]] = [
        {
            "type": "Warning",
            "reason": "FailedMount",
            "message": text,
            "lastTimestamp": stamp(world.now + timedelta(seconds=second)),
            "metadata": {},
        }
        for second, text in enumerate(words or (ABSENT,))
    ]
    return world.look()


@pytest.fixture
def world():
    """One that waits for Secret npm."""
    found = World()
    found.edit(secrets=[NPM])
    waits(found)
    return found


def anew_after(world, seconds):
    """The seconds after which the Job that is looked at each second is ended and made anew."""
    for second in range(seconds):
        world.wait(1)
        if world.look().delete:
            return second + 1
    return None


def test_11_its_job_is_made_anew_under_its_name_and_nothing_else_about_the_build_changes(world):
    before, (job,) = world.status, world.jobs
    assert anew_after(world, 60) == anew.AGAIN.total_seconds()
    assert world.jobs == {}
    found = world.look()
    assert [made["kind"] for made in found.create] == ["ConfigMap", "Job"]
    assert list(world.jobs) == [job]
    assert (found.delete, found.events) == ((), ())
    assert world.status == before
    assert said_again(world).events == ()
    assert world.status == before


def test_11_a_new_pod_of_which_nothing_is_said_yet_waits_as_before(world):
    before = world.status
    anew_after(world, 60)
    world.look()
    world.events = {}
    for _ in range(5):
        world.wait(1)
        assert world.look().events == ()
        assert world.status == before
    # The kubelet is silent for good: the Secret is there, and the pod is on its way.
    world.wait(10)
    world.look()
    assert world.ready == ("Unknown", "Building", ["Reconciling"])
    assert "failure" not in world.status


def its_sandbox_is_ready(world):
    condition = {"type": "PodReadyToStartContainers", "status": "True"}
    world.pod()["status"]["conditions"] = [condition]


def its_containers_are_made(world):
    events = world.events[world.pod()["metadata"]["uid"]]
    events.append({"type": "Normal", "reason": "Pulled", "message": "there", "metadata": {}})


@pytest.mark.parametrize("sign", [its_sandbox_is_ready, its_containers_are_made])
def test_11_a_pod_that_has_its_secret_by_now_is_left_alone_however_long_it_takes(world, sign):
    sign(world)
    assert anew_after(world, 60) is None
    assert world.ready == ("Unknown", "Building", ["Reconciling"])


def test_11_after_an_hour_it_is_made_anew_once_a_minute(world):
    world.wait(3600)
    world.look()
    world.look()
    said_again(world)
    assert anew_after(world, 120) == anew.SELDOM.total_seconds()


def test_11_it_starts_when_the_secret_is_there_and_its_attempts_are_not_used_up(world):
    for _ in range(2 * world.settings.attempts):
        assert anew_after(world, 60)
        world.look()
        said_again(world)
        assert world.ready == WAITING
    anew_after(world, 60)
    world.look()
    world.run(a_picture(builder="Running"))
    world.look()
    assert world.ready == ("Unknown", "Building", ["Reconciling"])
    assert "failure" not in world.status
    world.end(a_success())
    world.look()
    assert world.ready == ("True", "Published", [])
    assert (world.status["build"]["number"], world.status["build"]["attempt"]) == (1, 1)
    assert [row["number"] for row in world.status["history"]] == [1]


def test_11_no_job_is_made_before_the_last_one_is_gone(world):
    before = world.status
    job = world.newest()
    kept = world.jobs[job]
    assert anew_after(world, 60)
    kept["metadata"]["deletionTimestamp"] = stamp(world.now)
    world.jobs[job] = kept
    # The kubelet calls a pod failed that never started, moments before it is gone.
    world.pod()["status"]["phase"] = "Failed"
    found = world.look()
    assert (found.create, found.delete, found.events) == ((), (), ())
    assert found.requeue_after == action.LOOK
    assert world.status == before
    del world.jobs[job]
    assert world.look().create


@pytest.mark.parametrize("reason", ["DeadlineExceeded", "Evicted"])
def test_11_one_that_ended_without_having_begun_is_made_anew(world, reason):
    condition = {"type": "Failed", "status": "True", "reason": reason}
    world.jobs[world.newest()]["status"] = {"conditions": [condition]}
    world.pod()["status"] |= {"phase": "Failed", "reason": reason}
    found = world.look()
    assert found.delete == ("hello-1-1",)
    assert world.ready == WAITING
    assert world.look().create
    assert world.status["build"]["attempt"] == 1


def test_11_an_edit_while_it_waits_is_a_build_of_its_own(world):
    assert anew_after(world, 60)
    world.edit(secrets=[{**NPM, "secretKeyRef": {"name": "npm-of-the-team", "key": "token"}}])
    world.look()
    assert world.status["build"]["number"] == 2
    assert world.status["build"]["reason"] == "SpecChanged"
    assert list(world.jobs) == ["hello-2-1"]


def test_11_another_obstacle_takes_its_place(world):
    assert anew_after(world, 60)
    world.look()
    event = {"type": "Warning", "reason": "FailedCreatePodSandBox", "message": "no IP"}
    world.events[world.pod()["metadata"]["uid"]] = [{**event, "metadata": {}}]
    world.look()
    assert world.ready == ("Unknown", "PodNotStarted", ["Reconciling"])


SUSPENDED = ("Unknown", "Suspended", [])


def test_3_suspending_one_that_waits_ends_it_and_no_secret_that_comes_begins_it(world):
    world.edit(suspend=True)
    found = world.look()
    assert (found.create, found.delete) == ((), ("hello-1-1",))
    assert world.ready == SUSPENDED
    assert "failure" not in world.status
    assert world.status["build"]["result"] == "Canceled"
    assert anew_after(world, 60) is None
    assert (world.jobs, world.ready) == ({}, SUSPENDED)
    world.edit(suspend=None)
    assert world.look().create
    assert world.status["build"]["number"] == 2


def test_3_one_whose_job_is_just_being_made_anew_is_not_made_while_suspended(world):
    assert anew_after(world, 60)
    world.edit(suspend=True)
    assert world.look().create == ()
    assert world.ready == SUSPENDED


def test_3_an_edit_of_one_that_waits_and_is_suspended_ends_it_too(world):
    world.edit(suspend=True, network="None")
    assert world.look().delete == ("hello-1-1",)
    assert world.ready == SUSPENDED


def test_3_a_suspended_build_that_began_when_its_secret_came_is_finished(world):
    world.run(a_picture(builder="Running"))
    world.edit(suspend=True)
    assert world.look().delete == ()
    assert world.ready == ("Unknown", "Building", ["Reconciling"])


def test_11_a_failure_of_an_earlier_build_is_no_reason_to_wait():
    world = World()
    world.edit(secrets=[NPM])
    waits(world)
    world.edit(stages=[{**stage, "description": "new"} for stage in SPEC["stages"]], secrets=None)
    world.look()
    world.look()
    assert world.ready == ("Unknown", "Building", ["Reconciling"])
