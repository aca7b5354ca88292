"""A mirror of public images on this machine's loopback: the stand-ins, under the public names.

`python3 -m testbed.mirror` prints its HOST:PORT, and serves until its standard input ends. Each
request is a line on standard error. It shows that images can be pulled, where none can be.
After the OCI Distribution Specification 1.1, the part that pulls.
"""

import contextlib
import functools
import http.server
import json
import re
import shutil
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from testbed import cache, nodeimage, ociimage, say, sources, standins
from testbed.say import note

_MANIFEST = re.compile(r"/v2/(?P<repository>[\w./-]+)/manifests/(?P<reference>[\w.:-]+)")
_BLOB = re.compile(r"/v2/(?P<repository>[\w./-]+)/blobs/(?P<digest>sha256:[0-9a-f]{64})")
_OK, _NOT_FOUND = 200, 404

Layouts = Mapping[str, Path]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET and HEAD from OCI layouts, by `REPOSITORY:TAG`."""

    protocol_version = "HTTP/1.1"

    def __init__(self, layouts: Layouts, *connection: object) -> None:
        self._layouts = layouts
        super().__init__(*connection)  # type: ignore[arg-type]  # socketserver's own three

    def do_GET(self) -> None:
        """Send a manifest, a blob, or that this is a registry."""
        manifest, blob = _MANIFEST.fullmatch(self.path), _BLOB.fullmatch(self.path)
        if manifest:
            self._send_manifest(**manifest.groupdict())
        elif blob:
            self._send(self._find(blob["repository"], blob["digest"]), "application/octet-stream")
        else:
            self._head(_OK if self.path == "/v2/" else _NOT_FOUND, {"Content-Length": "0"})

    do_HEAD = do_GET  # noqa: N815 - the server's name for it

    def _send_manifest(self, repository: str, reference: str) -> None:
        layout = self._layouts.get(f"{repository}:{reference}")
        digest = _top(layout) if layout else reference
        self._send(self._find(repository, digest), ociimage.MANIFEST, digest)

    def _find(self, repository: str, digest: str) -> Path | None:
        """Return the file of a blob in any image of the repository."""
        for name, layout in self._layouts.items():
            path = layout / "blobs" / digest.replace(":", "/")
            if name.rpartition(":")[0] == repository and path.is_file():
                return path
        return None

    def _send(self, path: Path | None, media_type: str, digest: str = "") -> None:
        if path is None:
            self._head(_NOT_FOUND, {"Content-Length": "0"})
            return
        headers = {"Content-Type": media_type, "Content-Length": str(path.stat().st_size)}
        self._head(_OK, {**headers, **({"Docker-Content-Digest": digest} if digest else {})})
        if self.command == "GET":
            with path.open("rb") as content:
                shutil.copyfileobj(content, self.wfile, 1 << 20)

    def _head(self, code: int, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def _top(layout: Path) -> str:
    index = json.loads((layout / "index.json").read_text())
    return str(index["manifests"][0]["digest"])


def _layouts() -> Layouts:
    """Return the stand-ins and the node image by their public names without the host."""
    made = {**standins.layouts(), sources.PULLED_NODE: nodeimage.layout()}
    return {name.partition("/")[2]: layout for name, layout in made.items()}


def main() -> None:
    """Serve until standard input ends, so that no parent can leave it behind."""
    with contextlib.redirect_stdout(sys.stderr), cache.lock():
        handler = functools.partial(Handler, _layouts())
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        note(f"127.0.0.1:{server.server_port}")
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    sys.exit(say.exit_code(main))
