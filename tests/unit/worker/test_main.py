import signal
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER

from imagebuild.contract import places, report
from imagebuild.contract.order import pack
from imagebuild.contract.report import Cause
from imagebuild.worker import __main__ as program
from imagebuild.worker.workspace import Workspace


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The places of a build pod, in a directory of their own; nothing is there yet."""
    for name in ("ORDER", "TETHER", "PICTURES", "WORK_DIR", "TERMINATION_MESSAGE"):
        monkeypatch.setattr(places, name, str(tmp_path / name))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return tmp_path


@pytest.mark.parametrize(
    ("order", "cause", "word"),
    [
        (pack(ORDER), Cause.CONTEXT, "ContextUnreadable: "),
        (pack(replace(ORDER, version=99)), Cause.ORDER, "OrderUnreadable: "),
    ],
    ids=["no room to work in", "no order of this version"],
)
def test_what_fails_before_the_run_is_reported(
    pod: Path, order: bytes, cause: Cause, word: str
) -> None:
    (pod / "ORDER").write_bytes(order)
    assert program.main() == 1
    ending = report.from_message((pod / "TERMINATION_MESSAGE").read_text())
    assert ending is not None
    assert ending.failure is not None
    assert ending.failure.cause is cause
    assert ending.failure.error.startswith(word)


def test_the_run_works_where_the_pod_says(pod: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Workspace] = []

    def run(*_: object, workspace: Workspace, **__: object) -> report.Report:
        given.append(workspace)
        return report.Report()

    monkeypatch.setattr(program.run, "run", run)
    (pod / "ORDER").write_bytes(pack(ORDER))
    (pod / "WORK_DIR").mkdir(mode=0o2770)
    assert program.main() == 0
    (space,) = given
    assert space.root == pod / "WORK_DIR/run"
    # Neither a group nor the bit that hands one down is left for what is made in it.
    assert space.root.stat().st_mode & 0o7777 == 0o700
    assert space.registries_conf == Path(places.REGISTRIES_CONF)
    assert space.environment["HOME"] == str(space.root)
