"""``python -m imagebuild.worker.progress``: prints the pictures until the worker has ended.

Its container's log holds nothing else, so that its last line is always the newest picture.
"""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from imagebuild.contract import places
from imagebuild.worker import plainfile, tether

_POLL_SECONDS = 0.1


def follow(source: BinaryIO, out: BinaryIO, *, ended: Callable[[], bool]) -> None:
    """Copies whole lines as they come, until ``ended`` and all is copied.

    ``ended`` is asked before each look at the source, and may wait a moment.
    """
    rest = b""
    while True:
        last = ended()
        whole, newline, rest = (rest + source.read()).rpartition(b"\n")
        if newline:
            out.write(whole + newline)
            out.flush()
        if last:
            return


def main() -> int:
    """The program; its exit code."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:
        descriptor = tether.find(Path(places.TETHER))
        pictures = plainfile.descriptor(Path(places.PICTURES))
    except (tether.NeverTakenError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1

    def ended() -> bool:
        time.sleep(_POLL_SECONDS)
        return bool(told) or tether.is_released(descriptor)

    with open(pictures, "rb") as source:  # noqa: PTH123 - of a descriptor
        follow(source, sys.stdout.buffer, ended=ended)
    return 0


if __name__ == "__main__":
    sys.exit(main())
