"""Servers with certificates of a private authority: registries, git and downloads alike."""

import pytest
from tests import cluster
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import fail

OF_NOTHING = "0" * 64
PUSH = {"registrySecrets": [{"name": "push"}]}


@pytest.fixture(scope="module")
def public(gitserver):
    """A repository that asks nobody for credentials."""
    return gitserver.repository("trusted", {"name": "head", "files": {"x": "x\n"}}, public=True)


def of_the_refs(repository):
    """A file at the same server, which nothing has the sum of."""
    url = f"{repository.url}/info/refs?service=git-upload-pack"
    return {"url": url, "sha256": OF_NOTHING}


def test_an_authority_that_is_not_known_is_named_with_what_to_do(namespace, secured, public):
    namespace.apply(secured.secret("push"))
    fetched = {**one({"copy": ["."], "to": "/"}), "context": {"git": {"url": public.url}}}
    namespace.apply(cluster.imagebuild("git", fetched))
    spec = one({"run": "true"}, publish=to(secured.image(namespace, "app")), **PUSH)
    failure = fail(namespace, spec, "RegistryTLS", name="registry")
    assert "x509" in failure["message"]
    assert "spec.caCertificates" in failure["mend"]
    assert secured.tags(namespace) == {}
    found = cluster.until(namespace, "git", "GitUnreachable")
    assert "spec.caCertificates" in cluster.condition(found)["message"]


def test_one_authority_serves_registries_git_and_the_daemon_s_own_fetches(
    namespace, secured, public
):
    namespace.apply(secured.authority.config_map(), secured.secret("push"))
    image = secured.image(namespace, "app")
    spec = stages(
        stage(
            {"copy": ["."], "to": "/context/"},
            {"add": {"git": {"url": public.url}}, "to": "/added/"},
            base="scratch",
        ),
        context={"git": {"url": public.url}},
        publish=to(image),
        **PUSH,
        **secured.authority.trusted(),
    )
    namespace.apply(cluster.imagebuild("first", spec))
    status = cluster.until(namespace, "first", "Published")["status"]
    files = secured.stored.pull(status["image"]).texts()
    assert (files["/context/x"], files["/added/x"]) == ("x\n", "x\n")

    # Pulled by BuildKit, looked at by skopeo; the authority is a Secret's now.
    namespace.apply(secured.authority.secret("ca"))
    reading = stages(
        stage({"copy": ["/context/x"], "from": "other", "to": "/y"}, base=image),
        contexts=[{"name": "other", "oci": {"image": image}}],
        publish=to(secured.image(namespace, "second")),
        caCertificates=[{"name": "tests", "secretKeyRef": {"name": "ca", "key": "ca.crt"}}],
        **PUSH,
    )
    namespace.apply(cluster.imagebuild("second", reading))
    status = cluster.until(namespace, "second", "Published")["status"]
    assert secured.stored.pull(status["image"]).texts()["/y"] == "x\n"


def test_downloads_trust_it_too(namespace, secured, public):
    """Whose sum nobody has: that it is looked at shows that the server was trusted."""
    namespace.apply(secured.authority.config_map())
    refs = of_the_refs(public)
    worker = {**one({"copy": ["."], "to": "/"}), "context": {"http": refs}}
    checksum = f"sha256:{refs['sha256']}"
    daemon = one({"add": {"url": refs["url"], "checksum": checksum}, "to": "/x"})
    trusting = secured.authority.trusted()
    for name, spec in {"worker": worker, "daemon": daemon}.items():
        namespace.apply(cluster.imagebuild(name, {**spec, **trusting}))
    for name in ("worker", "daemon"):
        cluster.until(namespace, name, "ChecksumMismatch")


def test_a_file_that_holds_no_certificate_is_named(namespace):
    namespace.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "empty"},
            "data": {"ca.crt": "nothing\n"},
        }
    )
    key = {"name": "empty", "key": "ca.crt"}
    spec = one({"run": "true"}, caCertificates=[{"name": "company", "configMapKeyRef": key}])
    failure = fail(namespace, spec, "CredentialInvalid")
    assert "certificate company" in failure["message"]
