"""Plays a recorded build in buildctl's place, for tests of the run around it.

``PLAYS`` in the environment is a JSON list with one ``{trace, output, exit, digest, sleep}`` a
solve; how far it has come is the number of lines in the file ``CALLS``, which takes each argv.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(argv: list[str]) -> int:
    calls = Path(os.environ["CALLS"])
    if "get" in argv:
        sys.stdout.write(os.environ.get("MANIFEST", "error: not found"))
        return 0
    number = len(calls.read_text().splitlines()) if calls.exists() else 0
    with calls.open("a") as file:
        file.write(json.dumps({"argv": argv, "config": os.environ.get("DOCKER_CONFIG")}) + "\n")
    play = json.loads(os.environ["PLAYS"])[number]
    with Path(argv[argv.index("--trace") + 1]).open("a") as fifo:
        fifo.write(play.get("trace", ""))
    sys.stderr.write(play.get("output", ""))
    sys.stderr.flush()
    time.sleep(play.get("sleep", 0))
    if digest := play.get("digest"):
        metadata = Path(argv[argv.index("--metadata-file") + 1])
        metadata.write_text(json.dumps({"containerimage.digest": digest}))
    return int(play.get("exit", 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
