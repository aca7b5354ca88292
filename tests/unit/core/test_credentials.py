"""What a build is trusted with: which volume it is, and what the worker is told of it."""

from dataclasses import replace

import pytest
from tests.builders import SETTINGS, SPEC, made, ordered

from imagebuild.contract import order as orders
from imagebuild.contract import places
from imagebuild.core.settings import Policy

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
TOKEN = {"name": "token", "secretKeyRef": {"name": "npm", "key": "token"}}
NPMRC = {"name": "npmrc", "secretKeyRef": {"name": "npm", "key": ".npmrc"}}
PIP = {"name": "pip", "secretKeyRef": {"name": "pypi", "key": "token"}}
DEPLOY = {"name": "default", "secretRef": {"name": "deploy.key"}}
MIRROR = {"name": "mirror", "secretRef": {"name": "deploy.key"}}
COMPANY = {"name": "company", "configMapKeyRef": {"name": "company-ca", "key": "ca.pem"}}
REGISTRY = {"name": "registry", "secretKeyRef": {"name": "registry-tls", "key": "ca.crt"}}
GIT = {"git": {"url": "https://git.example.com/a.git", "secretRef": {"name": "git-auth"}}}
BY_SSH = {"git": {**GIT["git"], "url": "ssh://git@git.example.com/a.git"}}
CLONED = {"name": "lib", "git": {**GIT["git"], "url": "https://git.example.com/b.git"}}
FROM_LIB = [
    {**SPEC["stages"][0], "steps": [{"copy": ["/a"], "from": "lib", "to": "/"}]},
    SPEC["stages"][1],
]
DOCKER = [{"key": ".dockerconfigjson", "path": ".dockerconfigjson"}]
BUILD, DAEMON, PROGRESS = "build", "buildkitd", "progress"


def pod(**changes):
    return made(**changes)[1]["spec"]["template"]["spec"]


def mounted(found, container=BUILD):
    """Place -> its volume without the name; all of it is read-only, and none a subPath."""
    volumes = {v["name"]: v for v in found["volumes"]}
    (of,) = (c for c in found["containers"] if c["name"] == container)
    places_of = {}
    for mount in of["volumeMounts"]:
        volume = volumes[mount["name"]]
        if not {"secret", "projected"} & volume.keys():
            continue
        assert mount["readOnly"]
        assert "subPath" not in mount
        places_of[mount["mountPath"]] = {k: v for k, v in volume.items() if k != "name"}
    return places_of


def a_secret(name, **more):
    return {"secret": {"secretName": name, "defaultMode": 0o440, **more}}


def of_ssh(name, *others):
    """What ssh needs: nothing starts without the servers' keys; ``others`` beside them."""
    known = {"secret": {"name": name, "items": keys("known_hosts")}}
    private = [
        {"secret": {"name": name, "items": keys(key), "optional": True}}
        for key in ("ssh-privatekey", "identity")
    ]
    sources = [known, *(others or private)]
    return {"projected": {"sources": sources, "defaultMode": 0o440}}


def keys(*names):
    return [{"key": name, "path": name} for name in names]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"secrets": [TOKEN, PIP, NPMRC]},
            {
                f"{places.SECRETS_DIR}/npm": a_secret("npm", items=keys(".npmrc", "token")),
                f"{places.SECRETS_DIR}/pypi": a_secret("pypi", items=keys("token")),
            },
        ),
        ({"ssh": [DEPLOY, MIRROR]}, {f"{places.SSH_DIR}/deploy.key": of_ssh("deploy.key")}),
        (
            {"context": GIT, "contexts": [CLONED], "stages": FROM_LIB},
            {f"{places.GIT_SECRETS_DIR}/git-auth": a_secret("git-auth")},
        ),
        (
            {"context": BY_SSH},
            {f"{places.GIT_SECRETS_DIR}/git-auth": of_ssh("git-auth")},
        ),
        (
            {"context": BY_SSH, "contexts": [CLONED], "stages": FROM_LIB},
            {
                f"{places.GIT_SECRETS_DIR}/git-auth": of_ssh(
                    "git-auth", {"secret": {"name": "git-auth"}}
                )
            },
        ),
        (
            {"context": GIT, "secrets": [TOKEN], "registrySecrets": [{"name": "npm"}]},
            {
                f"{places.SECRETS_DIR}/npm": a_secret("npm", items=keys("token")),
                f"{places.GIT_SECRETS_DIR}/git-auth": a_secret("git-auth"),
                f"{places.REGISTRY_SECRETS_DIR}/npm": a_secret("npm", items=DOCKER),
            },
        ),
    ],
    ids=["secrets", "ssh", "git", "git by ssh", "git by both", "several uses"],
)
def test_a_secret_is_a_directory_of_the_worker_with_what_is_asked_for(changes, expected):
    found = pod(**changes)
    assert mounted(found) == expected
    assert mounted(found, DAEMON) == mounted(found, PROGRESS) == {}
    names = [volume["name"] for volume in found["volumes"]]
    assert len(names) == len(set(names))


def test_the_secret_of_a_context_that_no_stage_needs_is_not_mounted():
    assert mounted(pod(contexts=[CLONED])) == {}


def test_certificates_are_seen_by_the_worker_and_the_daemon():
    settings = replace(SETTINGS, ca_certificates={"proxy": PEM, "company": "of the settings"})
    found = pod(caCertificates=[COMPANY, REGISTRY], settings=settings)
    order, _ = made(caCertificates=[COMPANY, REGISTRY], settings=settings)
    own = {"name": order["metadata"]["name"], "items": keys("proxy.crt")}
    company = {"name": "company-ca", "items": [{"key": "ca.pem", "path": "company.crt"}]}
    registry = {"name": "registry-tls", "items": [{"key": "ca.crt", "path": "registry.crt"}]}
    sources = [{"configMap": own}, {"configMap": company}, {"secret": registry}]
    assert mounted(found) == {places.CA_DIR: {"projected": {"sources": sources}}}
    assert mounted(found, DAEMON) == mounted(found)
    assert mounted(found, PROGRESS) == {}
    assert order["data"]["proxy.crt"] == PEM
    assert "company.crt" not in order["data"]


def test_without_certificates_there_is_no_volume_for_them():
    assert places.CA_DIR not in {m["mountPath"] for m in pod()["containers"][1]["volumeMounts"]}


def test_no_build_waits_for_a_secret_of_the_settings():
    settings = replace(SETTINGS, registry_secrets=("team", "push"))
    found = mounted(pod(registrySecrets=[{"name": "push"}], settings=settings))
    assert found == {
        f"{places.REGISTRY_SECRETS_DIR}/push": a_secret("push", items=DOCKER),
        f"{places.REGISTRY_SECRETS_DIR}/team": a_secret("team", optional=True),
    }


def test_the_worker_is_told_where_the_credentials_are():
    settings = replace(SETTINGS, registry_secrets=("team", "push"), ca_certificates={"proxy": PEM})
    found = ordered(
        context=GIT,
        secrets=[NPMRC],
        ssh=[DEPLOY],
        registrySecrets=[{"name": "push"}],
        caCertificates=[COMPANY],
        settings=settings,
    )
    file = f"{places.SECRETS_DIR}/npm/.npmrc"
    assert found.secrets == (orders.Secret("npmrc", "npm", ".npmrc", file),)
    directory = f"{places.SSH_DIR}/deploy.key"
    assert found.ssh == (orders.Ssh("default", "deploy.key", directory),)
    assert found.contexts[0].git.secret == f"{places.GIT_SECRETS_DIR}/git-auth"
    secrets = tuple(f"{places.REGISTRY_SECRETS_DIR}/{name}" for name in ("push", "team"))
    assert found.registry_secrets == secrets
    assert found.ca_certificates == tuple(
        f"{places.CA_DIR}/{name}.crt" for name in ("proxy", "company")
    )


@pytest.mark.parametrize(
    ("changes", "policy", "expected"),
    [
        ({}, Policy(), False),
        ({"leakGuard": "Auto"}, Policy(), False),
        ({"leakGuard": "Always"}, Policy(), True),
        ({}, Policy(leak_guard=True), True),
        ({"leakGuard": "Auto", "secrets": [TOKEN]}, Policy(), True),
        ({"ssh": [DEPLOY]}, Policy(), True),
        ({"registrySecrets": [{"name": "push"}], "context": GIT}, Policy(), False),
    ],
)
def test_images_are_searched_where_a_step_could_leak_or_someone_wants_it(changes, policy, expected):
    assert ordered(settings=replace(SETTINGS, policy=policy), **changes).leak_guard is expected


def test_what_the_administrator_says_goes_to_the_worker():
    policy = Policy(pull_from=("docker.io/library/*",), secrets_on=("refs/heads/main",))
    proxy = orders.Proxy(https="http://proxy:3128", none=".svc")
    found = ordered(settings=replace(SETTINGS, policy=policy, proxy=proxy))
    assert (found.pull_from, found.secrets_on) == (policy.pull_from, policy.secrets_on)
    assert found.proxy == proxy
    plain = ordered()
    assert (plain.pull_from, plain.secrets_on, plain.proxy) == ((), (), orders.Proxy())
