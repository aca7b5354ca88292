"""Repositories that ask who is there: by password, token and ssh key, on one server alone."""

import base64

import pytest
from tests import cluster
from tests.e2e import gitserver as servers
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import fail

ALL = {"copy": ["."], "to": "/"}
HEAD = {"name": "head", "files": {"x": "private\n"}}
BASIC = base64.b64encode(f"{servers.USER}:{servers.PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def private(gitserver):
    return gitserver.repository("git-auth", HEAD)


@pytest.fixture
def trusting(namespace, gitserver):
    """The part of a spec that trusts the server."""
    namespace.apply(gitserver.authority.config_map())
    return gitserver.authority.trusted()


def signed(url, secret, **more):
    return {"git": {"url": url, "secretRef": {"name": secret}, **more}}


def test_git_is_signed_in_to_by_whatever_a_secret_holds(
    namespace, registry, gitserver, private, trusting
):
    key = gitserver.key()
    namespace.apply(
        gitserver.password("password"),
        gitserver.token("token"),
        key.secret("key"),
        key.secret("flux", key="identity"),
    )
    sources = {
        "password": signed(private.url, "password", keepGitDir=True),
        "token": signed(private.url, "token"),
        "key": signed(private.ssh, "key"),
        "flux": signed(private.ssh, "flux"),
    }
    spec = stages(
        stage(
            *({"copy": ["."], "from": name, "to": f"/{name}/"} for name in sources),
            base="scratch",
        ),
        contexts=[{"name": name, **source} for name, source in sources.items()],
        publish=to(f"{registry.name}/{namespace.namespace}/app:1"),
        **trusting,
    )
    namespace.apply(cluster.imagebuild("app", spec))
    status = cluster.until(namespace, "app", "Published")["status"]
    image = registry.pull(status["image"])
    files = image.texts()
    assert {files[f"/{name}/x"] for name in sources} == {"private\n"}
    assert "/password/.git/config" in files
    secrets = (servers.PASSWORD, servers.TOKEN, BASIC, key.private.splitlines()[2])
    read = [*files.values(), said(namespace)]
    assert not [word for word in secrets for text in read if word in text]


def test_no_other_server_is_shown_the_credentials(namespace, registry, gitserver, trusting):
    public = gitserver.repository("elsewhere", HEAD, public=True)
    own = gitserver.repository("part", HEAD)
    whole = gitserver.repository(
        "whole", {"files": {"y": "y\n"}, "submodules": {"own": own.url, "other": public.other}}
    )
    namespace.apply(gitserver.password("git"))
    before = len(gitserver.seen())
    spec = {
        **stages(
            stage(ALL, {"copy": ["x"], "from": "moved", "to": "/moved"}, base="scratch"),
            contexts=[{"name": "moved", **signed(public.redirect, "git")}],
            publish=to(f"{registry.name}/{namespace.namespace}/app:1"),
            **trusting,
        ),
        "context": signed(whole.url, "git", submodules=True),
    }
    namespace.apply(cluster.imagebuild("app", spec))
    status = cluster.until(namespace, "app", "Published")["status"]
    files = registry.pull(status["image"]).texts()
    assert (files["/own/x"], files["/other/x"], files["/moved"]) == ("private\n",) * 3
    seen = gitserver.seen()[before:]
    shown = {request.host for request in seen if request.authorization}
    assert shown == {gitserver.host}
    assert gitserver.other in {request.host for request in seen}


def test_what_a_server_refuses_is_told_with_the_secret_and_without_its_value(
    namespace, gitserver, private, trusting
):
    wrong = "a-password-that-nobody-has"
    namespace.apply(gitserver.password("git", password=wrong))
    anonymous = {**one(ALL, **trusting), "context": {"git": {"url": private.url}}}
    namespace.apply(cluster.imagebuild("nobody", anonymous))
    spec = {**one(ALL, **trusting), "context": signed(private.url, "git")}
    failure = fail(namespace, spec, "GitAuth", name="wrong")
    assert "Secret git" in failure["message"]
    assert failure["path"] == "spec.context.git.secretRef"
    assert "git.secretRef" in fail(namespace, anonymous, "GitAuth", name="nobody")["mend"]
    assert wrong not in said(namespace)


def test_a_server_whose_key_nobody_wrote_down_is_not_spoken_to(
    namespace, gitserver, private, trusting
):
    key = gitserver.key().secret("key")
    other = gitserver.key().public
    hosts = f"{gitserver.host} {other}"
    key["stringData"]["known_hosts"] = hosts
    namespace.apply(key)
    spec = {**one(ALL, **trusting), "context": signed(private.ssh, "key")}
    failure = fail(namespace, spec, "GitAuth")
    assert "Host key verification failed" in failure["message"]
    assert "known_hosts" in failure["mend"]
    assert "SHA256:" in failure["message"]


def test_a_key_that_is_none_is_named_before_anything_is_asked(
    namespace, gitserver, private, trusting
):
    key = gitserver.key().secret("key")
    key["stringData"]["ssh-privatekey"] = "no-key-at-all"
    namespace.apply(key)
    spec = {**one(ALL, **trusting), "context": signed(private.ssh, "key")}
    failure = fail(namespace, spec, "CredentialInvalid")
    assert "Secret key: ssh-privatekey" in failure["message"]
    assert "no-key-at-all" not in said(namespace)


def test_steps_sign_in_with_an_agent_to_servers_whose_keys_are_known(
    namespace, registry, gitserver
):
    key = gitserver.key()
    namespace.apply(key.secret("deploy"))
    known = f"grep -q '{gitserver.host}' /etc/ssh/ssh_known_hosts"
    spec = one(
        {"run": f'test -S "$SSH_AUTH_SOCK" && {known}', "mounts": [{"ssh": {"name": "default"}}]},
        ssh=[{"name": "default", "secretRef": {"name": "deploy"}}],
        publish=to(f"{registry.name}/{namespace.namespace}/app:1"),
    )
    namespace.apply(cluster.imagebuild("app", spec))
    status = cluster.until(namespace, "app", "Published")["status"]
    paths = registry.pull(status["image"]).texts()
    assert "/etc/ssh/ssh_known_hosts" not in {p for p, text in paths.items() if text}


def said(namespace):
    """All that people can read of the builds in a namespace."""
    kinds = "imagebuilds,jobs,pods,events,configmaps"
    pods = [pod["metadata"]["name"] for pod in namespace.items("pods")]
    logs = [namespace("logs", pod, "--all-containers", check=False) for pod in pods]
    return "\n".join((namespace("get", kinds, "-o", "yaml"), *logs))
