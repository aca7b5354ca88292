"""The settings' file: where it is, and what stands in it.

No file may be taken for one without settings by a slip, since no policy would hold then.
"""

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

FILE = "/etc/imagebuild/settings.yaml"
VARIABLE = "IMAGEBUILD_SETTINGS"
_MERGE = "tag:yaml.org,2002:merge"


class SettingsError(Exception):
    """The settings can't be used: one line for each mistake, each with its place in the file."""


def path() -> Path:
    """Where the file is; there may be none."""
    return Path(os.environ.get(VARIABLE, FILE))


def content(file: Path) -> bytes | None:
    """What stands in the file; None in an install that has none. Raises SettingsError.

    Such an install mounts no ConfigMap: where the file is to be lies nothing else either.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        if VARIABLE in os.environ:
            raise SettingsError(f"{file}: there is no such file, and {VARIABLE} names it") from None
        if others := _others(file.parent):
            found = ", ".join(others)
            raise SettingsError(f"{file}: there is no such file, but {found} beside it") from None
        return None
    except OSError as error:
        raise SettingsError(f"{file}: {error}") from None


def parsed(text: bytes | None, file: Path) -> dict[Any, Any]:
    """The settings in the file's text, by their names in it; raises SettingsError."""
    if text is None:
        return {}
    try:
        found = yaml.load(text.decode(), _Loader)  # noqa: S506 - a SafeLoader
    except (UnicodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: {error}") from None
    if found is None:
        raise SettingsError(f"{file}: it is empty; write {{}} for the defaults")
    if not isinstance(found, dict):
        raise SettingsError(f"{file}: this is no map of settings")
    return found


def _others(directory: Path) -> list[str]:
    """What a ConfigMap has there; the kubelet's own names begin with two dots."""
    try:
        found = (entry.name for entry in directory.iterdir())
        return sorted(name for name in found if not name.startswith(".."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SettingsError(f"{directory}: {error}") from None


class _Loader(yaml.SafeLoader):
    """One that refuses what stands twice: of two equal keys only the later one would hold."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - as PyYAML calls it
        known = set()
        for key, _ in node.value:
            name = (key.tag, key.value) if isinstance(key, yaml.ScalarNode) else None
            if name in known and key.tag != _MERGE:
                words = f"{key.value} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, words, key.start_mark)
            known.add(name or (id(key), ""))
        return super().construct_mapping(node, deep)
