"""git, run in a repository of our own: no prompt, hook or foreign setting.

Credentials are in its environment alone, which nothing prints.
"""

import errno
import os
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker import child
from imagebuild.worker.contexts.gitauth import Credentials
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_KEPT_LINES = 2000
_TOLD_LINES = 5
_DISK_FULL = os.strerror(errno.ENOSPC)
_SERVER_SAYS = "remote: "
_SSH_SAYS = "debug1: "
_KEY = "Server host key: "
# What git adds to each failure by ssh, whatever it was.
_ADVICE = ("Please make sure you have the correct access rights", "and the repository exists.")
_SETTINGS = {
    "advice.detachedHead": "false",
    "core.hooksPath": "/dev/null",
    "credential.helper": "",
    "gc.auto": "0",
    # Where a server sends us on to is looked at first.
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",  # bytes a second, below which a server is given up
    "http.lowSpeedTime": "30",  # after so many seconds
    "maintenance.auto": "false",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository's URL, and the addresses that its host is taken for.

    ``pinned`` is HOST:PORT:ADDRESS[,ADDRESS]..., None where the URL has no name to look up, or
    ``proxy`` does that. ``address`` is one of these, or of ssh. ``credentials`` are those for it.
    """

    url: str
    pinned: str | None = None
    proxy: str = ""
    address: str = ""
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How git ended, and the last lines of what it said."""

    code: int
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it said, short enough for a message."""
        lines = [line for line in map(_shown, self.lines) if line]
        # A warning of several lines may follow it, and tells less.
        keys = [line for line in lines[:-_TOLD_LINES] if line.startswith(_KEY)]
        return "; ".join((*keys, *lines[-_TOLD_LINES:]))


def _shown(line: str) -> str:
    """A line as people see it: of what ssh tells of its way, which key it was shown."""
    said = line.strip()
    if not said.startswith(_SSH_SAYS):
        return "" if said in _ADVICE else said
    told = said.removeprefix(_SSH_SAYS)
    return told if told.startswith(_KEY) else ""


class Repository:
    """A bare repository with one remote, ``origin``, which can be given another place."""

    def __init__(
        self,
        directory: Path,
        *,
        origin: Origin,
        workspace: Workspace,
        limits: Limits,
        object_format: str = "sha1",
    ) -> None:
        self.directory = directory
        self.origin = origin
        self._workspace = workspace
        self._limits = limits
        layout = ("--bare", "--template=", f"--object-format={object_format}")
        self.must("init", "--quiet", *layout, str(directory))

    def ask(self, *arguments: str, hear: Callable[[str], None] | None = None) -> Answer:
        """What git says to a command that may fail; OSError where that is for a full disk here.

        ``hear`` is given every line of it, of which the answer holds the last.
        """
        return self._ask(arguments, hear=hear)

    def must(
        self,
        *arguments: str,
        hear: Callable[[str], None] | None = None,
        stdin: Path = Path(os.devnull),
        stdout: Path | None = None,
    ) -> str:
        """What git says to a command that fails for reasons of this machine alone: OSError.

        With ``stdout``, a new file, what it says goes there.
        """
        answer = self._ask(arguments, hear=hear, stdin=stdin, stdout=stdout)
        if answer.code:
            raise _failed(arguments, answer)
        return answer.words

    def remove(self) -> None:
        """Gives its place on the disk back."""
        shutil.rmtree(self.directory)

    def _ask(
        self,
        arguments: Sequence[str],
        *,
        hear: Callable[[str], None] | None,
        stdin: Path = Path(os.devnull),
        stdout: Path | None = None,
    ) -> Answer:
        lines: deque[str] = deque(maxlen=_KEPT_LINES)

        def take(line: str) -> None:
            lines.append(line)
            if hear is not None:
                hear(line)

        signed = self.origin.credentials
        code = child.run(
            [self._workspace.git, f"--git-dir={self.directory}", *self._settings(), *arguments],
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
                **(signed.environment(self.origin.address) if signed else {}),
            },
            limits=self._limits,
            listener=child.Listener(output=take, kept=stdout),
            stdin=stdin,
        )
        answer = Answer(code, tuple(lines))
        if code and any(_DISK_FULL in s and not s.startswith(_SERVER_SAYS) for s in lines):
            raise _failed(arguments, answer)
        return answer

    def _settings(self) -> list[str]:
        settings = {**_SETTINGS, "http.proxy": self.origin.proxy}
        settings["remote.origin.url"] = self.origin.url
        signed = self.origin.credentials
        authorities = signed.authorities if signed else None
        if trusted := authorities or self._workspace.authorities:
            settings["http.sslCAInfo"] = str(trusted)
        if self.origin.pinned is not None:
            settings["http.curloptResolve"] = self.origin.pinned
        return [part for pair in settings.items() for part in ("-c", "=".join(pair))]


def _failed(arguments: Sequence[str], answer: Answer) -> OSError:
    return OSError(f"git {' '.join(arguments)}: {answer.words}")
