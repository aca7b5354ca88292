"""``python -m imagebuild.cli.convert``: a Dockerfile as an ImageBuild that means the same."""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from imagebuild.cli import conversion
from imagebuild.cli.conversion import manifest
from imagebuild.cli.conversion.problems import CannotConvertError, Remark
from imagebuild.contract import facts

CANNOT_SAY = 1
CANNOT_READ = 2
_STDIN = "-"
_OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_EPILOG = """\
It prints YAML. What cannot be said as fields stands on standard error, each with its line and how
to mend the Dockerfile, and the command ends with 1; 2 means that there was no file to read. A
Dockerfile can also be built as it is: spec.dockerfile.
"""


def main(arguments: Sequence[str]) -> int:
    """Converts; the answer is the exit code."""
    asked = _parser().parse_args(arguments)
    file = "stdin" if asked.dockerfile == _STDIN else asked.dockerfile
    try:
        text = _read(asked.dockerfile)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{file}: {_words(error)}\n")
        return CANNOT_READ
    wishes = conversion.Wishes(
        name=asked.name or _name(asked.image, asked.dockerfile),
        image=asked.image,
        target=asked.target,
        arguments=dict(asked.build_arg),
    )
    try:
        converted = conversion.convert(text, wishes)
    except CannotConvertError as cannot:
        _say(file, cannot.remarks)
        return CANNOT_SAY
    _say(file, converted.notes, "note: ")
    sys.stdout.write(manifest.text(converted.object, converted.comments))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m imagebuild.cli.convert",
        description="Prints an ImageBuild that means the same as a Dockerfile.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dockerfile", metavar="Dockerfile", help="the file; - is standard input")
    parser.add_argument(
        "--name",
        type=_object_name,
        help="name of the ImageBuild; unset: the image's, else the directory's",
    )
    parser.add_argument(
        "--image", metavar="REPO:TAG", help="where to publish it; unset: nothing is published"
    )
    parser.add_argument(
        "--target",
        metavar="STAGE",
        help="the stage that is wanted; only it and those it needs are converted. Unset: all",
    )
    parser.add_argument(
        "--build-arg",
        metavar="NAME=VALUE",
        type=_build_arg,
        action="append",
        default=[],
        help="as docker build has it; the value may hold facts, as $(commit7)",
    )
    return parser


def _build_arg(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    try:
        facts.names(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; write $$( for a plain $(") from None
    return name, value


def _object_name(text: str) -> str:
    if not _OBJECT_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text} is no name of an object, as my-app is")
    return text


def _read(path: str) -> str:
    if path == _STDIN:
        return sys.stdin.buffer.read().decode()
    return Path(path).read_bytes().decode()


def _words(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "this is no text in UTF-8"
    return (error.strerror or str(error)).lower()


def _name(image: str | None, path: str) -> str:
    """The name of the image, else that of the directory, as an object may be named."""
    found = (
        re.split(r"[:@]", image.rpartition("/")[2])[0]
        if image
        else ""
        if path == _STDIN
        else Path(path).resolve().parent.name
    )
    return re.sub(r"[^a-z0-9]+", "-", found.lower()).strip("-")[:253].strip("-") or "image"


def _say(file: str, remarks: Iterable[Remark], kind: str = "") -> None:
    for remark in remarks:
        place = f"{file}:{remark.line}" if remark.line else file
        sys.stderr.write(f"{place}: {kind}{remark.text}.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
