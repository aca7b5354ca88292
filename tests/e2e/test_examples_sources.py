"""The examples that take files from outside the object: what comes out of each."""

import json

import pytest
from tests import cluster, flux
from tests.e2e import examples, volume

NOON = "2026-01-31T12:00:00Z"
# The same as a fact.
TIME, DATE = "20260131120000", "2026-01-31"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\n"
DOCKERFILE = """\
ARG VERSION
FROM alpine:3.18 AS base
COPY run.sh /usr/local/bin/run.sh
FROM base AS test
RUN [ "$(sh /usr/local/bin/run.sh)" = running ]
FROM absent.example.com/never:1 AS unneeded
RUN false
FROM base AS app
ARG VERSION
ENV VERSION=$VERSION
USER 65532
CMD ["sh", "/usr/local/bin/run.sh"]
FROM app AS debug
COPY deploy/debug.txt /debug.txt
"""


def repository(outside, name, files, **more):
    return outside.repository(name, {"name": "head", "at": NOON, "files": files, **more})


@pytest.fixture(scope="module")
def begin(shared, registry):
    """Apply an example; its images and their tags are below the namespace's name."""

    def apply(file, replaced):
        shared.apply(*examples.objects(file, shared, registry, replaced))

    return apply


@pytest.fixture(scope="module")
def built(shared, registry):
    return lambda name, **more: examples.published(shared, registry, name, **more)


@pytest.fixture
def sources(kubectl, shared):
    """Sources of Flux in the namespace of these tests; Flux's kinds go again."""
    kubectl.apply(flux.CRD)
    name = f"customresourcedefinition/{flux.CRD['metadata']['name']}"
    kubectl("wait", "--for=condition=Established", name, "--timeout=30s")
    yield flux.Sources(shared)
    kubectl("delete", name, "--wait=false")


def tags(status):
    """Every tag of every published image."""
    return [tag.rpartition(":")[2] for entry in status["published"] for tag in entry["tags"]]


def look(kubectl, name):
    """Let the operator look before its minute is over: anything that happens to the object does."""
    kubectl("label", "imagebuild", name, "example.com/looked-at=now")


def test_only_the_paths_that_are_named_come_from_a_repository(begin, built, outside):
    files = {
        "site/index.html": "<h1>Hello</h1>\n",
        "site/about/us.html": "us\n",
        "site/about/plans.draft.html": "secret plans\n",
        "theme/style.css": "h1 {}\n",
        "theme/unused.css": "h2 {}\n",
        "other/huge": "huge\n",
    }
    site = repository(outside, "everything", files)
    begin("git-paths", {"https://git.example.com/team-a/everything.git": site.url})
    image, status = built("site")
    assert image.texts(above=1) == {
        "/www/index.html": "<h1>Hello</h1>\n",
        "/www/about/us.html": "us\n",
        "/www/style.css": "h1 {}\n",
    }
    assert tags(status) == [f"{TIME}-{site.commits['head'][:7]}", "main"]
    assert status["source"]["commit"] == site.commits["head"]


def test_private_repositories_are_read_by_https_and_by_ssh(begin, built, shared, gitserver):
    files = {"main.sh": ". ./greet.sh\n"}
    private = gitserver.repository("private", {"name": "head", "at": NOON, "files": files})
    greeting = {"greet.sh": "echo Hello from a library\n"}
    library = gitserver.repository("library", {"name": "head", "at": NOON, "files": greeting})
    key, password = gitserver.key(), gitserver.password("git-auth")["stringData"]
    authority = gitserver.authority.certificate
    hosts = "put what `ssh-keyscan git.example.com` prints here, once you know that it is right"
    begin(
        "private-git",
        {
            "https://git.example.com/team-a/private.git": private.url,
            "ssh://git@git.example.com/team-a/library.git": library.ssh,
            "username: build": f"username: {password['username']}",
            "put-a-token-that-may-read-here": json.dumps(password["password"]),
            "put a private key without a passphrase here": json.dumps(key.private),
            hosts: json.dumps(key.known_hosts),
            "put the certificate of your own authority here": json.dumps(authority),
        },
    )
    image, status = built("private-git")
    assert image.texts(above=1) == {f"/app/{n}": t for n, t in {**files, **greeting}.items()}
    assert status["source"]["commit"] == private.commits["head"]
    assert cluster.output(shared, status["image"]) == "Hello from a library\n"


def test_the_same_commit_gives_the_same_digest(begin, built, outside, shared):
    tool = repository(outside, "tool", {"words": "b\na\n"})
    begin("reproducible", {"https://git.example.com/team-a/tool.git": tool.url})
    first, status = built("reproducible")
    assert tags(status) == [tool.commits["head"]]
    assert first.read("/usr/share/tool/sorted") == b"a\nb\n"
    assert first.config["created"] == NOON
    assert {item.mtime for layer in first.layers()[1:] for item in layer} == {1769860800}

    shared("annotate", "imagebuild", "reproducible", "imagebuild.dev/requestedAt=again")
    again = cluster.until(shared, "reproducible", "Published", build=2, seconds=120)["status"]
    assert again["image"] == status["image"]


def test_a_dockerfile_of_a_repository_is_built_as_it_stands(begin, built, outside, registry):
    files = {
        "app/deploy/Dockerfile": DOCKERFILE,
        "app/deploy/debug.txt": "debug\n",
        "app/run.sh": "echo running\n",
        "not/for/the/image": "",
    }
    app = repository(outside, "app", files, tag="v2.1.0")
    begin("dockerfile-from-git", {"https://git.example.com/team-a/app.git": app.url})
    image, status = built("dockerfile-from-git")
    assert tags(status) == ["v2.1.0", "v2.1.0-debug"]
    assert image.texts(above=1) == {"/usr/local/bin/run.sh": "echo running\n"}
    config = image.config["config"]
    assert "VERSION=v2.1.0" in config["Env"]
    assert config["Cmd"] == ["sh", "/usr/local/bin/run.sh"]
    assert config["User"] == "65532"
    assert config["Labels"]["org.opencontainers.image.revision"] == app.commits["head"]
    assert config["Labels"]["org.opencontainers.image.source"] == app.url
    debug = registry.pull(status["published"][1]["image"])
    assert debug.read("/debug.txt") == b"debug\n"
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states.pop("unneeded") == "Skipped"
    assert states == dict.fromkeys(("base", "test", "app", "debug"), "Succeeded")


def test_a_service_takes_its_files_from_contexts_by_their_names(begin, built, outside, shared):
    mono = {
        "services/orders/main.sh": "main\n",
        "services/billing/main.sh": "billing\n",
        "proto/orders.txt": "# proto\n",
    }
    library = {"shell/log.sh": 'log() { echo "$*"; }\nmain() { log orders; }\n', "docs/a": "a\n"}
    orders = repository(outside, "mono", mono)
    shared_library = repository(outside, "library", library, tag="v3.0.0")
    shared("create", "configmap", "certificates", f"--from-literal=ca.crt={CERTIFICATE}")
    begin(
        "monorepo",
        {
            "https://git.example.com/team-a/mono.git": orders.url,
            "https://git.example.com/platform/library.git": shared_library.url,
        },
    )
    image, status = built("orders")
    assert image.texts(above=1) == {
        "/etc/ssl/certs/ca.crt": CERTIFICATE,
        "/usr/local/bin/orders.sh": library["shell/log.sh"] + "# proto\nmain\n",
    }
    assert image.entry("/usr/local/bin/orders.sh").mode == 0o755
    assert status["source"]["commit"] == orders.commits["head"]
    assert status["contexts"] == [
        {"name": "library", "commit": shared_library.commits["head"], "ref": "v3.0.0"}
    ]


def test_arguments_come_from_a_config_map_and_facts_from_the_build(
    begin, built, outside, shared, registry
):
    configured = repository(outside, "configured", {"README": "read me\n"})
    begin("configured", {"https://git.example.com/team-a/configured.git": configured.url})
    image, status = built("configured")
    commit7 = configured.commits["head"][:7]
    version = f"{DATE}-{commit7}"
    # The commit has no tag, so what would be named by it is not there.
    assert tags(status) == [f"{TIME}-{commit7}"]
    assert image.read("/etc/motd").decode() == f"{version} Built with care\n"
    labels = image.config["config"]["Labels"]
    assert labels["org.example.motto"] == "Built with care"
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.example.build"] == f"{shared.namespace}/configured number 1"
    assert labels["org.opencontainers.image.revision"] == configured.commits["head"]
    annotations = image.manifest["annotations"]
    assert annotations["org.opencontainers.image.ref.name"] == "main"
    assert annotations["org.opencontainers.image.source"] == configured.url

    # Another value starts a build.
    change = json.dumps({"data": {"motto": "Built $(again)"}})
    shared("patch", "configmap", "versions", "--type=merge", "--patch", change)
    look(shared, "configured")
    status = cluster.until(shared, "configured", "Published", build=2, seconds=120)["status"]
    image = registry.pull(status["image"])
    assert image.read("/etc/motd").decode() == f"{version} Built $(again)\n"


def test_downloads_are_what_their_checksums_say(begin, built, outside, shared):
    release = examples.tar_gz(
        {"release-1.0/bin/run": '#!/bin/sh\ncat "$1"\n', "other/file": "other\n"}
    )
    archive = outside.file("release-1.0.tar.gz", release)
    data = outside.file("data.json", b'{"a": 1}\n')
    begin(
        "download",
        {
            "https://downloads.example.com/release-1.0.tar.gz": archive.url,
            "https://downloads.example.com/data.json": data.url,
            "1" * 64: archive.sha256,
            "2" * 64: data.sha256,
        },
    )
    image, status = built("download")
    assert image.texts(above=1) == {
        "/opt/release/bin/run": '#!/bin/sh\ncat "$1"\n',
        "/opt/data.json": '{"a": 1}\n',
    }
    assert image.entry("/opt/release/bin/run").mode == 0o755
    assert image.entry("/opt/data.json").mode == 0o644
    assert status["contexts"] == [{"name": "release", "digest": f"sha256:{archive.sha256}"}]
    assert cluster.output(shared, status["image"]) == '{"a": 1}\n'


def test_an_artifact_of_a_registry_is_a_context(begin, built, shared, registry):
    place = f"{shared.namespace}/rules:2026-01"
    digest = registry.push_artifact(place, {"rules.txt": b"be brief\n", "more.txt": b"more\n"})
    begin("artifact", {"registry.example.com/team-a/rules:2026-01": f"{registry.name}/{place}"})
    image, status = built("artifact")
    assert image.texts(above=1) == {"/etc/rules/rules.txt": "be brief\n"}
    assert status["contexts"] == [{"name": "rules", "digest": digest}]


def test_a_pull_request_is_checked_and_nothing_is_published(begin, outside, shared):
    script = '#!/bin/sh\n[ "$1" = --self-test ] && exit 0\necho serving\n'
    change = {"branch": "change/42", "from": "head", "name": "change", "files": {"a": "b\n"}}
    main = {"name": "head", "files": {"service.sh": script}}
    service = outside.repository("service", main, change)
    begin("pull-request", {"https://git.example.com/team-a/service.git": service.url})
    status = cluster.until(shared, "pull-request-42", "Built", seconds=120)["status"]
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states == {"service": "Succeeded", "test": "Succeeded"}
    assert status["source"]["commit"] == service.commits["change"]
    assert "image" not in status
    assert "warnings" not in status


def test_files_come_from_a_volume_that_is_only_read(begin, built, shared):
    datasets = volume.make(shared, "datasets")
    datasets.write("words/2026/a", "apple\n")
    datasets.write("words/2026/b/c", "cherry\n")
    datasets.write("words/2026/left.tmp", "left out\n")
    datasets.write("words/2025/old", "old\n")
    begin("from-volume", {})
    image, _ = built("from-volume")
    assert image.texts(above=1) == {"/words/a": "apple\n", "/words/b/c": "cherry\n"}
    assert datasets.read("words/2026/left.tmp") == b"left out\n"


def test_what_flux_has_fetched_is_a_context_and_its_next_revision_starts_a_build(
    begin, built, outside, shared, sources
):
    first = outside.file(
        "site-1.tar.gz", examples.tar_gz({"public/index.html": "one\n", "README": "r\n"})
    )
    sources.put("site", url=first.url, sha256=first.sha256, revision="main@sha1:1111")
    begin("flux", {})
    image, _ = built("from-flux")
    assert image.texts(above=1) == {"/www/index.html": "one\n"}

    second = outside.file("site-2.tar.gz", examples.tar_gz({"public/index.html": "two\n"}))
    sources.put("site", url=second.url, sha256=second.sha256, revision="main@sha1:2222")
    look(shared, "from-flux")
    cluster.until(shared, "from-flux", "Published", build=2, seconds=120)
    image, status = built("from-flux")
    assert image.texts(above=1) == {"/www/index.html": "two\n"}
    assert tags(status)[0].endswith("-2")
