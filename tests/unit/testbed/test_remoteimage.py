"""Images are measured and searched at any registry, here one that asks for tokens."""

import gzip
import http.server
import io
import json
import tarfile
import threading

import pytest
from testbed import ociimage, remoteimage, say

INDEX = "application/vnd.oci.image.index.v1+json"


def layer(*names):
    """An uncompressed layer with empty files of these names, and one directory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folder = tarfile.TarInfo("./app")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name in names:
            tar.addfile(tarfile.TarInfo(f"./{name}"))
    return buffer.getvalue()


def manifest(media_type, blob):
    return {
        "mediaType": ociimage.MANIFEST,
        "layers": [{"mediaType": media_type, "digest": "sha256:l", "size": len(blob)}],
    }


PLAIN = layer("app/main", "etc/passwd")
PACKED = gzip.compress(PLAIN)
GZIP = manifest("application/vnd.oci.image.layer.v1.tar+gzip", PACKED)
TAR = manifest("application/vnd.oci.image.layer.v1.tar", PLAIN)
ZSTD = manifest("application/vnd.oci.image.layer.v1.tar+zstd", PLAIN)


class Registry(http.server.BaseHTTPRequestHandler):
    """Serves `content` by path, to whoever has fetched a token."""

    content: dict[str, bytes]
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        host = f"http://127.0.0.1:{self.server.server_port}"
        if self.path == "/token?service=here&scope=repository%3Aapp%3Apull":
            self.answer(200, b'{"token": "anonymous"}')
        elif self.headers.get("Authorization") != "Bearer anonymous":
            scope = 'service="here",scope="repository:app:pull"'
            self.answer(401, b"", **{"WWW-Authenticate": f'Bearer realm="{host}/token",{scope}'})
        else:
            body = self.content[self.path]
            first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
            self.answer(206 if last else 200, body[int(first) : int(last) + 1] if last else body)

    def answer(self, code, body, **headers):
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def serve():
    """Serve these objects by path below `/v2/app/`; return the URL and the list of requests."""
    servers = []

    def served(**content):
        blobs = {f"/v2/app/{path}": body for path, body in content.items()}
        handler = type("Handler", (Registry,), {"content": blobs, "asked": []})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", handler.asked

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("found", "blob"), [(GZIP, PACKED), (TAR, PLAIN)])
def test_an_image_is_measured_unpacked_and_its_files_are_listed(serve, found, blob):
    content = {"manifests/1": json.dumps(found).encode(), "blobs/sha256:l": blob}
    url, asked = serve(**content)
    image = remoteimage.read(url, "app:1", architecture="amd64")
    assert image.unpacked_bytes() == len(PLAIN)
    assert image.paths() == ["/app/main", "/etc/passwd"]
    assert sum(path.startswith("/token") for path in asked) == 1, "one token serves all requests"


def test_of_several_images_the_one_for_the_architecture_is_read(serve):
    several = {
        "mediaType": INDEX,
        "manifests": [
            {"digest": f"sha256:{name}", "platform": {"os": "linux", "architecture": name}}
            for name in ("arm64", "amd64")
        ],
    }
    content = {
        "manifests/1": json.dumps(several).encode(),
        "manifests/sha256:amd64": json.dumps(TAR).encode(),
    }
    url, _ = serve(**content)
    image = remoteimage.read(url, "app:1", architecture="amd64")
    assert image.unpacked_bytes() == len(PLAIN)
    with pytest.raises(say.Failure, match="no image for linux/s390x"):
        remoteimage.read(url, "app:1", architecture="s390x")


def test_a_size_that_cannot_be_told_is_not_guessed(serve):
    url, _ = serve(**{"manifests/1": json.dumps(ZSTD).encode()})
    with pytest.raises(say.Failure, match=r"tar\+zstd"):
        remoteimage.read(url, "app:1", architecture="amd64").unpacked_bytes()
