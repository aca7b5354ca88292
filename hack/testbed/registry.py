"""The registry in the cluster, seen from this machine's loopback: pushing images over HTTP.

After the OCI Distribution Specification 1.1, with as much of it as an open registry needs.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from testbed import ociimage
from testbed.say import Failure

_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_NOT_FOUND = 404


def wait(address: str, *, seconds: float = 60) -> None:
    """Return when the registry answers at `address`: the node routes to it a little later."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            _ask("GET", f"http://{address}/v2/")
        except Failure:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def holds(layout: Path, *, address: str, name: str) -> bool:
    """Whether the tag of `name` is there, with the digest of this very layout."""
    base, tag = _place(address, name)
    return _digest(f"{base}/manifests/{tag}") == _top(layout)["digest"]


def digest(name: str, *, address: str) -> str:
    """Return the digest of `<repository>:<tag>`, or nothing if it is not there."""
    repository, _, tag = name.rpartition(":")
    return _digest(f"http://{address}/v2/{repository}/manifests/{tag}")


def push(layout: Path, *, address: str, name: str) -> None:
    """Push an OCI layout as `<address>/<repository>:<tag>`; the host in `name` is left out."""
    base, tag = _place(address, name)
    top = _top(layout)
    manifest = _blob(layout, top["digest"]).read_bytes()
    content = json.loads(manifest)
    for part in (content["config"], *content["layers"]):
        _push_blob(base, part["digest"], _blob(layout, part["digest"]))
    _ask(
        "PUT", f"{base}/manifests/{tag}", body=manifest, headers={"Content-Type": top["mediaType"]}
    )


def _place(address: str, name: str) -> tuple[str, str]:
    """Return the repository's URL and the tag."""
    repository, tag = name.split("/", 1)[1].rsplit(":", 1)
    return f"http://{address}/v2/{repository}", tag


def _top(layout: Path) -> dict[str, str]:
    """Return the descriptor of the layout's only manifest."""
    top: dict[str, str] = json.loads((layout / "index.json").read_text())["manifests"][0]
    return top


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _push_blob(base: str, digest: str, path: Path) -> None:
    if _ask("HEAD", f"{base}/blobs/{digest}") is not None:
        return
    started = _ask("POST", f"{base}/blobs/uploads/", body=b"")
    place = (started or {}).get("Location", "")
    if not place:
        raise Failure(f"{base} starts no upload", mend="is the registry running? hack/cluster up")
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(path.stat().st_size),
    }
    joint = "&" if "?" in place else "?"
    with path.open("rb") as body:
        _ask("PUT", f"{place}{joint}digest={digest}", body=body, headers=headers)


def _digest(url: str) -> str:
    """Return the digest of a manifest, or nothing if it is not there."""
    found = _ask("HEAD", url, headers={"Accept": f"{ociimage.MANIFEST}, {_DOCKER_MANIFEST}"})
    return (found or {}).get("Docker-Content-Digest", "")


def _ask(
    method: str,
    url: str,
    *,
    body: bytes | BinaryIO | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, str] | None:
    """Return the response's headers, or None for 404. Raises Failure for all else that fails."""
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)  # noqa: S310 - http to loopback
    # No proxy of the environment stands between this machine and its own loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=120) as response:
            return dict(response.headers)
    except urllib.error.HTTPError as error:
        if error.code == _NOT_FOUND:
            return None
        raise Failure(f"{method} {url}: {error.code} {error.read()[:300]!r}") from None
    except OSError as error:
        raise Failure(f"{method} {url}: {error}", mend="hack/cluster up") from None
