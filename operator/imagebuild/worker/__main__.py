"""``python -m imagebuild.worker``: the ``build`` container of the build pod.

Takes the tether, reads the order and does it; leaves pictures in a file and the report in the
termination message. Exit code: 0 where all was published, else 1.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from imagebuild.contract import order, places, report, wire
from imagebuild.contract.report import Cause, Failure, Report
from imagebuild.worker import run, sink, tether, workspace


def main() -> int:
    """The program; its exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    files = sink.Files(log=sys.stdout, pictures=Path(places.PICTURES))
    # Held open until the program ends: that is what the other containers wait for.
    tether.take(Path(places.TETHER))
    ending = _report(files, stop)
    Path(places.TERMINATION_MESSAGE).write_text(report.to_message(ending), encoding="utf-8")
    return 0 if ending.failure is None else 1


def _report(files: sink.Files, stop: threading.Event) -> Report:
    try:
        read = order.unpack(Path(places.ORDER).read_bytes())
    except (OSError, wire.WireError) as error:
        return Report(failure=Failure(Cause.ORDER, f"OrderUnreadable: {error}"))
    try:
        space = _workspace()
    except OSError as error:
        return Report(failure=Failure(Cause.CONTEXT, f"ContextUnreadable: {error}"))
    return run.run(read, sink=files, workspace=space, stop=stop)


def _workspace() -> workspace.Workspace:
    # A volume may hand its group down to every directory made in it, by a bit of their modes
    # that would be copied into images. It ends here.
    root = Path(places.WORK_DIR, "run")
    root.mkdir()
    root.chmod(0o700)
    return workspace.Workspace(
        root=root,
        credentials=Path(places.CREDENTIALS_DIR),
        socket=Path(places.SOCKET),
        environment={**os.environ, "HOME": str(root), "TMPDIR": str(root)},
        registries_conf=Path(places.REGISTRIES_CONF),
    )


if __name__ == "__main__":
    sys.exit(main())
