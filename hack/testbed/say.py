"""What a person reads while the testbed works: what is done, for how long, and what went wrong."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


class Failure(Exception):  # noqa: N818  - it ends a step, and reads so where it is raised
    """A step that could not be done: what failed, where its log is and what to do about it."""

    def __init__(self, what: str, *, mend: str = "", log: Path | None = None) -> None:
        lines = [what, f"log: {log}" if log else "", f"to do: {mend}" if mend else ""]
        super().__init__("\n  ".join(line for line in lines if line))


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Print `what …` now, and the seconds (or `failed`) behind it when the block ends.

    Steps do not nest: each one is a single line.
    """
    sys.stdout.write(f"{what} … ")
    sys.stdout.flush()
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        sys.stdout.write(f"failed after {time.monotonic() - begun:.0f} s\n")
        raise
    sys.stdout.write(f"{time.monotonic() - begun:.1f} s\n")


def note(what: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def exit_code(work: Callable[[], int | None]) -> int:
    """Run a script's work; a Failure is printed to standard error and becomes exit code 1."""
    try:
        return work() or 0
    except Failure as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run it again, it starts from what is there\n")
        return 130
