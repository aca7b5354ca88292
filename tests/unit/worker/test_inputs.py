from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Context, Dockerfile, Order
from imagebuild.worker.contexts import Brought
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import inputs
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace

IMAGE = "r.example/a@sha256:" + "1" * 64
PATH = replace(
    ORDER, dockerfile=Dockerfile(path="app/Dockerfile"), dockerfile_path="spec.dockerfile.path"
)
FILES = {
    "app/Dockerfile": "FROM x\r\nRUN y\r\n",
    "app/Dockerfile.dockerignore": "*.md\n",
    "Dockerfile": "FROM z",
    "main.c": "",
}


@pytest.fixture
def extracted() -> list[tuple[str, str]]:
    """The contexts that were laid out as files, with their images."""
    return []


def lay(
    order: Order, space: Workspace, within: Limits, extracted: list[tuple[str, str]] | None = None
) -> Inputs:
    """Inputs of an order whose images hold what FILES says."""
    brought = inputs.bring(order, workspace=space, limits=within, log=lambda _: None)

    def extract(name: str, reference: str) -> Path:
        assert extracted is not None, f"{name} is laid out as files"
        extracted.append((name, reference))
        for path, text in FILES.items():
            file = space.context(name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        return space.context(name)

    return inputs.lay(order, brought, extract=extract, workspace=space, limits=within)


def content(directory: Path) -> Mapping[str, str]:
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes().decode() for path in files}


def test_the_orders_dockerfile_is_laid_apart_as_it_is(space: Workspace, within: Limits) -> None:
    text = "FROM x\r\nRUN <<E\r\ny\rz\nE\n"
    found = lay(replace(ORDER, dockerfile=Dockerfile(text=text)), space, within)
    assert (found.dockerfile, found.text) == ("Dockerfile", text)
    assert content(space.dockerfile) == {"Dockerfile": text}
    assert content(found.main) == {}


@pytest.mark.parametrize("holder", ["context", "docs"])
@pytest.mark.parametrize("ignored", [(), ("*",), ("app",), ("**/Dockerfile*",), ("app/D[a-z]*",)])
def test_a_dockerfile_is_read_from_its_context_whatever_is_ignored_there(
    space: Workspace, within: Limits, holder: str, ignored: tuple[str, ...]
) -> None:
    own = Dockerfile(path="app/Dockerfile", context=holder)
    context = Context(holder, files=FILES, ignore=ignored)
    found = lay(replace(PATH, dockerfile=own, contexts=(context,)), space, within)
    assert (found.dockerfile, found.text) == ("app/Dockerfile", FILES["app/Dockerfile"])
    assert content(space.dockerfile) == {n: FILES[n] for n in FILES if n.startswith("app/")}
    directory = found.main if holder == "context" else found.directories[holder]
    assert ("app/Dockerfile" in content(directory)) is not bool(ignored)


def test_a_dockerfile_without_a_dockerignore_has_none(space: Workspace, within: Limits) -> None:
    context = Context("context", files={"app/Dockerfile": "FROM x"})
    lay(replace(PATH, contexts=(context,)), space, within)
    assert content(space.dockerfile) == {"app/Dockerfile": "FROM x"}


def test_a_dockerfile_that_is_not_there_is_told_with_its_field(
    space: Workspace, within: Limits
) -> None:
    with pytest.raises(FailedError, match="DockerfileNotFound: ") as raised:
        lay(PATH, space, within)
    assert raised.value.failure.path == "spec.dockerfile.path"


def test_a_context_that_is_an_image_stays_one(space: Workspace, within: Limits) -> None:
    contexts = (Context("a", image=IMAGE), Context("b", files={"x": "y"}))
    found = lay(replace(ORDER, contexts=contexts), space, within)
    assert found.references == {"a": IMAGE}
    assert {name: content(path) for name, path in found.directories.items()} == {"b": {"x": "y"}}


def test_only_what_must_be_files_is_laid_out_of_an_image(
    space: Workspace, within: Limits, extracted: list[tuple[str, str]]
) -> None:
    contexts = (
        Context("context", image=IMAGE, ignore=("app",)),
        Context("plain", image=IMAGE),
        Context("part", image=IMAGE, ignore=("*", "!main.c")),
        Context("recipes", image=IMAGE),
    )
    own = Dockerfile(path="Dockerfile", context="recipes")
    found = lay(replace(PATH, dockerfile=own, contexts=contexts), space, within, extracted)
    assert extracted == [("context", IMAGE), ("part", IMAGE), ("recipes", IMAGE)]
    assert found.text == FILES["Dockerfile"]
    assert sorted(content(found.main)) == ["Dockerfile", "main.c"]
    assert {name: sorted(content(path)) for name, path in found.directories.items()} == {
        "part": ["main.c"]
    }
    # Named in FROM it is still the image.
    assert found.references == {"plain": IMAGE, "recipes": IMAGE}


def test_bring_gives_the_main_context_though_the_order_names_none(
    space: Workspace, within: Limits
) -> None:
    brought = inputs.bring(ORDER, workspace=space, limits=within, log=lambda _: None)
    assert brought == {"context": Brought(space.context("context"))}
