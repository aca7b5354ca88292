import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Mute

from imagebuild.contract.order import Context, Http
from imagebuild.contract.report import Cause
from imagebuild.contract.source import Source
from imagebuild.worker import contexts
from imagebuild.worker.contexts import Brought
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits, StoppedError
from imagebuild.worker.workspace import Workspace


def bring(context: Context, space: Workspace, within: Limits) -> Path:
    brought = contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)
    assert brought.source is None
    assert brought.directory is not None
    return brought.directory


def tree(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_text() for path in files}


def test_files_are_written_as_they_stand(space: Workspace, within: Limits) -> None:
    files = {"main.go": "a\r\nb\n", "deep/er/x": "", ".dockerignore": "*"}
    root = bring(Context("context", files=files), space, within)
    assert (root / "main.go").read_bytes() == b"a\r\nb\n"
    assert set(tree(root)) == set(files)


def test_a_context_of_nothing_is_an_empty_directory(space: Workspace, within: Limits) -> None:
    assert list(bring(Context("context"), space, within).iterdir()) == []


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "", ".", "a\0b"])
def test_a_path_that_leaves_the_context_is_refused(
    space: Workspace, within: Limits, name: str
) -> None:
    with pytest.raises(FailedError, match="PathRefused: ") as raised:
        bring(Context("context", files={name: ""}), space, within)
    assert raised.value.failure.cause is Cause.CONTEXT


def test_files_that_exclude_each_other_are_a_failure_with_their_name(
    space: Workspace, within: Limits
) -> None:
    with pytest.raises(FailedError, match=r"ContextUnreadable: the context: .*a"):
        bring(Context("context", files={"a": "", "a/b": ""}), space, within)


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """A ConfigMap as the kubelet mounts it, with one item at a nested path."""
    volume = tmp_path / "volume"
    data = volume / "..2026_11_24_08_00_00.123"
    (data / "cmd" / "tool").mkdir(parents=True)
    (data / "main.go").write_text("package main\n")
    (data / "cmd" / "tool" / "run.sh").write_text("#!/bin/sh\n")
    (data / "cmd" / "tool" / "run.sh").chmod(0o555)
    (volume / "..data").symlink_to(data.name)
    (volume / "main.go").symlink_to("..data/main.go")
    (volume / "cmd").symlink_to("..data/cmd")
    return volume


def test_a_mounted_config_map_becomes_plain_files(
    space: Workspace, within: Limits, mounted: Path
) -> None:
    root = bring(Context("context", directory=str(mounted)), space, within)
    assert tree(root) == {"main.go": "package main\n", "cmd/tool/run.sh": "#!/bin/sh\n"}
    assert not any(path.is_symlink() for path in root.rglob("*"))
    assert (root / "cmd/tool/run.sh").stat().st_mode & 0o111


def test_a_volume_that_is_not_there_is_a_failure(space: Workspace, within: Limits) -> None:
    with pytest.raises(FailedError, match="ContextUnreadable: context web: "):
        bring(Context("web", directory=str(space.root / "absent")), space, within)


IMAGE = "registry.example/team/base@sha256:" + "a" * 64


def test_an_image_by_digest_stays_what_it_is(space: Workspace, within: Limits) -> None:
    context = Context("base", image=IMAGE)
    brought = contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)
    assert brought == Brought(reference=IMAGE, source=Source("base", digest="sha256:" + "a" * 64))
    assert not space.context("base").exists()


def test_what_is_ignored_is_not_in_the_context(
    space: Workspace, within: Limits, mounted: Path
) -> None:
    files = {"a.go": "a", "a_test.go": "b", "docs/x": "c"}
    patterns = ("docs", "*_test.go")
    assert tree(bring(Context("context", files=files, ignore=patterns), space, within)) == {
        "a.go": "a"
    }
    configured = Context("web", directory=str(mounted), ignore=("cmd",))
    assert set(tree(bring(configured, space, within))) == {"main.go"}


def bring_all(
    space: Workspace, limits: Limits, *asked: Context, log: Callable[[str], None] = str
) -> dict[str, Brought]:
    return contexts.bring_all(asked, workspace=space, limits=limits, log=log)


def test_all_contexts_are_brought_under_their_names(space: Workspace, within: Limits) -> None:
    asked = [Context(f"c{n}", files={"n": str(n)}) for n in range(10)]
    brought = bring_all(space, within, Context("base", image=IMAGE), *asked)
    assert list(brought) == ["base", *(context.name for context in asked)]
    assert brought["base"].reference == IMAGE
    for n in range(10):
        directory = brought[f"c{n}"].directory
        assert directory is not None
        assert tree(directory) == {"n": str(n)}


def test_the_first_failure_ends_the_others(space: Workspace, within: Limits) -> None:
    began = time.monotonic()
    with repositories.serving(Mute) as url:
        waiting = [Context(f"c{n}", http=Http(f"{url}/x", "a" * 64)) for n in range(3)]
        with pytest.raises(FailedError, match=r"^PathRefused: .*'\.\./x'"):
            bring_all(space, within, *waiting, Context("bad", files={"../x": ""}))
    assert time.monotonic() - began < 10
    assert not within.stop.is_set()


def test_the_end_is_told_to_all(space: Workspace) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    with repositories.serving(Mute) as url:
        waiting = [Context(f"c{n}", http=Http(f"{url}/x", "a" * 64)) for n in range(6)]
        with pytest.raises(StoppedError):
            bring_all(space, Limits(time.monotonic() + 30, stop), *waiting)
    timer.join()
