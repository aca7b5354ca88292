"""Plays a recorded build in buildctl's place, for tests of the run around it.

``PLAYS`` in the environment is a JSON list with one ``{trace, output, exit, digest, sleep, files,
spans}`` a solve; how far it has come is the number of lines in the file ``CALLS``, which takes each
argv. An archive is written as one letter; ``files`` (path -> content) go where a local output does.
"""

import csv
import itertools
import json
import os
import sys
import time
from pathlib import Path


def write(output: str, files: dict[str, str]) -> None:
    fields = dict(field.split("=", 1) for field in next(csv.reader([output])))
    if fields["type"] == "oci":
        Path(fields["dest"]).write_text("a")
    if fields["type"] == "local":
        for name, content in files.items():
            Path(fields["dest"], name).write_text(content)


def main(argv: list[str]) -> int:
    calls = Path(os.environ["CALLS"])
    if "get" in argv:
        sys.stdout.write(os.environ.get("MANIFEST", "error: not found"))
        return 0
    if words := {"workers", "du"}.intersection(argv):
        sys.stdout.write(os.environ.get("".join(words).upper(), "error: not found"))
        return 0
    if "logs" in argv:
        sys.stdout.write(calls.with_name(argv[-1]).read_text())
        return 0
    number = len(calls.read_text().splitlines()) if calls.exists() else 0
    with calls.open("a") as file:
        file.write(json.dumps({"argv": argv, "config": os.environ.get("DOCKER_CONFIG")}) + "\n")
    play = json.loads(os.environ["PLAYS"])[number]
    if "--trace" in argv:
        with Path(argv[argv.index("--trace") + 1]).open("a") as fifo:
            fifo.write(play.get("trace", ""))
    for output in (value for flag, value in itertools.pairwise(argv) if flag == "--output"):
        write(output, play.get("files", {}))
    sys.stderr.write(play.get("output", ""))
    sys.stderr.flush()
    time.sleep(play.get("sleep", 0))
    if "spans" in play:
        ref = f"spans-{number}"
        calls.with_name(ref).write_text(play["spans"])
        Path(argv[argv.index("--ref-file") + 1]).write_text(ref)
    if digest := play.get("digest"):
        metadata = Path(argv[argv.index("--metadata-file") + 1])
        metadata.write_text(json.dumps({"containerimage.digest": digest}))
    return int(play.get("exit", 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
