"""Git repositories for tests, and a web server for files, on this machine."""

import contextlib
import functools
import http.server
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

_IDENTITY = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")


def git(directory: Path, *arguments: str) -> str:
    """What git says to a command in a repository."""
    argv = ["git", "-C", str(directory), *_IDENTITY, *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def new(directory: Path, *flags: str) -> Path:
    """An empty repository whose branch is main."""
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet", "--initial-branch=main", *flags)
    return directory


def commit(directory: Path, files: Mapping[str, str] | None = None) -> str:
    """Commits what lies there, with these files (path -> content); the commit's id."""
    for name, content in (files or {}).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", "m")
    return git(directory, "rev-parse", "HEAD")


def add_submodule(directory: Path, path: str, *, url: str, commit: str, name: str = "") -> None:
    """Stages a submodule, as ``git submodule add`` does for one that is not fetched."""
    section = f"submodule.{name or path}"
    git(directory, "config", "--file", ".gitmodules", f"{section}.path", path)
    git(directory, "config", "--file", ".gitmodules", f"{section}.url", url)
    (directory / path).mkdir(parents=True, exist_ok=True)
    git(directory, "update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    git(directory, "add", ".gitmodules")
    git(directory, "commit", "--quiet", "--message", f"Add {path}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, without a word."""

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


class Mute(http.server.BaseHTTPRequestHandler):
    """Accepts, and never says a word while the other side listens."""

    def handle(self) -> None:
        """Hears the other side out."""
        self.rfile.read()


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a server on this machine, without a slash at its end."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def serving_files(directory: Path) -> Iterator[str]:
    """The URL of a server for the files of a directory: it knows no git."""
    with serving(functools.partial(Quiet, directory=str(directory))) as url:  # type: ignore[arg-type]
        yield url
