"""What may have been meant by what is not there; the texts are those of BuildKit 0.34.2."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER
from tests.registries import MANIFEST, Registry

from imagebuild.contract.order import Context, Order
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import hints, suggestion
from imagebuild.worker.limits import Limits
from imagebuild.worker.scene import Scene
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

FILES = {"Main.go": "", "go.mod": "", "cmd/app/run.go": "", "docs/readme.md": "", "out/app": ""}
ASSETS = {"logo.svg": "", "fonts/sans.ttf": ""}

Lay = Callable[..., Scene]


@pytest.fixture
def lay(space: Workspace, within: Limits) -> Lay:
    """Lays these files as main context, and as `assets`; the Dockerfile apart, as builds do."""

    def lay(
        main: Mapping[str, str] = FILES, *, order: Order = ORDER, beside: Mapping[str, str] = {}
    ) -> Scene:
        roots = {"main": space.root / "main", "assets": space.root / "assets"}
        for root, files in (
            (roots["main"], main),
            (roots["assets"], ASSETS),
            (space.dockerfile, {"Dockerfile": "", **beside}),
        ):
            for name, content in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content)
            root.mkdir(exist_ok=True)
        inputs = Inputs(roots["main"], {"assets": roots["assets"]}, {}, "Dockerfile", "")
        return Scene(order, inputs, space, within)

    return lay


def absent(path: str, instruction: str) -> Failure:
    words = "failed to compute cache key: failed to calculate checksum of ref nle0::s7vs"
    return Failure(
        Cause.SOLVE, f"{words}: {json.dumps(path)}: not found", vertex=f"[a 2/3] {instruction}"
    )


@pytest.mark.parametrize(
    ("path", "instruction", "hint"),
    [
        ("/main.go", "COPY main.go .", "did you mean Main.go?"),
        ("/go.mdo", "COPY go.mdo .", "did you mean go.mod?"),
        ("/run.go", "ADD run.go .", "did you mean cmd/app/run.go?"),
        ("/cmd/ap", "COPY --chown=1 cmd/ap /x", "did you mean cmd/app?"),
        ("/nothing-like-it", "COPY nothing-like-it /", ""),
        ("/logo.svg", "COPY logo.svg /", ""),
        ("/logo.png", "COPY --from=assets logo.png /", "did you mean logo.svg?"),
        ("/sans.ttf", "COPY --link --from=assets sans.ttf /", "did you mean fonts/sans.ttf?"),
        ("/main.go", "COPY --from=builder /main.go /", ""),
        ("/main.go", "COPY --from=0 /main.go /", ""),
        ("/main.go", "RUN --mount=type=bind,source=main.go,target=/m x", "did you mean Main.go?"),
        ("/main.go", "RUN --mount=type=bind,from=builder,src=main.go,target=/m x", ""),
        (
            "/logo.png",
            "RUN --mount=type=cache,target=/c --mount=from=assets,src=./logo.png,target=/m x",
            "did you mean logo.svg?",
        ),
        ("/main.go", "RUN cat main.go", ""),
        ("/", "COPY / /", ""),
    ],
)
def test_a_file_that_is_not_there_is_sought_where_the_step_looks_for_it(
    lay: Lay, path: str, instruction: str, hint: str
) -> None:
    assert hints.of(absent(path, instruction), lay()) == hint


@pytest.mark.parametrize(
    ("files", "beside", "hint"),
    [
        ({".dockerignore": "out\n"}, {}, ".dockerignore excludes it from the context"),
        ({".dockerignore": "# out\n*\n!out\n"}, {}, ""),
        (
            {".dockerignore": ""},
            {"Dockerfile.dockerignore": "out"},
            "Dockerfile.dockerignore excludes it from the context",
        ),
        ({".dockerignore": "out\n"}, {"Dockerfile.dockerignore": "docs"}, ""),
        ({".dockerignore": "[\n"}, {}, ""),
    ],
)
def test_a_file_that_is_ignored_is_told_by_the_file_that_does(
    lay: Lay, files: Mapping[str, str], beside: Mapping[str, str], hint: str
) -> None:
    scene = lay({**FILES, **files}, beside=beside)
    assert hints.of(absent("/out/app", "COPY out/app /"), scene) == hint


def test_a_file_that_the_spec_ignores_is_told_by_its_field(lay: Lay) -> None:
    context = Context("context", files={}, ignore=("*.txt",), path="spec.context")
    scene = lay(order=replace(ORDER, contexts=(context,)))
    told = hints.of(absent("/a.txt", "COPY a.txt /"), scene)
    assert told == "a pattern of spec.context.ignore excludes it from the context"


def test_what_is_ignored_is_not_what_was_meant(lay: Lay) -> None:
    scene = lay({".dockerignore": "Main.go\ngo.*\n", **FILES})
    assert hints.of(absent("/main.go", "COPY main.go /"), scene) == ""


def test_an_empty_context_says_so(lay: Lay) -> None:
    told = hints.of(absent("/main.go", "COPY main.go /"), lay({}))
    assert told == "the context holds no files"


def test_before_the_contexts_are_there_nothing_is_told(lay: Lay) -> None:
    scene = replace(lay(), inputs=None)
    assert hints.of(absent("/main.go", "COPY main.go /"), scene) == ""


def test_a_context_of_many_files_is_not_looked_through_to_its_end(
    lay: Lay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagebuild.worker.hints.files._MOST", 3)
    scene = lay({f"{number}": "" for number in range(10)} | {"d/target": ""})
    assert hints.of(absent("/target", "COPY target /"), scene) == ""


@pytest.mark.parametrize(
    "failure",
    [
        Failure(Cause.SOLVE, "did not complete successfully: exit code: 1", exit_code=1),
        Failure(Cause.PUSH, "failed to push a:1: 401 Unauthorized"),
        Failure(Cause.TIMEOUT, 'failed to calculate checksum of ref x: "/main.go": not found'),
        Failure(Cause.CONTEXT, "RefNotFound: the context: no such ref", path="spec.context"),
    ],
)
def test_of_other_failures_nothing_is_told(lay: Lay, failure: Failure) -> None:
    assert hints.of(failure, lay()) == ""


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """It has some tags."""
    for tag in ("1.18", "1.19", "1.20", "latest"):
        registry.put("library/golang", tag, {"mediaType": MANIFEST})
    return registry


@pytest.fixture
def reaching(lay: Lay, registry: Registry, tmp_path: Path) -> Scene:
    """A scene whose registries.conf has the registry as mirror of Docker Hub, and as itself."""
    conf = tmp_path / "registries.conf"
    conf.write_text(
        f'[[registry]]\nlocation = "docker.io"\nmirror = [{{ location = "{registry.host}", '
        f'insecure = true }}]\n[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n'
    )
    scene = lay()
    return replace(scene, workspace=replace(scene.workspace, registries_conf=conf))


def unresolved(image: str, why: str = "not found") -> Failure:
    words = f"{image}: failed to resolve source metadata for {image}: {image}: {why}"
    return Failure(Cause.SOLVE, words, vertex=f"[internal] load metadata for {image}")


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("docker.io/library/golang:1.91", "did you mean golang:1.19 or golang:1.18?"),
        ("docker.io/library/golang:lastest", "did you mean golang:latest?"),
        ("docker.io/library/golang:nothing-like-it", ""),
        ("docker.io/library/golang:1.19", ""),
        ("docker.io/library/golang@sha256:" + "0" * 64, ""),
        ("docker.io/library/golnag:1.19", ""),
        ("HOST/library/golang:1.2", "did you mean HOST/library/golang:1.20?"),
    ],
)
def test_a_tag_that_is_not_there_comes_with_those_that_look_like_it(
    reaching: Scene, registry: Registry, image: str, hint: str
) -> None:
    told = hints.of(unresolved(image.replace("HOST", registry.host)), reaching)
    assert told.replace(registry.host, "HOST") == hint


def test_of_a_context_in_a_registry_the_tags_are_told_too(
    reaching: Scene, registry: Registry
) -> None:
    image = f"{registry.host}/library/golang:lates"
    order = replace(ORDER, contexts=(Context("lib", oci=image, path="spec.contexts[0]"),))
    failure = Failure(
        Cause.CONTEXT,
        f"ImageNotFound: context lib: {image}: manifest unknown",
        path="spec.contexts[0].oci.image",
    )
    told = hints.of(failure, replace(reaching, order=order))
    assert told == f"did you mean {registry.host}/library/golang:latest?"


def test_where_buildkit_knows_what_was_meant_no_registry_is_asked(
    reaching: Scene, registry: Registry
) -> None:
    failure = unresolved("docker.io/library/golang:1.91", "not found (did you mean builder?)")
    assert hints.of(failure, reaching) == ""
    assert not registry.asked


def test_a_registry_that_does_not_answer_is_not_waited_for(
    reaching: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagebuild.worker.hints._SECONDS", 0.3)
    program = tmp_path / "skopeo"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    slow = replace(reaching, workspace=replace(reaching.workspace, skopeo=str(program)))
    began = time.monotonic()
    assert hints.of(unresolved("docker.io/library/golang:1.91"), slow) == ""
    assert time.monotonic() - began < 10


def test_a_build_that_is_told_to_end_asks_nobody(reaching: Scene, registry: Registry) -> None:
    stop = threading.Event()
    stop.set()
    ending = replace(reaching, limits=Limits(time.monotonic() + 30, stop))
    assert hints.of(unresolved("docker.io/library/golang:1.91"), ending) == ""
    assert not registry.asked


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["a"], "did you mean a?"),
        (["a", "b"], "did you mean a or b?"),
        (["a", "b", "c"], "did you mean a, b or c?"),
        (["x" * 100], f"did you mean {'x' * 30}…{'x' * 29}?"),
    ],
)
def test_the_question_reads_well(names: list[str], words: str) -> None:
    assert suggestion.did_you_mean(names) == words
