from pathlib import Path

import pytest

from imagebuild.contract.order import Context
from imagebuild.contract.report import Cause
from imagebuild.worker import contexts
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
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
    with pytest.raises(FailedError, match=r"ContextUnreadable: context context: .*a"):
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
