"""``python -m imagebuild.cli.settings``: whether a settings file is right, and what holds by it."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pydantic
import yaml
from pydantic import alias_generators

from imagebuild.controller import settings
from imagebuild.controller.settings import OperatorSettings

MISTAKEN = 1
CANNOT_READ = 2
_STDIN = "-"
_EPILOG = """\
It prints YAML: the file's settings with all that is unset, or what holds for one namespace. The
environment goes before the file, as it does for the operator. After a mistake the command ends with
1, and its place and what is wrong stand on standard error; 2 means that there was no file to read.
"""


class _Checked(OperatorSettings):
    """Without a builder image as well: manifests name it in the operator's environment alone."""

    builder_image: str = ""


def main(arguments: Sequence[str]) -> int:
    """Checks and prints; the answer is the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.file is not None:
        file = "/dev/stdin" if asked.file == _STDIN else asked.file
        if not Path(file).exists():
            sys.stderr.write(f"{file}: no such file\n")
            return CANNOT_READ
        os.environ["IMAGEBUILD_SETTINGS"] = file
    try:
        found = settings.load(_Checked)
    except settings.SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return MISTAKEN
    shown = _of_all(found) if asked.namespace is None else _plain(found.namespaced(asked.namespace))
    sys.stdout.write(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True))
    return 0


def _of_all(found: OperatorSettings) -> dict[str, Any]:
    """All settings; an override has what it names alone."""
    overrides = [_plain(part, exclude_unset=True) for part in found.overrides]
    shown = _plain(found) | {"overrides": overrides}
    if not found.builder_image:
        del shown["builderImage"]
    return shown


def _plain(part: pydantic.BaseModel, *, exclude_unset: bool = False) -> dict[str, Any]:
    """As the file has it: plain values by their names in camelCase."""
    found: Mapping[str, Any] = part.model_dump(
        mode="json", by_alias=True, exclude_unset=exclude_unset
    )
    return {alias_generators.to_camel(name): value for name, value in found.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m imagebuild.cli.settings",
        description="Checks a settings file, and prints what holds by it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="settings.yaml; - is standard input. Unset: the file that the operator reads",
    )
    parser.add_argument(
        "--namespace", metavar="NAME", help="print what holds for the builds of this namespace"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
