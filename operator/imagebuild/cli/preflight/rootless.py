"""The program of the pods that ``probe`` starts: it builds a tiny stage without root.

Its text is handed to the interpreter in the builder image, so it imports the standard library
alone. Its arguments are the daemon's command line. It pulls nothing: the stage consists of
buildctl, which is in the image and needs no other file.

It prints one JSON object on a line, and ends with 1 where the stage was not built::

    {"built": true, "seconds": 1.9, "said": "", "snapshotter": "overlayfs",
     "userNamespace": true, "appArmor": "imagebuild (enforce)" or ""}

``said``: why it failed: the end of what buildctl printed, or the daemon where it never listened.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SECONDS = 120.0  # on a node at work; else it takes two or three
# Several users, a step as one of them, and files that another gets.
DOCKERFILE = """\
FROM scratch
COPY --chown=4321:4321 buildctl /
RUN ["/buildctl", "--version"]
USER 1234:1234
RUN ["/buildctl", "--version"]
"""
_LAST_LINES = 15


def main(daemon: Sequence[str]) -> int:
    """Builds, and prints what came of it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "daemon.log"
        built, said = _build(daemon, Path(scratch), log)
        daemon_said = log.read_text(errors="replace")
    found = {
        "built": built,
        "seconds": round(time.monotonic() - begun, 1),
        "said": "" if built else _end(said or daemon_said),
        "snapshotter": _first(r"auto snapshotter: using ([\w-]+)", daemon_said),
        **_surroundings(),
    }
    print(json.dumps(found))  # noqa: T201 - the pod's log is where it is read
    return int(not built)


def _build(daemon: Sequence[str], scratch: Path, log: Path) -> tuple[bool, str]:
    """Whether it was built, and what buildctl said; "" where it had no daemon to speak to."""
    context = scratch / "context"
    context.mkdir()
    shutil.copy(shutil.which("buildctl") or "buildctl", context)
    (context / "Dockerfile").write_text(DOCKERFILE)
    address = daemon[list(daemon).index("--addr") + 1]
    with log.open("wb") as mouth:
        running = subprocess.Popen(daemon, stdout=mouth, stderr=mouth)
    try:
        if not _serves(running, address.removeprefix("unix://")):
            return False, ""
        solve = ["buildctl", "--addr", address, "build", "--progress=plain"]
        solve += ["--frontend", "dockerfile.v0"]
        solve += ["--local", f"context={context}", "--local", f"dockerfile={context}"]
        done = subprocess.run(
            [*solve, "--output", "type=oci,dest=/dev/null"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        # Of a daemon that died buildctl only knows that it is gone.
        gone = done.returncode != 0 and running.poll() is not None
        return done.returncode == 0, "" if gone else done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return False, f"the build did not end within {SECONDS:.0f} s"
    finally:
        running.terminate()
        running.wait()


def _serves(running: subprocess.Popen[bytes], path: str) -> bool:
    """Whether the daemon comes to listen."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and running.poll() is None:
        with socket.socket(socket.AF_UNIX) as asked:
            if asked.connect_ex(path) == 0:
                return True
        time.sleep(0.05)
    return False


def _surroundings() -> dict[str, Any]:
    ids = _read("/proc/self/uid_map").split()
    return {
        # Without one, all 2^32 - 1 ids of the node are there.
        "userNamespace": int(ids[2]) < 2**32 - 1,
        "appArmor": _read("/proc/self/attr/apparmor/current"),
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _end(text: str) -> str:
    return "\n".join([line for line in text.splitlines() if line.strip()][-_LAST_LINES:])


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
