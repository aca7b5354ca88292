"""Images and artifacts in a registry on this machine, by skopeo itself."""

import base64
import gzip
import io
import json
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.registries import IMAGE_CONFIG, INDEX, MANIFEST, Registry

from imagebuild.contract.order import Context
from imagebuild.contract.source import Source
from imagebuild.worker import contexts
from imagebuild.worker.contexts import Brought, bounds
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError
from imagebuild.worker.workspace import Workspace

TAR = "application/vnd.oci.image.layer.v1.tar"
FLUX_CONFIG = "application/vnd.cncf.flux.config.v1+json"
TITLE, UNPACK = "org.opencontainers.image.title", "io.deis.oras.content.unpack"


@pytest.fixture
def space(space: Workspace, registry: Registry, tmp_path: Path) -> Workspace:
    """With a registries.conf in which the registry is one by HTTP."""
    return replace(space, registries_conf=registry.conf(tmp_path))


@pytest.fixture
def bring(space: Workspace, within: Limits) -> Callable[..., Brought]:
    def brought(image: str, *ignore: str, limits: Limits = within) -> Brought:
        context = Context("assets", oci=image, ignore=ignore)
        return contexts.bring(context, workspace=space, limits=limits, log=lambda _line: None)

    return brought


def archive(**files: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as opened:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content.encode()))
    return file.getvalue()


def manifest(config: dict[str, Any], *layers: dict[str, Any]) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": list(layers)}


def artifact(registry: Registry, *layers: dict[str, Any]) -> str:
    """Puts an artifact in; its name with a tag."""
    registry.put("team/art", "1", manifest(registry.blob(b"{}", FLUX_CONFIG), *layers))
    return f"{registry.host}/team/art:1"


def tree(brought: Brought) -> dict[str, str]:
    assert brought.reference is None
    assert brought.directory is not None
    files = (path for path in brought.directory.rglob("*") if path.is_file())
    return {str(path.relative_to(brought.directory)): path.read_text() for path in files}


@pytest.mark.parametrize("kind", ["image", "docker image", "index"])
def test_an_image_stays_where_it_is_by_digest(
    registry: Registry, bring: Callable[..., Brought], space: Workspace, kind: str
) -> None:
    docker = "application/vnd.docker.container.image.v1+json"
    described = registry.blob(b"{}", docker if kind == "docker image" else IMAGE_CONFIG)
    document: dict[str, Any] = manifest(described, registry.blob(b"layer", TAR))
    if kind == "index":
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": []}
    digest = registry.put("team/base", "1.0", document)
    named = f"{registry.host}/team/base"
    brought = bring(f"{named}:1.0")
    assert brought == Brought(reference=f"{named}@{digest}", source=Source("assets", digest=digest))
    assert not space.context("assets").exists()
    assert not any("/blobs/" in path for path in registry.asked), "nothing was pulled"


@pytest.mark.parametrize("form", ["@{digest}", ":1.0@{digest}"])
def test_a_digest_is_what_is_asked_for(
    registry: Registry, bring: Callable[..., Brought], form: str
) -> None:
    digest = registry.put("team/base", "old", manifest(registry.blob(b"{}", IMAGE_CONFIG)))
    registry.put("team/base", "1.0", manifest(registry.blob(b"{ }", IMAGE_CONFIG)))
    named = f"{registry.host}/team/base"
    assert bring(named + form.format(digest=digest)).reference == f"{named}@{digest}"


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["tar", "gzip"])
def test_the_archives_of_an_artifact_are_unpacked(
    registry: Registry, bring: Callable[..., Brought], compress: Callable[[bytes], bytes]
) -> None:
    kind = "application/vnd.cncf.flux.content.v1.tar+gzip"
    image = artifact(registry, registry.blob(compress(archive(a="1", b="2")), kind))
    brought = bring(image)
    assert tree(brought) == {"a": "1", "b": "2"}
    assert brought.source is not None
    assert ("team/art", brought.source.digest) in registry.manifests


def test_a_layer_with_a_title_is_a_file_though_its_type_says_tar(
    registry: Registry, bring: Callable[..., Brought]
) -> None:
    image = artifact(
        registry,
        registry.blob(b"one", TAR, **{TITLE: "model.bin"}),
        registry.blob(b"two", "text/plain", **{TITLE: "docs/a.txt"}),
        registry.blob(archive(c="3"), TAR, **{TITLE: "dir", UNPACK: "true"}),
        registry.blob(b"{}", "application/vnd.oci.empty.v1+json"),
    )
    assert tree(bring(image)) == {"model.bin": "one", "docs/a.txt": "two", "c": "3"}


def test_what_is_ignored_is_not_among_the_files_of_an_artifact(
    registry: Registry, bring: Callable[..., Brought]
) -> None:
    image = artifact(registry, registry.blob(archive(a="1", b="2"), TAR))
    assert tree(bring(image, "a")) == {"b": "2"}


@pytest.mark.parametrize("title", ["../x", "a/../../x"])
def test_a_title_that_leaves_the_context_is_refused(
    registry: Registry, bring: Callable[..., Brought], title: str
) -> None:
    image = artifact(registry, registry.blob(b"x", "text/plain", **{TITLE: title}))
    with pytest.raises(FailedError, match=r"^ContextInvalid: context assets: .*leaves"):
        bring(image)


def test_a_layer_that_is_neither_is_named(
    registry: Registry, bring: Callable[..., Brought]
) -> None:
    image = artifact(registry, registry.blob(b"plain", "text/plain"))
    with pytest.raises(FailedError, match=r"^ContextInvalid: .*sha256:\w+ \(text/plain\)"):
        bring(image)


def test_an_artifact_that_is_too_large_is_not_pulled(
    registry: Registry, bring: Callable[..., Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_BYTES", 3)
    image = artifact(registry, registry.blob(b"four", "text/plain", **{TITLE: "x"}))
    with pytest.raises(FailedError, match=r"^TooLarge: context assets: "):
        bring(image)
    assert not any("/blobs/" in path for path in registry.asked)


@pytest.mark.parametrize(
    "document",
    [
        {"schemaVersion": 1, "mediaType": MANIFEST, "fsLayers": []},
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {}, "layers": []},
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": "x"}, "layers": [1]},
    ],
)
def test_an_odd_manifest_is_named(
    registry: Registry, bring: Callable[..., Brought], document: dict[str, Any]
) -> None:
    registry.put("team/odd", "1", document)
    with pytest.raises(FailedError, match=r"^ContextInvalid: .*/team/odd:1: its manifest"):
        bring(f"{registry.host}/team/odd:1")


def sign_in(space: Workspace, host: str, password: str) -> None:
    space.docker_config.mkdir()
    auth = base64.b64encode(f"me:{password}".encode()).decode()
    config = {"auths": {host: {"auth": auth}}}
    (space.docker_config / "config.json").write_text(json.dumps(config))


def test_a_registry_is_told_its_credentials(
    registry: Registry, bring: Callable[..., Brought], space: Workspace
) -> None:
    image = artifact(registry, registry.blob(archive(a="1"), TAR))
    registry.word = "right"
    sign_in(space, registry.host, "right")
    assert tree(bring(image)) == {"a": "1"}


def test_credentials_that_a_registry_does_not_take_are_told_apart(
    registry: Registry, bring: Callable[..., Brought], space: Workspace
) -> None:
    image = artifact(registry)
    registry.word = "right"
    with pytest.raises(FailedError, match=r"^RegistryAuth: .*/team/art:1: .*unauthorized"):
        bring(image)
    sign_in(space, registry.host, "wrong")
    with pytest.raises(FailedError, match=r"^RegistryAuth: ") as raised:
        contexts.bring(
            Context("again", oci=image),
            workspace=space,
            limits=Limits(time.monotonic() + 30, threading.Event()),
            log=lambda _line: None,
        )
    assert "wrong" not in raised.value.failure.error


def test_an_image_that_is_not_there_is_told_apart(
    registry: Registry, bring: Callable[..., Brought]
) -> None:
    with pytest.raises(FailedError, match=r"^ImageNotFound: .*/denied-404/x:401: .*unknown"):
        bring(f"{registry.host}/denied-404/x:401")


@pytest.mark.parametrize("image", ["127.0.0.1:1/not-found/unauthorized:404", "{host}/team/art:1"])
def test_a_registry_that_does_not_answer_is_told_apart(
    registry: Registry, bring: Callable[..., Brought], image: str
) -> None:
    registry.status = 503
    with pytest.raises(FailedError, match=r"^RegistryUnreachable: .*(refused|503)"):
        bring(image.format(host=registry.host))


@pytest.mark.parametrize("host", ["169.254.169.254", "169.254.169.254:5000", "2852039166:80"])
def test_a_link_local_registry_is_refused(bring: Callable[..., Brought], host: str) -> None:
    with pytest.raises(FailedError, match=r"^HostRefused: "):
        bring(f"{host}/team/base:1.0")


def test_a_registry_is_left_when_told(space: Workspace, tmp_path: Path) -> None:
    program = tmp_path / "skopeo"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    with pytest.raises(StoppedError):
        contexts.bring(
            Context("slow", oci="registry.example/x:1"),
            workspace=replace(space, skopeo=str(program)),
            limits=Limits(time.monotonic() + 30, stop),
            log=lambda _line: None,
        )
    timer.join()
