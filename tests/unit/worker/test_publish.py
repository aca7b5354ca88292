"""Pushes and tags, by skopeo itself at a registry on this machine; solves are played."""

import base64
import csv
import json
import re
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests import registries
from tests.layouts import Layout, history, tar
from tests.orders import ORDER
from tests.registries import Registry

from imagebuild.contract.order import Lint, Order, Secret, Target
from imagebuild.contract.picture import Phase
from imagebuild.contract.report import Cause, Failure, Image
from imagebuild.worker.contexts import skopeo
from imagebuild.worker.dockerfile import read
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.failure import FailedError
from imagebuild.worker.inquiries import Inquiries
from imagebuild.worker.leak.guarded import Guarded
from imagebuild.worker.limits import Limits
from imagebuild.worker.publish import publication
from imagebuild.worker.publish.work import Work
from imagebuild.worker.solve.buildctl import Solve
from imagebuild.worker.workspace import Workspace

TOKEN = "tok_9fJq2Lx8Zr5Wv1Yb7Nc3"  # noqa: S105 - of nobody


# What the played layouts are made of, where they say that RUN x made their layer.
TEXT = "".join(f"FROM base AS {name}\nRUN x\n" for name in ("app", "tool", "test"))


@pytest.fixture
def space(space: Workspace, registry: Registry, tmp_path: Path) -> Workspace:
    return replace(space, registries_conf=registry.conf(tmp_path))


@dataclass
class Solver:
    """Plays BuildKit: lays layouts and pushes by digest; ``files`` are those of each target."""

    registry: Registry
    space: Workspace
    files: dict[int, dict[str, bytes]] = field(default_factory=dict)
    solved: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    made_by: str = "base"
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] | None = None
    fails: dict[int, Failure] = field(default_factory=dict)
    took_by_then: dict[int, list[str]] = field(default_factory=dict)

    def __call__(self, index: int, outputs: tuple[str, ...]) -> Solve:
        number = len(self.solved)
        self.solved.append((index, outputs))
        self.took_by_then[number] = list(self.registry.took)
        if index in self.fails and outputs:
            raise FailedError(self.fails[index])
        solve = Solve(Target(), *(self.space.root / f"{name}{number}" for name in "tmr"))
        for output in outputs:
            if "type=oci" in output:
                made = Layout(Path(output.partition("dest=")[2].partition(",")[0]))
                layer = tar(self.files.get(index, {f"{index}": b"clean"}))
                config = {"history": history(self.made_by), "config": {"Labels": self.labels}}
                made.image([layer], config, annotations=self.annotations)
                made.finish()
            else:
                fields = dict(f.split("=", 1) for f in next(csv.reader([output])))
                assert fields["push-by-digest"] == "true"
                for name in fields["name"].split(","):
                    digest = self.push(name.partition("/")[2], index)
                solve.metadata.write_text(json.dumps({"containerimage.digest": digest}))
        return solve

    def push(self, name: str, index: int) -> str:
        config = self.registry.blob(b"{}", registries.IMAGE_CONFIG)
        manifest = {
            "schemaVersion": 2,
            "mediaType": registries.MANIFEST,
            "config": config,
            "layers": [self.registry.blob(f"{index}".encode(), "x")],
        }
        content = json.dumps(manifest).encode()
        digest = registries.digest_of(content)
        self.registry.take(name, digest, content)
        return digest


@dataclass
class Published:
    """What came of a work."""

    images: tuple[Image, ...]
    drawing: Drawing


@pytest.fixture
def solver(registry: Registry, space: Workspace) -> Solver:
    return Solver(registry, space)


@pytest.fixture
def publish(solver: Solver, space: Workspace, within: Limits) -> Callable[..., Published]:
    def published(order: Order) -> Published:
        shutil.rmtree(space.root / "layouts", ignore_errors=True)
        drawing = Drawing(order)
        inquiries = Inquiries(drawing, workspace=space, limits=within)
        solve = solver
        guarded = Guarded(order)
        work = Work(order, read(TEXT), drawing, inquiries, space, within, solve, guarded)
        images = publication.images(work)
        inquiries.end(succeeded=False)
        return Published(images, drawing)

    return published


@pytest.fixture
def order(registry: Registry, tmp_path: Path) -> Order:
    """Two targets that are published, the first under three names, and a gate."""
    (tmp_path / "token").write_text(TOKEN)
    host = registry.host
    return replace(
        ORDER,
        targets=(
            Target("app", (f"{host}/app:1", f"{host}/other/app:1", f"{host}/app:2")),
            Target("tool", (f"{host}/tool:1",)),
            Target("test"),
        ),
        secrets=(Secret("npm", "team-npm", "token", str(tmp_path / "token")),),
    )


both = pytest.mark.parametrize("guard", [True, False])


def failed(publish, order) -> Failure:
    with pytest.raises(FailedError) as caught:
        publish(order)
    return caught.value.failure


@both
def test_all_is_solved_then_all_pushed_by_digest_then_all_tagged(
    publish, solver, registry, order, *, guard
):
    found = publish(replace(order, leak_guard=guard))
    app, tool = (image.digest for image in found.images)
    assert registry.took == [
        *(f"app@{app}", f"other/app@{app}", f"tool@{tool}"),
        *("app:1", "other/app:1", "app:2", "tool:1"),
    ]
    first = [index for index, _ in solver.solved][:3]
    assert first == [0, 1, 2]
    assert [solver.took_by_then[number] for number in range(3)] == [[], [], []]


def test_what_is_searched_is_solved_once_and_pushed_as_it_was_searched(
    publish, solver, registry, space, order
):
    found = publish(replace(order, leak_guard=True))
    assert len(solver.solved) == 3
    for index, image in enumerate(found.images):
        root = json.loads((space.layout(index) / "index.json").read_bytes())["manifests"][0]
        assert root["digest"] == image.digest
        held = json.loads(registry.manifests[("app", "tool")[index], image.digest])
        assert image.size == sum(layer["size"] for layer in held["layers"])
        assert image.layers == 1
    assert found.drawing.phase is Phase.PUBLISH


def test_what_the_registry_had_not_is_counted(publish, space, order):
    order = replace(order, leak_guard=True, targets=order.targets[1:])
    drawn = publish(order).drawing
    blobs = space.layout(0) / "blobs" / "sha256"
    assert drawn.pushed == sum(file.stat().st_size for file in blobs.iterdir())


@both
def test_without_an_image_everything_is_solved_once_and_nothing_pushed(
    publish, solver, registry, *, guard
):
    order = replace(ORDER, targets=(Target("a"), Target("b")), leak_guard=guard)
    assert publish(order).images == ()
    assert solver.solved == [(0, ()), (1, ())]
    assert registry.took == []


def test_one_image_is_pushed_by_the_solve_that_builds_it_unless_something_may_fail_later(
    publish, solver, order
):
    one = replace(order, targets=order.targets[1:2])
    publish(one)
    assert [bool(outputs) for _, outputs in solver.solved] == [True]
    solver.solved.clear()
    publish(replace(one, lint=Lint.FAIL))
    assert [bool(outputs) for _, outputs in solver.solved] == [False, True]


def test_where_one_target_holds_a_secret_nothing_of_any_is_pushed(publish, solver, registry, order):
    solver.files[1] = {"root/.npmrc": base64.b64encode(TOKEN.encode())}
    failure = failed(publish, replace(order, leak_guard=True))
    assert failure.cause is Cause.LEAK
    assert failure.secret == "team-npm"  # noqa: S105 - a name
    assert "file /root/.npmrc, as base64" in failure.error
    assert registry.took == []
    assert registry.blobs == {}


@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_a_secret_in_what_an_image_is_published_with_is_told_with_its_place(
    publish, solver, order, where
):
    texts = {"team.example/token": f"v {TOKEN}"}
    setattr(solver, where, texts)
    targets = (replace(order.targets[1], **{where: texts}),)
    order = replace(order, leak_guard=True, targets=targets)
    failure = failed(publish, order)
    assert failure.cause is Cause.LEAK
    assert failure.path == f"spec.publish[0].{where}.team.example/token"
    assert TOKEN not in failure.error


def test_a_secret_in_a_gate_leaks_nowhere(publish, solver, order):
    solver.files[2] = {"x": TOKEN.encode()}
    assert len(publish(replace(order, leak_guard=True)).images) == 2


def test_an_image_that_holds_a_secret_becomes_no_archive(publish, solver, order, tmp_path):
    archive = tmp_path / "out.tar"
    archive.write_text("old")
    solver.files[0] = {"x": TOKEN.encode()}
    targets = (Target("app", archive=str(archive)),)
    assert failed(publish, replace(order, leak_guard=True, targets=targets)).cause is Cause.LEAK
    assert archive.read_text() == "old"
    assert not list(tmp_path.glob(".imagebuild*"))


def test_an_archive_is_the_layout_that_was_searched(publish, space, order, tmp_path):
    archive = tmp_path / "out.tar"
    targets = (Target("app", archive=str(archive)),)
    (image,) = publish(replace(order, leak_guard=True, targets=targets)).images
    with tarfile.open(archive) as opened:
        index = json.load(opened.extractfile("index.json"))
        assert index["manifests"][0]["digest"] == image.digest
        files = {m.name: opened.extractfile(m).read() for m in opened if m.isfile()}
    laid = space.layout(0)
    assert files == {
        str(path.relative_to(laid)): path.read_bytes() for path in laid.rglob("*") if path.is_file()
    }


def test_an_archive_that_cannot_be_written_fails_before_any_tag_is_set(
    publish, registry, order, tmp_path
):
    archive = tmp_path / "directory"
    archive.mkdir()
    targets = (replace(order.targets[1], archive=str(archive)),)
    failure = failed(publish, replace(order, leak_guard=True, targets=targets))
    assert failure.cause is Cause.ARCHIVE
    assert not any(":" in name.partition("@")[0] for name in registry.took)


def test_a_layout_that_cannot_be_laid_is_no_archive_of_the_users(publish, solver, order):
    solver.fails[0] = Failure(Cause.ARCHIVE, "write: no space left on device")
    assert failed(publish, replace(order, leak_guard=True)).cause is Cause.SOLVE


def test_a_secret_that_cannot_be_searched_for_is_warned_of(publish, order, tmp_path):
    (tmp_path / "token").write_text("short")
    drawn = publish(replace(order, leak_guard=True)).drawing
    (warning,) = drawn.picture().warnings
    assert warning.rule == "SecretNotGuarded"
    assert "secret npm (Secret team-npm, key token)" in warning.message
    assert "short" not in warning.message.replace("too short", "")


@both
def test_a_tag_that_nobody_may_move_is_told_with_what_was_pushed(
    publish, registry, order, *, guard
):
    order = replace(order, leak_guard=guard)
    registry.take("app", "2", b'{"mediaType": "%s"}' % registries.MANIFEST.encode())
    registry.immutable.add("2")
    failure = failed(publish, order)
    assert failure.cause is Cause.PUSH
    assert failure.error.startswith(f"TagImmutable: failed to push {registry.host}/app:2: ")
    assert f"pushed by digest: {registry.host}/app@sha256:" in failure.error
    assert failure.error.endswith(f"moved: {registry.host}/app:1, {registry.host}/other/app:1")
    assert (failure.path, failure.registry) == ("spec.publish[0].images[2]", registry.host)
    assert "tool:1" not in registry.took


def test_a_tag_that_nobody_may_move_nor_read_is_told_as_the_first(
    publish, registry, order, monkeypatch
):
    def refused(image, **_):
        raise FailedError(Failure(Cause.CONTEXT, f"RegistryAuth: {image}: denied"))

    registry.take("app", "2", b'{"mediaType": "%s"}' % registries.MANIFEST.encode())
    registry.immutable.add("2")
    monkeypatch.setattr(skopeo, "manifest", refused)
    failure = failed(publish, replace(order, leak_guard=True))
    assert failure.cause is Cause.PUSH
    assert failure.error.startswith(f"TagImmutable: failed to push {registry.host}/app:2: ")


@both
def test_of_an_image_that_is_pushed_in_part_the_part_is_told(
    publish, registry, solver, order, *, guard
):
    words = "failed to push gone.invalid/app: failed to do request: no such host"
    if not guard:
        solver.fails[0] = Failure(Cause.PUSH, words)
    names = (f"{registry.host}/app:1", f"{registry.host}/app:2", "gone.invalid/app:1")
    failure = failed(publish, replace(order, leak_guard=guard, targets=(Target("app", names),)))
    held = rf"{registry.host}/app(@sha256:[0-9a-f]{{64}}| \(the log tells its digest\))"
    assert re.search(rf"; pushed by digest: {held}; no tag was moved$", failure.error)
    assert failure.path == "spec.publish[0].images[2]"


@both
def test_a_tag_that_nobody_may_move_and_that_is_there_already_is_fine(
    publish, registry, order, *, guard
):
    order = replace(order, leak_guard=guard)
    first = publish(order).images
    registry.immutable |= {"1", "2"}
    assert publish(order).images == first


@both
def test_a_registry_that_refuses_is_named_with_the_image_and_what_was_pushed_before(
    publish, registry, solver, order, *, guard
):
    words = "failed to push gone.invalid/tool: failed to do request: no such host"
    solver.fails[1] = Failure(Cause.PUSH, words)
    if guard:
        solver.fails.clear()
    targets = (order.targets[0], Target("tool", ("gone.invalid/tool:1",)))
    failure = failed(publish, replace(order, leak_guard=guard, targets=targets))
    assert failure.cause is Cause.PUSH
    assert failure.error.startswith("failed to push gone.invalid/tool")
    assert "no such host" in failure.error
    assert failure.error.endswith("; no tag was moved")
    assert f"pushed by digest: {registry.host}/app@sha256:" in failure.error
    assert failure.path == "spec.publish[1].images[0]"


def test_credentials_are_those_of_the_registry(publish, registry, space, order):
    registry.word = "pw-of-registry"
    auth = base64.b64encode(b"me:pw-of-registry").decode()
    space.docker_config.mkdir()
    config = {"auths": {registry.host: {"auth": auth}}}
    (space.docker_config / "config.json").write_text(json.dumps(config))
    assert publish(replace(order, leak_guard=True, targets=order.targets[1:2])).images
    (space.docker_config / "config.json").write_text("{}")
    failure = failed(publish, replace(order, leak_guard=True, targets=order.targets[1:2]))
    assert "authentication required" in failure.error


def test_what_looks_like_a_token_is_warned_of_and_published(publish, solver, order):
    solver.files[0] = {"etc/k": b"sk_live_Re1lpYQYfIZu2Jnf2lAPFjDx\n"}
    solver.made_by = "RUN x"
    drawn = publish(replace(order, leak_guard=True, secrets=())).drawing
    (warning,) = drawn.picture().warnings
    assert warning.rule == "TokenInImage"
    assert warning.message.startswith("file /etc/k (layer sha256:")
    assert warning.message.endswith("holds what looks like a token: Stripe Access Key")
