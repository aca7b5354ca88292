"""git, run in a bare repository of our own: no credential, prompt, hook or foreign setting."""

import errno
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker import child
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_KEPT_LINES = 2000
_DISK_FULL = os.strerror(errno.ENOSPC)
_SERVER_SAYS = "remote: "
_SETTINGS = {
    "advice.detachedHead": "false",
    "core.hooksPath": "/dev/null",
    "credential.helper": "",
    "gc.auto": "0",
    "http.lowSpeedLimit": "1000",  # bytes a second, below which a server is given up
    "http.lowSpeedTime": "30",  # after so many seconds
    "maintenance.auto": "false",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How git ended, and the last lines of what it said."""

    code: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it said, short enough for a message."""
        return "; ".join(line.strip() for line in self.lines[-5:] if line.strip())


class Repository:
    """A bare repository with one remote, ``origin``."""

    def __init__(self, directory: Path, *, url: str, workspace: Workspace, limits: Limits) -> None:
        self._directory = directory
        self._workspace = workspace
        self._limits = limits
        self._settings = {**_SETTINGS, "remote.origin.url": url}
        self.must("init", "--quiet", "--bare", "--template=", str(directory))

    def ask(self, *arguments: str) -> Answer:
        """What git says to a command that may fail; OSError where that is for a full disk here."""
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        code = self.read(*arguments, hear=lines.append)
        answer = Answer(code, tuple(lines))
        if code and any(_DISK_FULL in s and not s.startswith(_SERVER_SAYS) for s in lines):
            raise _failed(arguments, answer)
        return answer

    def must(self, *arguments: str) -> str:
        """What git says to a command that fails for reasons of this machine alone: OSError."""
        answer = self.ask(*arguments)
        if answer.code:
            raise _failed(arguments, answer)
        return answer.words

    def read(self, *arguments: str, hear: Callable[[str], None]) -> int:
        """Hears each line that git says; its exit code."""
        settings = [part for pair in self._settings.items() for part in ("-c", "=".join(pair))]
        return child.run(
            [self._workspace.git, f"--git-dir={self._directory}", *settings, *arguments],
            environment={
                **self._workspace.environment,
                "GIT_ALLOW_PROTOCOL": ":".join(self._workspace.git_schemes),
                "GIT_ASKPASS": "",
                "GIT_CONFIG_GLOBAL": "/dev/null",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_LITERAL_PATHSPECS": "1",
                "GIT_NO_REPLACE_OBJECTS": "1",
                "GIT_TERMINAL_PROMPT": "0",
                "LC_ALL": "C",
            },
            limits=self._limits,
            listener=child.Listener(output=hear),
        )


def _failed(arguments: Sequence[str], answer: Answer) -> OSError:
    return OSError(f"git {' '.join(arguments)}: {answer.words}")
