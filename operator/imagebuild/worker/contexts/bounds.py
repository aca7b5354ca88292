"""How much one context may hold, whatever it comes from."""

import threading

from imagebuild.worker.contexts import refusal

MAX_BYTES = 2 * 1024**3
MAX_FILES = 250_000


class Tally:
    """Counts what a context is about to hold; threads may share it.

    ``name`` is the context's, ``mend`` what its user can do where it holds too much.
    """

    def __init__(self, name: str, *, mend: str) -> None:
        self.files = 0
        self.size = 0
        self._name = name
        self._mend = mend
        self._lock = threading.Lock()

    def add(self, size: int, *, files: int = 1) -> None:
        """Counts files, or directories, and their bytes; FailedError ("TooLarge: ...")."""
        with self._lock:
            self.files += files
            self.size += size
        if self.files > MAX_FILES or self.size > MAX_BYTES:
            bounds = f"more than {MAX_FILES} files or {MAX_BYTES} bytes"
            raise refusal.of("TooLarge", f"context {self._name}: {bounds}: {self._mend}")
