"""What runs in the pod of `outside`: repositories over smart HTTP, read only, and files.

Usage: python server.py PORT. GET /NAME.git/... is git's, GET /files/NAME a file; GET / answers {}
once the server is reached. The tests make them: POST /files/NAME takes one in base64, POST
/repositories/NAME its commits, and answers with their ids.

A repository comes as a JSON list of commits, in order: {"files": {path: text}} and, where wanted,
"name" (of the commit, for whoever asks), "branch" (main, unless the one before it was on another),
"from" (the name of the commit that a new branch begins at), "tag" (an annotated one), "at" (its
time, as 2026-01-31T12:00:00Z), "archive" (a tar in base64, unpacked), "links" {path: target},
"submodules" {path: URL}.
The answer is {name: id}. Protocol: git's Documentation/gitprotocol-http.
"""

import base64
import http.server
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

ROOT = pathlib.Path("/srv")
FILES = ROOT / "files"
_WHO = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com", "HOME": str(ROOT),
}  # fmt: skip


def git(*arguments, stdin=b"", check=True, **env):
    """What git answers."""
    argv, env = ["git", *arguments], {**os.environ, **env}
    return subprocess.run(argv, input=stdin, check=check, capture_output=True, env=env).stdout


def repository(name, commits):
    """Make the bare repository NAME.git; return the ids of its named commits."""
    work, ids = ROOT / "work" / name, {}
    if work.exists():
        raise FileExistsError(f"another test made the repository {name}: each needs its own name")
    git("init", "--quiet", "--initial-branch=main", str(work))
    for commit in commits:
        _commit(work, commit, ids)
    git("-C", str(work), "switch", "--quiet", "main")
    git("clone", "--quiet", "--bare", str(work), str(ROOT / f"{name}.git"))
    return ids


def _commit(work, commit, ids):
    at = (
        {"GIT_AUTHOR_DATE": commit["at"], "GIT_COMMITTER_DATE": commit["at"]}
        if "at" in commit
        else {}
    )

    def here(*arguments):
        return git("-C", str(work), *arguments, **_WHO, **at)

    if "branch" in commit:
        exists = git("-C", str(work), "branch", "--list", commit["branch"])
        new = [] if exists else ["--create"]
        here("switch", "--quiet", *new, commit["branch"], *([ids[commit["from"]]] if new else []))
    for path, text in commit.get("files", {}).items():
        place = work / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    for path, target in commit.get("links", {}).items():
        (work / path).symlink_to(target)
    if "archive" in commit:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(commit["archive"]))) as tar:
            tar.extractall(work, filter="data")
    for path, url in commit.get("submodules", {}).items():
        here("submodule", "--quiet", "add", url, path)
    here("add", "--all")
    here("commit", "--quiet", "--message", commit.get("name", "A change"))
    if "tag" in commit:
        here("tag", "--annotate", commit["tag"], "--message", commit["tag"])
    if "name" in commit:
        ids[commit["name"]] = here("rev-parse", "HEAD").decode().strip()


class Handler(http.server.BaseHTTPRequestHandler):
    """Files, the two requests of a fetch, and what makes both."""

    def do_GET(self):
        """A file, or which refs there are, or that somebody is here."""
        if self.path == "/":
            self._answer("json", b"{}")
        elif found := re.fullmatch(r"/files/([\w.-]+)", self.path):
            self._file(FILES / found[1])
        elif found := re.fullmatch(r"/([\w-]+\.git)/info/refs\?service=git-upload-pack", self.path):
            refs = self._upload_pack(found[1], "--http-backend-info-refs")
            v2 = "version=2" in self.headers.get("Git-Protocol", "")
            head = b"" if v2 else b"001e# service=git-upload-pack\n0000"
            self._answer("x-git-upload-pack-advertisement", head + refs)
        else:
            self.send_error(404)

    def do_POST(self):
        """What a client does not have yet; or something to be made."""
        body = b"".join(self._body())
        if found := re.fullmatch(r"/([\w-]+\.git)/git-upload-pack", self.path):
            self._answer("x-git-upload-pack-result", self._upload_pack(found[1], stdin=body))
        elif found := re.fullmatch(r"/files/([\w.-]+)", self.path):
            FILES.mkdir(exist_ok=True)
            (FILES / found[1]).write_bytes(base64.b64decode(body))
            self._answer("json", b"{}")
        elif found := re.fullmatch(r"/repositories/([\w-]+)", self.path):
            self._make(found[1], json.loads(body))
        else:
            self.send_error(404)

    def _body(self):
        """The parts of a request's body (RFC 9112: of a known length, or in chunks)."""
        if "Content-Length" in self.headers:
            yield self.rfile.read(int(self.headers["Content-Length"]))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()

    def _make(self, name, commits):
        try:
            ids = repository(name, commits)
        except subprocess.CalledProcessError as error:
            self.send_error(500, explain=error.stderr.decode(errors="replace"))
        except FileExistsError as error:
            self.send_error(500, explain=str(error))
        else:
            self._answer("json", json.dumps(ids).encode())

    def _file(self, path):
        if path.is_file():
            self._answer("octet-stream", path.read_bytes())
        else:
            self.send_error(404)

    def _upload_pack(self, name, *options, stdin=b""):
        protocol = self.headers.get("Git-Protocol", "")
        argv = ("upload-pack", "--stateless-rpc", *options, str(ROOT / name))
        # What upload-pack refuses it says in its answer as well.
        return git(*argv, stdin=stdin, check=False, GIT_PROTOCOL=protocol)

    def _answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", f"application/{kind}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
