"""A git server for one pod: makes a repository, serves it over smart HTTP, read only.

Usage: python gitserver.py PORT. It prints one JSON object, name -> commit, and then serves
`/hello.git` to whoever asks. Protocol: git's Documentation/gitprotocol-http.
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path("/srv")
REPOSITORY = ROOT / "hello.git"
_WHO = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com", "HOME": str(ROOT),
}  # fmt: skip


def git(*arguments, stdin=b"", check=True, **env):
    """What git answers."""
    argv, env = ["git", *arguments], {**os.environ, **env}
    return subprocess.run(argv, input=stdin, check=check, capture_output=True, env=env).stdout


def commit(work, files, message):
    """One more commit on the present branch of a work tree."""
    for path, text in files.items():
        place = work / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    git("-C", str(work), "add", "--all")
    git("-C", str(work), "commit", "--quiet", "--message", message, **_WHO)
    return git("-C", str(work), "rev-parse", "HEAD").decode().strip()


def make():
    """A repository with three branches' worth of history: name -> commit."""
    work = ROOT / "work"
    git("init", "--quiet", "--initial-branch=main", str(work))
    dockerfile = "FROM alpine:3.18 AS final\nCOPY which /which\n"
    first = {"which": "first\n", "app/which": "app\n", "app/deploy/Dockerfile": dockerfile}
    commits = {"first": commit(work, first, "First")}
    git("-C", str(work), "tag", "--annotate", "v1.0", "--message", "One", **_WHO)
    commits["main"] = commit(work, {"which": "main\n"}, "Main")
    git("-C", str(work), "switch", "--quiet", "--create", "feature/x")
    commits["feature/x"] = commit(work, {"which": "feature\n"}, "Feature")
    git("-C", str(work), "switch", "--quiet", "main")
    git("clone", "--quiet", "--bare", str(work), str(REPOSITORY))
    return commits


class Handler(http.server.BaseHTTPRequestHandler):
    """The two requests of a fetch."""

    def do_GET(self):
        """Which refs there are."""
        if self.path != "/hello.git/info/refs?service=git-upload-pack":
            self.send_error(404)
            return
        refs = self._upload_pack("--http-backend-info-refs")
        v2 = "version=2" in self.headers.get("Git-Protocol", "")
        head = b"" if v2 else b"001e# service=git-upload-pack\n0000"
        self._answer("advertisement", head + refs)

    def do_POST(self):
        """What a client does not have yet."""
        if self.path != "/hello.git/git-upload-pack":
            self.send_error(404)
            return
        wanted = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer("result", self._upload_pack(stdin=wanted))

    def _upload_pack(self, *options, stdin=b""):
        protocol = self.headers.get("Git-Protocol", "")
        argv = ("upload-pack", "--stateless-rpc", *options, str(REPOSITORY))
        # What upload-pack refuses it says in its answer as well.
        return git(*argv, stdin=stdin, check=False, GIT_PROTOCOL=protocol)

    def _answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", f"application/x-git-upload-pack-{kind}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    print(json.dumps(make()), flush=True)  # noqa: T201 - the tests read it from the pod's log
    http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
