"""What runs beside the registry with TLS: sets its passwords, reads and searches its storage.

Usage: python keeper.py PORT. For the tests alone, over plain HTTP; all bodies are JSON.
POST /passwords {user: password}: these from now on, and no others (the registry looks at the file
each time). GET /tags: {"REPOSITORY:TAG": digest}. GET /blobs/DIGEST: its bytes in base64, or null.
POST /search {name: bytes in base64}: [[file, name]], each file of the storage that holds one,
compressed or not, in its content or in its path.
"""

import base64
import gzip
import http.server
import json
import pathlib
import subprocess
import sys
import typing
import zlib

import server

ROOT = pathlib.Path("/var/lib/registry")
PASSWORDS = pathlib.Path("/auth/htpasswd")
_STORAGE = ROOT / "docker/registry/v2"


def set_passwords(users):
    """Replace the file of passwords whole."""
    draft = PASSWORDS.with_suffix(".new")
    draft.write_text("")
    for user, password in users.items():
        argv = ["htpasswd", "-iB", "-C", "5", str(draft), user]
        subprocess.run(argv, input=password.encode(), check=True, capture_output=True)
    draft.replace(PASSWORDS)


def tags():
    """Every tag and the digest that it names."""
    found = (_STORAGE / "repositories").rglob("_manifests/tags/*/current/link")
    return {_tag(link): link.read_text().strip() for link in found}


def _tag(link):
    # REPOSITORY/_manifests/tags/TAG/current/link
    repository = link.parents[4].relative_to(_STORAGE / "repositories")
    return f"{repository}:{link.parents[1].name}"


def blob(digest):
    """A blob's bytes in base64, or None if there is no such blob."""
    algorithm, _, hexadecimal = digest.partition(":")
    path = _STORAGE / "blobs" / algorithm / hexadecimal[:2] / hexadecimal / "data"
    return base64.b64encode(path.read_bytes()).decode() if path.is_file() else None


def search(needles):
    """Each file and what of `needles` (name: bytes) it holds."""
    hits = []
    for path in sorted(ROOT.rglob("*")):
        place = str(path.relative_to(ROOT))
        data = place.encode() + (b"\0" + _contents(path) if path.is_file() else b"")
        hits += [(place, name) for name, needle in needles.items() if needle in data]
    return hits


def _contents(path):
    data = path.read_bytes()
    try:
        return data + gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data


class Handler(server.Handler):
    """The four requests."""

    @typing.override
    def do_GET(self):
        """Tags or a blob; else what server.py answers."""
        if self.path == "/tags":
            self._say(tags())
        elif self.path.startswith("/blobs/"):
            self._say(blob(self.path.removeprefix("/blobs/")))
        else:
            super().do_GET()

    @typing.override
    def do_POST(self):
        """New passwords, or a search."""
        body = json.loads(b"".join(self._body()))
        if self.path == "/passwords":
            set_passwords(body)
            self._say({})
        elif self.path == "/search":
            self._say(search({name: base64.b64decode(text) for name, text in body.items()}))
        else:
            self.send_error(404)

    def _say(self, content):
        self._answer("json", json.dumps(content).encode())


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
