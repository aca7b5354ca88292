"""How much one context may hold, whatever it comes from."""

import threading

from imagebuild.worker.contexts import refusal

MAX_BYTES = 2 * 1024**3
MAX_FILES = 250_000


class Tally:
    """Counts what a context is about to hold; threads may share it.

    ``mend`` is what the context's user can do where it holds too much.
    """

    def __init__(self, *, mend: str) -> None:
        self.files = 0
        self.size = 0
        self._mend = mend
        self._lock = threading.Lock()

    def add(self, size: int, *, files: int = 1) -> None:
        """Counts files, or directories, and their bytes; FailedError ("TooLarge: ...")."""
        with self._lock:
            self.files += files
            self.size += size
        if self.files > MAX_FILES:
            raise refusal.of("TooLarge", f"more than {MAX_FILES:,} files: {self._mend}")
        if self.size > MAX_BYTES:
            raise refusal.of("TooLarge", f"more than {MAX_BYTES / 1024**3:g} GiB: {self._mend}")
