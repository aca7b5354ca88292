"""The search of the leak guard, beside unpacking and hashing the same layers."""

import base64
import json
import os
import resource
import secrets
import statistics
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testbed import kindcluster, projectimages, say

from benchmarks.api import Object

# One with much in it, as the test cluster's registry has it.
IMAGE = "library/golang", "1.19"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_PYTHON = projectimages.ROOT / ".venv" / "bin" / "python"

# As the worker does it, with all layers taken for the build's own, so that tokens are looked for.
_SEARCH = """
import json, sys, threading, time
from pathlib import Path
from imagebuild.worker.leak import guard, layout, values
from imagebuild.worker.leak.search import Search
from imagebuild.worker.limits import Limits
directory, secrets = Path(sys.argv[1]), json.loads(sys.argv[2])
search = Search([values.secret(secret.encode()) for secret in secrets])
own = {layer for image in layout.images(directory) for layer in image.layers}
limits = Limits(time.monotonic() + 600, threading.Event())
assert search and guard.search(directory, search, limits, own=own).found is None
"""
_HASH = 'for file in "$1"/blobs/sha256/*; do gzip -dcf "$file" | sha256sum; done'


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of all processors."""

    clock: float
    cpu: float


def measure(cluster: kindcluster.Cluster, runs: int) -> Object:
    """Return the medians of `runs` searches and of as many hashings, in turn."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        size = _lay(directory, f"127.0.0.1:{cluster.port}")
        wanted = json.dumps(_secrets())
        searched, hashed = [], []
        for number in range(1, runs + 1):
            with say.step(f"run {number} of {runs}"):
                hashed.append(_cost("sh", "-c", _HASH, "sh", made))
                searched.append(_cost(str(_PYTHON), "-c", _SEARCH, made, wanted))
    pairs = list(zip(searched, hashed, strict=True))
    median = statistics.median
    return {
        "ratio": round(median(s.clock / h.clock for s, h in pairs), 3),
        "cpuRatio": round(median(s.cpu / h.cpu for s, h in pairs), 3),
        "searchSeconds": round(median(s.clock for s in searched), 2),
        "hashSeconds": round(median(h.clock for h in hashed), 2),
        "layersMiB": round(size / 2**20),
        "runs": runs,
    }


def _secrets() -> list[str]:
    """Two tokens, a file of variables, and a private key as long as those of 4,096 bits."""
    token = secrets.token_urlsafe
    lines = [base64.b64encode(secrets.token_bytes(48)).decode() for _ in range(50)]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
    return [token(24), token(64), f"A={token(20)}\nB={token(20)}\n", key]


def _cost(*argv: str) -> Cost:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(projectimages.ROOT / "operator")}
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env=environment)
    clock, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _lay(directory: Path, address: str) -> int:
    """Lay the image out as the OCI Image Layout Specification has it; the size of its layers."""
    name, tag = IMAGE
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    content, digest = _get(f"http://{address}/v2/{name}/manifests/{tag}")
    (blobs / digest.partition(":")[2]).write_bytes(content)
    manifest = json.loads(content)
    for blob in (manifest["config"], *manifest["layers"]):
        data, _ = _get(f"http://{address}/v2/{name}/blobs/{blob['digest']}")
        (blobs / blob["digest"].partition(":")[2]).write_bytes(data)
    index: dict[str, Any] = {"schemaVersion": 2, "manifests": [{"digest": digest}]}
    (directory / "index.json").write_text(json.dumps(index))
    return sum(int(layer["size"]) for layer in manifest["layers"])


def _get(url: str) -> tuple[bytes, str]:
    # Of the registry on this machine.
    request = urllib.request.Request(url, headers={"Accept": _MANIFEST})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return answer.read(), answer.headers.get("Docker-Content-Digest", "")
